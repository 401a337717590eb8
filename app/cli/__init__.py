"""The command line `homeward`.

Exit codes: 0 it was done; 1 it was refused or something is wrong, said on standard error; 2 the command line, the
settings or a file to judge are wrong. `homeward matching` also knows 3, its work failed, and 130, it was interrupted.

The commands are loaded when they are asked for: who checks a market file waits for no database, web framework or
setting, and needs none.
"""

from __future__ import annotations

from typing import Any

import click

from app.core.errors import HomewardError
from config.settings import SettingsError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Finds the command that is asked for, and turns the product's refusals into one line on standard error and an
    exit code that scripts can trust.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        from app.cli.console import main as installation

        return sorted([*installation.list_commands(ctx), "matching"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "matching":
            from app.cli.market_files import matching

            return matching
        from app.cli.console import main as installation

        return installation.get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)
        except HomewardError as error:
            click.echo(f"homeward: {error.message}", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="homeward", prog_name="homeward")
def main() -> None:
    """Homeward: find, choose, fund and follow homes and school places for children.

    Settings come from the environment (see README.md). With none set, every command works on the demonstration in var/.
    """
