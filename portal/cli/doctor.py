"""portal doctor: say what is wrong with the set-up, and whether it may go live."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from portal.cli import checks, checks_database, checks_machine, checks_outside, edge
from portal.core.words import Words
from portal.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.cli.checks import Fault

FIT = {
    (True, True): Words("可以上线", "fit to go live"),
    (True, False): Words("可以使用", "fit for use"),
    (False, True): Words("不能上线", "must not go live"),
    (False, False): Words("不能使用", "not fit for use"),
}


@click.command("doctor")
@edge.database_option
@click.option("--deploy", is_flag=True, help="按正式上线的要求检查 / check as for going live.")
@edge.json_option
def command(database: str | None, deploy: bool, as_json: bool) -> None:
    """检查部署 / Check the set-up; exit with 1 when it must not go live.

    JSON keys: ok, deploy, faults: [{code, stops, words: {zh, en}, mend: {zh, en}}].
    """
    faults = list(_faults(database, deploy=deploy))
    ok = not any(fault.stops for fault in faults)
    if as_json:
        edge.show({"ok": ok, "deploy": deploy, "faults": faults})
    else:
        for fault in faults:
            _print(fault)
        click.echo(str(FIT[ok, deploy]))
    if not ok:
        raise SystemExit(1)


def _faults(database: str | None, *, deploy: bool) -> Iterator[Fault]:
    try:
        settings = Settings()
        url = make_url(database or settings.database)
        url.get_dialect()
    except ValidationError as error:
        yield checks.unreadable(error)
        return
    except (ArgumentError, NoSuchModuleError):
        yield checks.NO_URL
        return
    given = edge.settings_for(url.render_as_string(hide_password=False))
    found = (
        *checks.settings(given),
        *checks_outside.outside(given),
        *checks_machine.machine(given, os.environ),
        *checks_database.database(url, checks.ring_of(given)),
    )
    for fault in found:
        if fault.matters(deploy=deploy):
            yield fault.seen(deploy=deploy)


def _print(fault: Fault) -> None:
    sign: Any = ("✗", "red") if fault.stops else ("!", "yellow")
    click.secho(f"{sign[0]} [{fault.code}] {fault.words.zh}。{fault.mend.zh}。", fg=sign[1])
    click.echo(f"  {fault.words.en}. {fault.mend.en}.")
