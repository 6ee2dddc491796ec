"""What can be wrong with the database: its reach, its schema, its rights and who is in it."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alembic.migration import MigrationContext
from flask_appbuilder.security.sqla.models import Role as FabRole
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.access import EXCLUSIVE
from portal.cli import checks_durable, edge
from portal.cli.checks import Fault, Weight
from portal.core import migrations
from portal.core.database import open_engine
from portal.core.words import Words
from portal.organizations import service as organizations
from portal.organizations.posts import ROLES
from portal.privacy import service as privacy
from portal.scope import service as scope
from portal.scope.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

    from portal.core.crypto import Keyring

# Before this version SQLite in WAL mode can lose commits when a crash meets a checkpoint.
WAL_MENDED = (3, 51, 3)
NEAR = {None, "", "localhost", "127.0.0.1", "::1"}
SURE = {"verify-full", "verify-ca"}


def database(url: URL, ring: Keyring | None = None) -> Iterator[Fault]:
    """Yield what is wrong with the database at `url`, which is only read."""
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        if not file.is_file():
            yield _unreachable(f"{file}")
            return
        yield from _file(file)
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        yield from _inside(engine, url, ring)
    except SQLAlchemyError as error:
        yield _unreachable(str(getattr(error, "orig", error)).strip().partition("\n")[0])
    finally:
        engine.dispose()


def _unreachable(reason: str) -> Fault:
    return Fault(
        "database",
        Weight.ALWAYS,
        Words(f"连不上数据库：{reason}", f"The database cannot be reached: {reason}"),
        Words(
            "检查 PORTAL_DATABASE 和数据库服务；新装请先运行 portal setup",
            "Check PORTAL_DATABASE and its server; run portal setup on a new installation",
        ),
    )


def _file(file: Path) -> Iterator[Fault]:
    if os.name == "posix" and file.stat().st_mode & 0o007:
        yield Fault(
            "database-readable",
            Weight.DEPLOY,
            Words(
                f"数据库文件 {file} 本机任何用户都能读",
                f"The database file {file} is open to every user of this machine",
            ),
            Words(f"运行 chmod 600 {file}", f"Run chmod 600 {file}"),
        )


def _inside(engine: Engine, url: URL, ring: Keyring | None) -> Iterator[Fault]:
    with engine.connect() as connection:
        behind = _schema(connection)
        yield from _wal(connection)
        yield from checks_durable.writing(connection)
        if engine.dialect.name == "postgresql":
            yield from _rights(connection)
            yield from _open_tables(connection)
            yield from _wire(url)
    yield from behind
    if not behind:
        with Session(engine) as session:
            yield from _people(session)
            yield from checks_durable.running(session)
            yield from _keys(session, ring)


def _keys(session: Session, ring: Keyring | None) -> Iterator[Fault]:
    if ring is None:
        return
    try:
        privacy.confirm(session, ring)
    except privacy.WrongKey as wrong:
        yield Fault(
            "master-other",
            Weight.ALWAYS,
            Words(wrong.words.zh.partition("。")[0], wrong.words.en.partition(".")[0]),
            Words(
                "换回原来的主密钥；更换密钥用 portal keys",
                "Put the former key back; keys are changed with portal keys",
            ),
        )


def _schema(connection: Connection) -> list[Fault]:
    mend = Words(
        "先备份，再运行 portal setup --database …", "Back up, then run portal setup --database …"
    )
    if not inspect(connection).has_table("tenant"):
        words = Words("数据库里还没有表", "The database has no tables yet")
        return [Fault("schema-missing", Weight.ALWAYS, words, mend)]
    here = set(MigrationContext.configure(connection).get_current_heads())
    if here == set(migrations.heads()):
        return []
    words = Words(
        f"表结构（{'、'.join(here) or '未登记'}）不是这个版本的",
        f"The schema ({', '.join(here) or 'unknown'}) is not that of this version",
    )
    return [Fault("schema-behind", Weight.ALWAYS, words, mend)]


def _wal(connection: Connection) -> Iterator[Fault]:
    if connection.dialect.name != "sqlite":
        return
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if str(mode).lower() == "wal" and sqlite3.sqlite_version_info < WAL_MENDED:
        yield Fault(
            "sqlite-wal",
            Weight.ALWAYS,
            Words(
                f"SQLite {sqlite3.sqlite_version} 在 WAL 模式下可能丢失已提交的数据",
                f"SQLite {sqlite3.sqlite_version} can lose commits in WAL mode",
            ),
            Words(
                "停止服务后对库运行 PRAGMA journal_mode=DELETE",
                "Stop the service and run PRAGMA journal_mode=DELETE on it",
            ),
        )


_RIGHTS = """
SELECT r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relname = 'unit' AND n.nspname = current_schema()
                 AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
FROM pg_roles r WHERE r.rolname = current_user
"""


def _rights(connection: Connection) -> Iterator[Fault]:
    superuser, bypass, owner = connection.execute(text(_RIGHTS)).one()
    mend = Words(
        "用属主角色运行 portal setup，再给服务另建一个只有读写权的角色",
        "Run portal setup as the owner, and the service as a role that may only read and write",
    )
    held = (
        (superuser, "database-superuser", Words("是超级用户", "is a superuser")),
        (bypass, "database-bypassrls", Words("能绕过行级安全", "bypasses row security")),
        (owner, "database-owner", Words("是表的属主，能改表结构", "owns the tables")),
    )
    for has, code, what in held:
        if has:
            words = Words(f"服务用的数据库角色{what.zh}", f"The service's database role {what.en}")
            yield Fault(code, Weight.DEPLOY_ONLY, words, mend)


_OPEN = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = ANY (:names)
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity
           AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
ORDER BY c.relname
"""


def _open_tables(connection: Connection) -> Iterator[Fault]:
    """Yield the tables before which the wall of row security does not stand."""
    names = list(rules())
    for name in connection.execute(text(_OPEN), {"names": names}).scalars():
        yield Fault(
            "row-security",
            Weight.ALWAYS,
            Words(f"表 {name} 没有强制行级安全", f"The table {name} has no forced row security"),
            Words(
                "用属主角色重新运行 portal setup",
                "Run portal setup again, as the owner of the tables",
            ),
        )


def _wire(url: URL) -> Iterator[Fault]:
    near = url.host in NEAR or str(url.host).startswith("/")
    if not near and url.query.get("sslmode") not in SURE:
        yield Fault(
            "database-wire",
            Weight.DEPLOY_ONLY,
            Words(
                "到数据库的连接没有验证对方证书",
                "The connection to the database does not check whom it talks to",
            ),
            Words(
                "在地址后加 ?sslmode=verify-full 和证书",
                "Add ?sslmode=verify-full and a certificate to the URL",
            ),
        )


def _people(session: Session) -> Iterator[Fault]:
    admins = session.scalar(
        select(func.count())
        .select_from(assoc_user_role)
        .join(FabRole, FabRole.id == assoc_user_role.c.role_id)
        .where(FabRole.name == "Admin")
    )
    if admins:
        yield Fault(
            "fab-admin",
            Weight.DEPLOY,
            Words(
                f"有 {admins} 个账号在框架的 Admin 角色里，绕过本系统的权限",
                f"{admins} accounts are in the framework's role Admin and pass by our policy",
            ),
            Words("从这个角色中移出", "Take them out of that role"),
        )
    yield from _tenants(session)
    for table, count in _astray(session).items():
        yield Fault(
            "astray",
            Weight.HINT,
            Words(
                f"表 {table} 有 {count} 行的位置与所属组织不符",
                f"{count} rows of {table} lie elsewhere than the unit they belong to",
            ),
            Words(
                "把这一行交给开发者；这些行可能看不见，但没有丢失",
                "Tell the developers; such rows may be out of sight, but nothing is lost",
            ),
        )


def _astray(session: Session) -> Counter[str]:
    found: Counter[str] = Counter()
    for tenant in organizations.list_tenants(session):
        edge.acting(session, tenant.id)
        with scope.beyond(session, scope.Reason.CHECKING):
            found.update(organizations.astray(session, tenant.id))
    return found


def _tenants(session: Session) -> Iterator[Fault]:
    for tenant in organizations.list_tenants(session):
        edge.acting(session, tenant.id)
        held = organizations.roles_held(session, tenant.id)
        missing = [ROLES[role] for role in sorted(EXCLUSIVE - held)]
        if missing:
            yield Fault(
                "three-admins",
                Weight.DEPLOY_ONLY,
                Words(
                    f"{tenant.name}（{tenant.id}）还没有{'、'.join(role.zh for role in missing)}",
                    f"{tenant.name} ({tenant.id}) has no {', '.join(r.en for r in missing)}",
                ),
                Words(
                    "用 portal users add 各任命一人，三人不得兼任",
                    "Appoint one each with portal users add; they are three people",
                ),
            )
        try:
            ZoneInfo(tenant.zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield Fault(
                "zone",
                Weight.ALWAYS,
                Words(
                    f"{tenant.name} 的时区“{tenant.zone}”不存在",
                    f"{tenant.name} has no such time zone: “{tenant.zone}”",
                ),
                Words("改为 Asia/Shanghai 这样的名称", "Write a name such as Asia/Shanghai"),
            )
        if tenant.demo:
            yield Fault(
                "demo",
                Weight.DEPLOY_ONLY,
                Words(f"{tenant.name} 是演练库", f"{tenant.name} is for practice"),
                Words("正式库请另建", "Use another database for real people"),
            )
