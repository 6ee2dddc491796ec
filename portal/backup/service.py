"""The door of this part: make a backup and prove it, or restore one."""

from __future__ import annotations

import io
import json
import re
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import Session

from portal import audit
from portal.audit import heads
from portal.backup import copying, proving, sealing
from portal.core import clock
from portal.core.database import open_engine, transaction
from portal.core.errors import Invalid, OutOfTurn, Problem
from portal.core.words import Words
from portal.privacy import service as privacy
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from portal.audit.heads import Signed

FORMAT = 1
LEAST = 20
_STORED = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"files/[0-9a-f]{32}")
_KNOWN = {"manifest.json", "heads.jsonl", "database"}

# What is done again after a restore, in this order: so that who was purged since stays purged.
REPLAYS: list[Callable[[Session, Path], None]] = []


def replayed(replay: Callable[[Session, Path], None]) -> Callable[[Session, Path], None]:
    """Let `replay` run after every restore, in a transaction, with the data folder."""
    REPLAYS.append(replay)
    return replay


@replayed
def _bury_again(session: Session, data: Path) -> None:
    """Let nobody come back who was purged since the backup was made (B7)."""
    beside = Settings().heads_dir
    privacy.bury_again(session, [data] if beside is None else [data, beside])


@dataclass(frozen=True, slots=True)
class Made:
    """A backup as it was made, and as it was restored."""

    rows: int
    files: int
    proved: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A backup that opened: all of it lies in `folder`."""

    folder: Path
    manifest: dict[str, Any]
    heads: list[Signed]

    @property
    def files(self) -> list[Path]:
        """Return the stored files in it."""
        folder = self.folder / "files"
        return sorted(folder.iterdir()) if folder.is_dir() else []


def back_up(
    url: str, data: Path, out: Path, passphrase: str, *, prove: bool = True,
    scratch: str | None = None,
) -> Made:  # fmt: skip
    """Write everything that is kept into one sealed file, and prove it by restoring.

    Args:
        url: the database; it may be in use.
        data: the folder of stored files.
        out: the file to write; it appears once it is whole, and only if it proved good.
        passphrase: what it is sealed with.
        prove: whether to restore it into a scratch database and compare.
        scratch: an empty database to try it in; without it one is made and dropped.

    Raises:
        Invalid: the passphrase is too short, or the backup did not prove good.
        OutOfTurn: a program is missing, or no scratch database can be made.
    """
    check_passphrase(passphrase)
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    try:
        with _aside() as folder:
            manifest = _write(url, data, part, passphrase, folder)
        if prove:
            with _aside() as folder, copying.scratch(url, folder, scratch) as trial:
                _prove(part, passphrase, folder, trial)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Made(sum(manifest["counts"].values()), manifest["files"], prove)


def check_passphrase(passphrase: str) -> None:
    """Return quietly if `passphrase` is long enough.

    Raises:
        Invalid: it is not.
    """
    if len(passphrase) < LEAST:
        words = Words(
            f"备份口令至少 {LEAST} 个字符，且不要与主密钥相同",
            f"needs at least {LEAST} characters, and is not one of the portal's own keys",
        )
        raise Invalid(Problem("PORTAL_BACKUP_KEY", words, "backup-key"))


@contextmanager
def _aside() -> Iterator[Path]:
    """Lend a folder that nobody else can read and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sicha-") as name:
        yield Path(name)


def _write(url: str, data: Path, part: Path, passphrase: str, folder: Path) -> dict[str, Any]:
    copy, uploads = folder / "database", data / "uploads"
    engine = open_engine(url, owner=True)
    try:
        with copying.copied(engine, copy) as connection:
            # Files after the database: every file that a copied row names is still to come.
            files = sorted(file for file in uploads.glob("*") if _STORED.fullmatch(file.name))
            manifest = {
                "format": FORMAT, "system": engine.dialect.name, "files": len(files),
                "at": clock.now().isoformat(timespec="seconds"),
                "counts": copying.counts(connection),
            }  # fmt: skip
            with Session(connection) as session:
                lines = "".join(head.line() + "\n" for head in heads.signed(session))
    finally:
        engine.dispose()
    part.touch(mode=0o600)
    with part.open("wb") as out:
        sealer = sealing.Sealer(out, passphrase)
        with tarfile.open(mode="w|", fileobj=cast("BinaryIO", sealer)) as tar:
            _add(tar, "manifest.json", json.dumps(manifest).encode())
            _add(tar, "heads.jsonl", lines.encode())
            tar.add(copy, "database")
            for file in files:
                tar.add(file, f"files/{file.name}")
        sealer.close()
    return manifest


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    told = tarfile.TarInfo(name)
    told.size = len(data)
    tar.addfile(told, io.BytesIO(data))


def open_backup(file: Path, passphrase: str, folder: Path) -> Opened:
    """Open a backup into `folder`.

    Raises:
        Invalid: it does not open, or is no backup of this kind.
    """
    with file.open("rb") as source:
        opener = sealing.Opener(source, passphrase)
        try:
            with tarfile.open(mode="r|", fileobj=cast("BinaryIO", opener)) as tar:
                for member in tar:
                    _unpack(tar, member, folder)
            opener.read()
            manifest = json.loads((folder / "manifest.json").read_text())
        except (tarfile.TarError, ValueError, OSError) as error:
            raise sealing.broken() from error
    if manifest.get("format") != FORMAT:
        raise sealing.broken()
    return Opened(folder, manifest, heads.read(folder / "heads.jsonl"))


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one file of the archive, if its name is one that a backup has."""
    inner = tar.extractfile(member) if member.isfile() else None
    if inner is None or not (member.name in _KNOWN or _FILE.fullmatch(member.name)):
        raise sealing.broken()
    to = folder / member.name
    to.parent.mkdir(exist_ok=True)
    with to.open("wb") as out:
        while piece := inner.read(sealing.CHUNK):
            out.write(piece)


def _prove(file: Path, passphrase: str, folder: Path, trial: str) -> Opened:
    opened = open_backup(file, passphrase, folder)
    _fill(opened, trial)
    return opened


def _fill(opened: Opened, url: str) -> None:
    copying.fill(url, opened.folder / "database")
    found = proving.faults(url, opened.manifest["counts"], opened.heads)
    if found:
        said = "；".join(found[:5])
        raise Invalid(
            Problem(
                "",
                Words(f"恢复后的库与备份时不符：{said}", f"What was restored differs: {said}"),
                "backup",
            )
        )


def restore(file: Path, passphrase: str, url: str, data: Path) -> Made:
    """Restore a backup into an empty database and folder, and prove it.

    Raises:
        Invalid: it does not open, or what was restored differs.
        OutOfTurn: the database is not empty, or of another system than the one backed up.
    """
    copying.require_empty(url)
    with _aside() as folder:
        opened = open_backup(file, passphrase, folder)
        engine = open_engine(url, owner=True)
        if engine.dialect.name != opened.manifest["system"]:
            raise OutOfTurn(
                Words(
                    f"这是 {opened.manifest['system']} 的备份，请给同一种空库",
                    f"This is a backup of {opened.manifest['system']}: give an empty one of these",
                )
            )
        _fill(opened, url)
        _put_files(opened, data)
    with engine.begin() as connection:
        audit.protect(connection)
    with Session(engine) as session, transaction(session):
        for replay in REPLAYS:
            replay(session, data)
    engine.dispose()
    manifest = opened.manifest
    return Made(sum(manifest["counts"].values()), manifest["files"], proved=True)


def _put_files(opened: Opened, data: Path) -> None:
    uploads = data / "uploads"
    uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in opened.files:
        to = uploads / file.name
        to.touch(mode=0o600)
        to.write_bytes(file.read_bytes())
