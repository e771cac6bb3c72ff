"""The command line. Commands are read only when they are called for, and import what is heavy in their bodies."""

import importlib
import signal
import warnings

import click

from photogender import __version__
from photogender.errors import PhotogenderError

_COMMANDS = {
    "scan": ("scan", "Find and tag the faces in the photos of some folders."),
    "watch": ("watch", "Scan folders again and again, so that new photos are tagged."),
    "rescan": ("scan", "Scan all folders of the catalog again, for example with another model."),
    "query": ("query", "List the faces or photos that match."),
    "export": ("export", "Write CSV, JSON, NDJSON, Parquet or XMP sidecars."),
    "import": ("xmp", "Import names of faces from XMP."),
    "stats": ("stats", "Count photos and faces, and show the age pyramid."),
    "report": ("report", "Write an HTML page about the library to share."),
    "show": ("show", "Show the faces of one photo, or draw them."),
    "review": ("review", "Look at faces in your browser and correct them."),
    "correct": ("correct", "Correct, confirm or name faces."),
    "corrections": ("corrections", "Save corrections to a file, or load them."),
    "people": ("people", "Group faces by likeness, and name the groups."),
    "exclude": ("exclude", "Show or change what scans leave out of a folder."),
    "prune": ("prune", "Remove photos whose files are gone."),
    "forget": ("forget", "Remove photos, folders or a person with all that is stored of them."),
    "catalog": ("catalog", "Copy, check, compact or merge catalogs."),
    "evaluate": ("evaluate", "Measure how accurate a model is."),
    "train": ("train", "Train a network on your own labelled faces."),
    "models": ("models", "List, download, add, check or remove models."),
    "bench": ("bench", "Measure how fast your own photos are scanned."),
    "doctor": ("doctor", "Check the installation and the catalog."),
}
"""Each command with the module of ``commands`` that holds it and what it does, in the order of ``--help``."""


class _Commands(click.Group):
    """Loads a command's module when the command is named, and prints our errors as sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"photogender.cli.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, "import_" if cmd_name == "import" else cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not (args[0] in _COMMANDS or args[0].startswith("-") or ctx.resilient_parsing):
            from difflib import get_close_matches

            near = "".join(f" Did you mean {name}?" for name in get_close_matches(args[0], _COMMANDS, 1))
            ctx.fail(f"There is no command {args[0]}.{near}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        # Pillow warns of odd EXIF and large pictures; what matters of it becomes a photo's reason.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            return super().invoke(ctx)
        except PhotogenderError as error:
            click.echo(f"Error: {error.message}", err=True)
            if error.hint:
                click.echo(error.hint, err=True)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort) as stop:
            # click turns Ctrl-C at a question into Abort, which is also a "no" and the end of the input.
            if not isinstance(stop, KeyboardInterrupt) and not isinstance(stop.__context__, KeyboardInterrupt):
                raise
            click.echo("\nStopped.", err=True)
            ctx.exit(128 + signal.SIGINT)


_EPILOG = """
To complete commands, options, models, names and folders with the Tab key, add this to ~/.bashrc, or with zsh_source to
~/.zshrc:

\b
  eval "$(_PHOTOGENDER_COMPLETE=bash_source photogender)"
"""


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="photogender")
def main() -> None:
    """Find the faces in your photos and estimate each one's apparent age and gender.

    Everything runs on this machine. Results go to a SQLite catalog that you can query, correct and
    export. Apparent age and gender are estimates from pixels: often wrong, most of all for children.

    \b
    Begin with:   photogender scan ~/Pictures
    Then:         photogender query --age 60- --min-confidence 0.8
    """
