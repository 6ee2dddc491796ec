"""portal roster: a roster from a workbook onto the roll, and from the roll into a workbook."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli import edge
from portal.core.database import transaction
from portal.core.errors import Invalid, Problem
from portal.core.words import Words
from portal.documents import store
from portal.exports import service as exports
from portal.imports import service as imports
from portal.members import export as exporting
from portal.organizations import service as organizations

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access import Actor
    from portal.imports.service import Reading

_LIMITS = imports.Limits(megabytes=200, rows=1_000_000, unpacked_megabytes=4_000, wall_seconds=900,
                         memory_megabytes=8_000, seconds=600)  # fmt: skip


@click.group("roster")
def command() -> None:
    """名册 / Rosters of members."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--unit", "code", required=True, help="单位编码 / code of the unit.")
@edge.database_option
@edge.tenant_option
@click.option("--sheet", default=None, help="读哪张工作表 / which sheet to read.")
@click.option("--dry-run", is_flag=True, help="只看结果，不写入 / tell only, write nothing.")
@click.option(
    "--accept-proposals", is_flag=True,
    help="拿不准的月份按身份证号上的取 / take doubtful months from the ID number.",
)  # fmt: skip
@click.option(
    "--annotated", "annotated", default=None, type=click.Path(path_type=Path, dir_okay=False),
    help="标注副本写到哪里 / where to write the marked copy.",
)  # fmt: skip
@edge.json_option
def import_(
    file: Path,
    code: str,
    database: str | None,
    tenant: int | None,
    sheet: str | None,
    dry_run: bool,
    accept_proposals: bool,
    annotated: Path | None,
    as_json: bool,
) -> None:
    """把工作簿里的名册导入单位 / Take the roster in FILE over into a unit; logged.

    Rows with faults stay out and are told; nobody is ever removed. If there are faults, a copy of
    FILE with the cells marked is written beside it (or to --annotated). JSON keys: rows, mapped
    {header: field}, unmapped, new, changed, missing, problems [{cell, rule, message}], normalised
    [{cell, from, to}], annotated.
    """
    data = edge.read_file(file)
    with edge.open_session(database) as session:
        store.put_in_place(edge.keys_in_place(edge.database_url(database)).data_dir)
        actor = edge.operator(session, tenant)
        if dry_run:
            found, copy = _looked_through(session, actor, code, file.name, data, sheet)
        else:
            found, copy = _taken_over(
                session, actor, code, file.name, data, sheet, proposals=accept_proposals
            )
        answer = _answer(found) | {"annotated": _written(copy, file, annotated)}
    edge.show(answer, as_json=as_json, words=_words(found, dry_run=dry_run))
    if not as_json:
        for problem in answer["problems"]:
            click.echo(f"{problem['cell']}: {problem['message']}")
        if answer["annotated"]:
            click.echo(str(answer["annotated"]))


def _looked_through(
    session: Session, actor: Actor, code: str, name: str, data: bytes, sheet: str | None
) -> tuple[Reading, bytes | None]:
    unit = organizations.get_unit_by_code(session, actor, code)
    upload = imports.receive(session, actor, unit, name, data, sheet=sheet, limits=_LIMITS)
    stored_as, upload_id = upload.stored_as, upload.id
    found = imports.inspect(session, actor, upload_id)
    copy = imports.annotated(session, actor, upload_id, found=found)
    session.rollback()
    if imports.find_upload(session, actor, upload_id) is None:
        store.store().remove(stored_as)
    return found, copy


def _taken_over(
    session: Session,
    actor: Actor,
    code: str,
    name: str,
    data: bytes,
    sheet: str | None,
    *,
    proposals: bool,
) -> tuple[Reading, bytes | None]:
    with transaction(session):
        unit = organizations.get_unit_by_code(session, actor, code)
        upload = imports.receive(session, actor, unit, name, data, sheet=sheet, limits=_LIMITS)
        if proposals:
            asks = imports.inspect(session, actor, upload.id).asks
            given = {ask.cell: ask.proposal for ask in asks if ask.proposal}
            imports.answer(session, actor, upload.id, given, version=upload.version)
        found = imports.take_over(session, actor, upload.id, version=upload.version)
        return found, imports.annotated(session, actor, upload.id, found=found)


def _answer(found: Reading) -> dict[str, Any]:
    told = [(one.cell, one.rule, one.words) for one in found.problems]
    told += [(one.cell, "day-ambiguous", one.words) for one in found.asks]
    return {
        "rows": found.rows,
        "mapped": found.mapping,
        "unmapped": found.unmapped,
        "new": len(found.new),
        "changed": len(found.changed),
        "missing": len(found.missing),
        "problems": [
            {"cell": cell, "rule": rule, "message": str(words)} for cell, rule, words in told
        ],
        "normalised": [
            {"cell": one.cell, "from": one.was, "to": one.now} for one in found.normalised
        ],
    }


def _words(found: Reading, *, dry_run: bool) -> Words:
    done = Words("试读", "dry run") if dry_run else Words("已导入", "taken over")
    return Words(
        f"{done.zh}：共 {found.rows} 行，新增 {len(found.new)}，变更 {len(found.changed)}，"
        f"未出现 {len(found.missing)}，未导入 {found.held}",
        f"{done.en}: {found.rows} rows, {len(found.new)} new, {len(found.changed)} changed, "
        f"{len(found.missing)} missing, {found.held} left out",
    )


def _written(copy: bytes | None, file: Path, wanted: Path | None) -> Path | None:
    """Write the marked copy, readable by this user only, and return where."""
    if copy is None:
        return None
    name = f"{file.stem}（标注）.xlsx"
    beside = file.with_name(name)
    out = wanted or (beside if os.access(beside.parent, os.W_OK) else Path(name))
    _keep(out, copy)
    return out.absolute()


def _keep(out: Path, data: bytes) -> None:
    try:
        out.unlink(missing_ok=True)
        out.touch(mode=0o600)
        out.write_bytes(data)
    except OSError as error:
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> Invalid:
    words = Words(
        f"写不了这个文件（{error.strerror}）。请换一个位置",
        f"cannot be written ({error.strerror}). Choose another place",
    )
    return Invalid(Problem(str(out), words, "file"))


@command.command("export")
@click.option("--unit", "code", required=True, help="单位编码 / code of the unit.")
@click.option(
    "--out", "out", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="写到哪个文件 / the xlsx to write.",
)  # fmt: skip
@click.option(
    "--plain", is_flag=True, help="不遮盖，用于迁到别的系统 / unmasked, to move to another system."
)
@edge.database_option
@edge.tenant_option
@edge.json_option
def export(
    code: str, out: Path, plain: bool, database: str | None, tenant: int | None, as_json: bool
) -> None:
    """把单位的名册写成工作簿 / Write the roster of a unit to a workbook; logged.

    ID numbers, phones and addresses are masked unless --plain. What --plain writes can be imported
    again and changes nothing. JSON keys: file, rows, plain.
    """
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        part = out.with_name(f"{out.name}.part")
        try:
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            with transaction(session):
                unit = organizations.get_unit_by_code(session, actor, code)
                number = exports.new_number()
                total = exporting.export_roster(
                    session, actor, unit, part, plain=plain, number=number
                )
                exports.keep_record(
                    session, actor, unit, what="roster", number=number, file_name=out.name,
                    content_hash=sha256(part.read_bytes()).hexdigest(), persons=total,
                )  # fmt: skip
            part.replace(out)
        except OSError as error:
            raise _unwritable(out, error) from error
        finally:
            part.unlink(missing_ok=True)
    words = Words(f"已写出 {total} 人到 {out}", f"{total} members written to {out}")
    edge.show({"file": out, "rows": total, "plain": plain}, as_json=as_json, words=words)
