"""portal users: the first accounts of a tenant, and help for somebody locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from portal.access import APPOINTABLE, Role
from portal.cli import edge
from portal.core.database import transaction
from portal.core.errors import NotFound
from portal.core.words import Words
from portal.duties import service as duties
from portal.organizations import service as organizations

if TYPE_CHECKING:
    from uuid import UUID

_ROLES = [role.value for role in Role if role in APPOINTABLE]


@click.group("users")
def command() -> None:
    """用户与任职 / People who sign in, and their posts."""


@command.command("add")
@click.argument("username")
@click.option("--name", "full_name", required=True, help="姓名 / the person's name.")
@click.option("--unit", "code", required=True, help="组织编码 / code of the unit.")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="岗位 / the post.")
@edge.database_option
@edge.tenant_option
@edge.json_option
def add(
    username: str, full_name: str, code: str, role: str, database: str | None, tenant: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """新建账号并任命 / Make an account with one post, and print its first password once.

    JSON keys: username, password, unit, role.
    """
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            unit = organizations.get_unit_by_code(session, actor, code)
            account, password = organizations.invite(
                session, actor, unit, Role(role), username=username, full_name=full_name
            )
        answer = {
            "username": account.username, "password": password, "unit": code, "role": role,
        }  # fmt: skip
    edge.show(
        answer,
        as_json=as_json,
        words=Words(
            f"已建账号 {answer['username']}，一次性密码 {password}，首次登录必须修改",
            f"account {answer['username']} made; its password {password} must be changed at "
            "the first sign-in",
        ),
    )


@command.command("appoint")
@click.argument("username")
@click.option("--unit", "code", required=True, help="组织编码 / code of the unit.")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="岗位 / the post.")
@edge.database_option
@edge.tenant_option
def appoint(username: str, code: str, role: str, database: str | None, tenant: int | None) -> None:
    """给已有账号加一个岗位 / Give somebody who has an account another post."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            unit = organizations.get_unit_by_code(session, actor, code)
            account = organizations.find_account(session, username)
            if account is None:
                raise NotFound(Words("用户", "user"))
            organizations.appoint(session, actor, account.id, unit, Role(role))
    edge.show(None, as_json=False, words=Words("已任命", "appointed"))


@command.command("reset-password")
@click.argument("username")
@edge.database_option
@edge.tenant_option
@edge.json_option
def reset_password(username: str, database: str | None, tenant: int | None, as_json: bool) -> None:
    """重置密码 / Give somebody a new first password, printed once. JSON: username, password."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            account = organizations.find_account(session, username)
            if account is None:
                raise NotFound(Words("用户", "user"))
            password = organizations.reset_password(session, actor, account.id)
    edge.show(
        {"username": username, "password": password},
        as_json=as_json,
        words=Words(f"一次性密码 {password}，登录后必须修改", f"first password {password}"),
    )


@command.command("link")
@click.argument("username")
@click.option("--member", type=click.UUID, default=None, help="党员编号；不写则取消 / its id.")
@edge.database_option
@edge.tenant_option
def link(username: str, member: UUID | None, database: str | None, tenant: int | None) -> None:
    """关联本人的党员档案 / Say which member the holder of an account is; without --member, none."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        with transaction(session):
            account = organizations.find_account(session, username)
            if account is None:
                raise NotFound(Words("用户", "user"))
            duties.link_member(session, actor, account.id, member)
    edge.show(None, as_json=False, words=Words("已关联" if member else "已取消关联", "done"))


@command.command("list")
@edge.database_option
@edge.tenant_option
@edge.json_option
def list_(database: str | None, tenant: int | None, as_json: bool) -> None:
    """列出账号与岗位 / List accounts. JSON: username, full_name, active, posts [unit, role]."""
    with edge.open_session(database) as session:
        actor = edge.operator(session, tenant)
        rows = [
            {
                "username": holder.account.username,
                "full_name": holder.account.full_name,
                "active": bool(holder.account.active),
                "posts": [
                    {"unit": post.unit.code, "role": post.role.value} for post in holder.posts
                ],
            }
            for holder in organizations.accounts(session, actor, limit=None)
        ]
    if as_json:
        edge.show(rows)
        return
    for row in rows:
        held = ", ".join(f"{post['role']}@{post['unit']}" for post in row["posts"])
        click.echo(f"{row['username']}\t{row['full_name']}\t{held}")
