"""What every command shares: the database, the operator, refusals, and answers as JSON."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click
from pydantic import ValidationError
from sqlalchemy import inspect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from typing_extensions import override

from portal import access
from portal.core.crypto import KeyMissing, Keyring, put_in_place, ring
from portal.core.database import open_engine
from portal.core.errors import Invalid, OutOfTurn, Overtaken, Problem, Refusal
from portal.core.words import Words
from portal.extension.manager import PluginError
from portal.organizations import service as organizations
from portal.privacy import service as privacy
from portal.scope import service as scope
from portal.screening import plugins
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portal.access import Actor

F = TypeVar("F", bound="Callable[..., Any]")


class Commands(click.Group):
    """A group of commands that tells a refusal in both languages and exits with 1."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            tell(refusal)
        except StaleDataError:
            tell(Overtaken())
        except (OperationalError, ProgrammingError) as error:
            tell(OutOfTurn(_database_words(error)))
        except (ArgumentError, NoSuchModuleError):
            tell(OutOfTurn(_ADDRESS))
        except (ValidationError, KeyMissing) as error:
            tell(OutOfTurn(_settings_words(error)))
        except PluginError as error:
            tell(OutOfTurn(_plugin_words(error)))
        return ctx.exit(1)


_ADDRESS = Words(
    "数据库地址写得不对。应为 sqlite:///文件 或 postgresql+psycopg://用户@主机/库名",
    "is no database URL. Write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
)

_NOT_SET_UP = Words(
    "数据库还没有建好，没有这个文件或里面没有表。请先运行 portal setup --database …",
    "The database is not set up: no such file, or no tables in it. Run portal setup first",
)


def _database_words(error: Exception) -> Words:
    reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return Words(
        f"数据库没有答应：{reason}。没有保存任何改动。请检查地址，并运行 portal doctor",
        f"The database refused: {reason}. Nothing was saved. Check its URL; run portal doctor",
    )


def _settings_words(error: Exception) -> Words:
    if isinstance(error, ValidationError):
        names = ", ".join(f"PORTAL_{'_'.join(map(str, e['loc']))}".upper() for e in error.errors())
        return Words(f"这些设置写得不对：{names}。请改正", f"Set these right: {names}")
    if isinstance(error, privacy.WrongKey):
        return error.words
    return Words(
        "没有找到主密钥，或不是加密时用的那一把。请设置 PORTAL_MASTER_KEY",
        "The master key is missing or another one. Set PORTAL_MASTER_KEY",
    )


def _plugin_words(error: PluginError) -> Words:
    return Words(
        f"有插件用不了：{error}。没有做任何改动。请修好它，或从设置里去掉",
        f"A plugin cannot be used: {error}. Nothing was done. Mend it, or take it out",
    )


def tell(refusal: Refusal) -> None:
    """Print a refusal to standard error, Chinese first; one line for each problem."""
    problems = refusal.problems if isinstance(refusal, Invalid) else (Problem("", refusal.words),)
    for language in ("zh", "en"):
        for problem in problems:
            where = f"{problem.where}: " if problem.where else ""
            click.echo(f"{where}{problem.words.in_language(language)}", err=True)


def show(answer: object, *, as_json: bool = True, words: Words | None = None) -> None:
    """Print what a command answers: JSON, or the sentence for a person."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=_plain))
    elif words is not None:
        click.echo(str(words))


def _plain(value: object) -> Any:
    if isinstance(value, Words):
        return {"zh": value.zh, "en": value.en}
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, UUID | Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def database_option(function: F) -> F:
    """Add ``--database URL``; without it the settings say which."""
    return click.option(
        "--database",
        metavar="URL",
        default=None,
        help="sqlite:///… 或 postgresql+psycopg://…；缺省用 PORTAL_DATABASE / default: settings.",
    )(function)


def tenant_option(function: F) -> F:
    """Add ``--tenant N``; without it the only tenant there is."""
    return click.option(
        "--tenant",
        type=click.IntRange(min=1),
        default=None,
        help="单位库编号；只有一个时可省 / number of the tenant; may be left out if there is one.",
    )(function)


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / answer as JSON.")(
        function
    )


def database_url(given: str | None) -> str:
    """Return the URL of the database: the one given, or that of the settings.

    Raises:
        ArgumentError: it is no URL.
    """
    url = given or Settings().database
    make_url(url)
    return url


def settings_for(url: str | None) -> Settings:
    """Return the settings that go with the database at `url`.

    Keys that lie beside an SQLite file belong to it, wherever the command is run from.
    """
    settings, folder = Settings(), _folder_of(url)
    if folder is not None and (folder / "master.key").exists():
        return settings.model_copy(update={"data_dir": folder})
    return settings


def keys_in_place(url: str | None = None) -> Settings:
    """Return the settings with their keys, and put the keyring of this process in place."""
    settings = settings_for(url).with_keys()
    try:
        put_in_place(Keyring(settings.masters(), settings.crypto))
    except ValueError as error:
        raise KeyMissing("PORTAL_MASTER_KEY") from error
    return settings


def _folder_of(url: str | None) -> Path | None:
    address = make_url(url) if url else None
    if address is None or address.get_backend_name() != "sqlite":
        return None
    return Path(address.database).absolute().parent if address.database else None


@contextmanager
def open_session(given: str | None = None) -> Iterator[Session]:
    """Open a session on the database given, or on that of the settings, with the keys in place.

    Raises:
        OutOfTurn: the database has no tables yet.
        PluginError: a plugin cannot be used.
    """
    plugins.standard()
    url = database_url(given)
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).is_file():
        raise OutOfTurn(_NOT_SET_UP)
    keys_in_place(url)
    engine = open_engine(url)
    try:
        if not inspect(engine).has_table("tenant"):
            raise OutOfTurn(_NOT_SET_UP)
        with Session(engine) as session:
            privacy.confirm(session, ring())
            session.rollback()
            yield session
    finally:
        engine.dispose()


def tenant_of(session: Session, given: int | None) -> int:
    """Return the tenant meant: the one given, or the only one there is.

    Raises:
        OutOfTurn: there is none, or there are several and none was named.
    """
    tenants = {tenant.id: tenant.name for tenant in organizations.list_tenants(session)}
    if given is not None and given in tenants:
        return given
    if given is None and len(tenants) == 1:
        return next(iter(tenants))
    listed = "、".join(f"{number} {name}" for number, name in tenants.items())
    if not listed:
        raise OutOfTurn(
            Words(
                "库里还没有组织树。请先运行 portal units import 文件",
                "There is no tree of units yet. Run portal units import FILE first",
            )
        )
    raise OutOfTurn(
        Words(f"请用 --tenant 指明单位库：{listed}", f"Say which tenant with --tenant: {listed}")
    )


def operator(session: Session, tenant: int | None = None) -> Actor:
    """Return the operator of the tenant meant: the one given, or the only one there is."""
    return acting(session, tenant_of(session, tenant))


def acting(session: Session, tenant_id: int) -> Actor:
    """Return the operator of a tenant, and let the session reach that tenant and no other."""
    actor = access.operator(tenant_id)
    scope.bind(session, actor)
    return actor


def read_file(path: Path) -> bytes:
    """Return the bytes of a file named on the command line.

    Raises:
        Invalid: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        words = Words(
            f"读不了这个文件（{error.strerror}）。请检查路径和权限",
            f"cannot be read ({error.strerror}). Check its path and who may read it",
        )
        raise Invalid(Problem(str(path), words, "file")) from error


def speak_utf8() -> None:
    """Write UTF-8 whatever the terminal's locale says: half of every answer is Chinese."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
