"""The command line. Errors are one sentence on standard error; exit code 1 where work failed, 2 where the call was wrong."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import click
import structlog

from couriers.errors import CourierError
from reconciler.errors import BadFile, ReconcilerError, WrongCall

# Each command's module is loaded when it is asked for, so that a small command starts at once.
_COMMANDS = {
    "demo": "runs:demo", "migrate": "setup:migrate", "serve": "runs:serve", "import": "imports:import_",
    "nightly": "runs:nightly", "detect": "detection:detect", "cases": "cases:cases", "case": "cases:case",
    "drafts": "cases:drafts", "export": "reports:export", "courier": "couriers:courier", "doctor": "setup:doctor",
}  # fmt: skip


class _Commands(click.Group):
    """The commands, in the order a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"reconciler.cli.{module}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show tracebacks and every request.")
@click.version_option(package_name="reconciler")
def cli(debug: bool) -> None:
    """Finds where couriers and customers were told different stories about a parcel.

    \b
    A first look:     reconciler demo
    Your own files:   reconciler import orders orders.csv
                      reconciler import tracking answer.json --courier fan
                      reconciler detect
                      reconciler cases
    """
    level = logging.DEBUG if debug else logging.WARNING
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level), logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )


def main() -> None:
    """The entry point of ``reconciler``."""
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; what was done so far stands, and the command may be run again.", err=True)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (ReconcilerError, CourierError) as error:
        if "--debug" in sys.argv:
            raise
        click.echo(str(error), err=True)
        sys.exit(2 if isinstance(error, WrongCall | BadFile) else 1)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"Something failed that should not ({type(error).__name__}: {error}); run again with --debug.", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
