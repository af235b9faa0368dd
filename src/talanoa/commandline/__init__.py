"""The `talanoa` command: a door for administrators and scripts.

Exit status 0, or a sentence on standard error and 1 (2 where the words of the command are off).
"""

import argparse
import os
import sys
from collections.abc import Sequence

from talanoa import __version__
from talanoa.configuration import WrongSetting, configure


class Refused(Exception):
    """The command cannot be carried out; `str()` is the sentence."""


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command."""
    parser = _parser()
    args = parser.parse_args(words)
    try:
        if args.needs_house:
            configure()
            open_house()
        return args.carry_out(args) or 0
    except (WrongSetting, Refused) as refusal:
        print(f"talanoa: {refusal}", file=sys.stderr)
        return 2 if isinstance(refusal, WrongSetting) else 1
    except BrokenPipeError:
        # `talanoa mail log | head` closes early; that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as fault:
        if not (args.needs_house and _lacks_tables(fault)):
            raise
        print("talanoa: The database is not there yet, or not of this version; run `talanoa migrate` first.", file=sys.stderr)
        return 1


def _lacks_tables(fault: Exception) -> bool:
    """Whether a command failed because nobody has brought the database to this version."""
    from django.db import OperationalError, ProgrammingError

    from talanoa.commandline.checking import waiting_migrations

    return isinstance(fault, OperationalError | ProgrammingError) and waiting_migrations() > 0


def _parser() -> argparse.ArgumentParser:
    # Imported here so that `talanoa mail inspect` does not wait for what it does not use.
    from talanoa.commandline import archives, checking, drafting, evaluating, mails, memberships, moderating, running, searching

    parser = argparse.ArgumentParser(
        prog="talanoa",
        description="Facilitated, e-mail-first communities of practice.",
        epilog="Settings come from the environment and a TOML file; `talanoa check --settings` lists them. "
        "Exit status: 0; or 1 and a sentence on standard error; 2 where a setting or the command itself is wrong.",
    )
    parser.add_argument("--version", action="version", version=f"talanoa {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (running, checking, memberships, archives, mails, moderating, drafting, evaluating, searching):
        module.register(commands)
    return parser


def open_house() -> None:
    """Set Django up; the state folder and key are made if they are not there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talanoa.settings")
    import django

    try:
        django.setup()
    except OSError as fault:
        raise Refused(f"The state folder cannot be used: {fault}. Set TALANOA_HOME to a folder that can be written.") from fault
    from talanoa.commandline.logs import set_up

    set_up()
