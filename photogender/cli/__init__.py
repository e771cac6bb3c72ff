"""The command line. Commands are read only when they are called for, and import what is heavy in their bodies."""

import importlib
import warnings

import click

from photogender import __version__
from photogender.errors import PhotogenderError

_MODULES = {
    "scan": "scan",
    "rescan": "scan",
    "query": "query",
    "export": "export",
    "import": "xmp",
    "stats": "stats",
    "report": "report",
    "show": "show",
    "review": "review",
    "correct": "correct",
    "prune": "prune",
    "evaluate": "evaluate",
    "train": "train",
    "models": "models",
    "bench": "bench",
    "doctor": "doctor",
}
"""Each command and the module of ``commands`` that holds it, in the order of ``--help``."""


class _Commands(click.Group):
    """Loads a command's module when the command is named, and prints our errors as sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"photogender.cli.commands.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, "import_" if cmd_name == "import" else cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        # Pillow warns of odd EXIF and large pictures; what matters of it becomes a photo's reason.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            return super().invoke(ctx)
        except PhotogenderError as error:
            click.echo(f"Error: {error.message}", err=True)
            if error.hint:
                click.echo(error.hint, err=True)
            ctx.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="photogender")
def main() -> None:
    """Find the faces in your photos and estimate each one's apparent age and gender.

    Everything runs on this machine. Results go to a SQLite catalog that you can query, correct and
    export. Apparent age and gender are estimates from pixels: often wrong, most of all for children.

    \b
    Begin with:   photogender scan ~/Pictures
    Then:         photogender query --age 60- --min-confidence 0.8
    """
