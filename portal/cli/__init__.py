"""The portal command: set-up, import and export, demo, rehearsal, doctor."""

from __future__ import annotations

import click

from portal import __version__
from portal.cli import edge
from portal.cli.audit import command as audit
from portal.cli.backup import command as backup
from portal.cli.backup import restoring as restore
from portal.cli.campaigns import command as campaigns
from portal.cli.database import command as setup
from portal.cli.demo import command as demo
from portal.cli.doctor import command as doctor
from portal.cli.exports import command as exports
from portal.cli.facts import command as facts
from portal.cli.keys import command as keys
from portal.cli.plugins import command as plugin
from portal.cli.purge import command as purge
from portal.cli.rehearse import command as rehearse
from portal.cli.roster import command as roster
from portal.cli.sweep import command as sweep
from portal.cli.tables import command as tables
from portal.cli.totals import command as totals
from portal.cli.units import command as units
from portal.cli.users import command as users
from portal.cli.worker import command as worker


@click.group(cls=edge.Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="portal")
def main() -> None:
    """四查：党员组织关系排查填报系统 / Sicha: a reporting portal for trees of organizations."""
    edge.speak_utf8()


main.add_command(audit)
main.add_command(backup)
main.add_command(campaigns)
main.add_command(demo)
main.add_command(doctor)
main.add_command(exports)
main.add_command(facts)
main.add_command(keys)
main.add_command(purge)
main.add_command(plugin)
main.add_command(rehearse)
main.add_command(restore)
main.add_command(roster)
main.add_command(setup)
main.add_command(sweep)
main.add_command(tables)
main.add_command(totals)
main.add_command(units)
main.add_command(users)
main.add_command(worker)
