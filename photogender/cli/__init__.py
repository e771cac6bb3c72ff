"""The command line. Commands are read only when they are called for, and import what is heavy in their bodies."""

import importlib
import signal
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
    "corrections": "corrections",
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not (args[0] in _MODULES or args[0].startswith("-") or ctx.resilient_parsing):
            from difflib import get_close_matches

            near = "".join(f" Did you mean {name}?" for name in get_close_matches(args[0], _MODULES, 1))
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
            ctx.exit(1)
        except (KeyboardInterrupt, click.Abort) as stop:
            # click turns Ctrl-C at a question into Abort, which is also a "no" and the end of the input.
            if not isinstance(stop, KeyboardInterrupt) and not isinstance(stop.__context__, KeyboardInterrupt):
                raise
            click.echo("\nStopped.", err=True)
            ctx.exit(128 + signal.SIGINT)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="photogender")
def main() -> None:
    """Find the faces in your photos and estimate each one's apparent age and gender.

    Everything runs on this machine. Results go to a SQLite catalog that you can query, correct and
    export. Apparent age and gender are estimates from pixels: often wrong, most of all for children.

    \b
    Begin with:   photogender scan ~/Pictures
    Then:         photogender query --age 60- --min-confidence 0.8
    \b
    To complete commands, options, models, names and folders with the Tab key, add to ~/.bashrc:
      eval "$(_PHOTOGENDER_COMPLETE=bash_source photogender)"
    to ~/.zshrc the same with zsh_source; to ~/.config/fish/config.fish:
      _PHOTOGENDER_COMPLETE=fish_source photogender | source
    """
