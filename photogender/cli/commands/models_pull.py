"""``photogender models pull``."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photogender.cli.completion import models
from photogender.cli.terminal import console, say
from photogender.errors import PhotogenderError
from photogender.labels import DOWNLOAD_TIMEOUT
from photogender.text import megabytes

if TYPE_CHECKING:
    from photogender.models.spec import ModelSpec


@click.command(short_help="Download a model, or install it from a file.")
@click.argument("name", shell_complete=models())
@click.option("--accept-licence", is_flag=True, help="Accept the licence without being asked.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE_OR_DIR",
    help="Do not download: install from this file, ZIP archive or folder.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=DOWNLOAD_TIMEOUT,
    show_default=True,
    metavar="S",
    help="Give up when the server has sent nothing for S seconds.",
)
def pull(name: str, accept_licence: bool, source: Path | None, timeout: float) -> None:
    """Download the model NAME, or install it with --from on a machine without a network.

    Every file is checked by its SHA-256. An interrupted download is resumed. InsightFace packs in
    ~/.insightface/models are used where they are.
    """
    from photogender.cli.progress import steps
    from photogender.model_tools.installed import check, usage
    from photogender.model_tools.pull import pull as pull_model
    from photogender.models.read import load_spec

    spec = load_spec(name)
    say(f"{spec.title}\nLicence: {spec.licence}\nFrom: {spec.source}")
    if any(found.fault for found in check(spec)):
        _ask_for(spec, accept_licence, source)
        try:
            with steps("", None, console(), amount=megabytes) as update:

                def progress(done: int, total: int | None) -> None:
                    update(done, total=total)

                further = pull_model(spec, source, progress=progress, say=say, timeout=timeout)
        except KeyboardInterrupt:
            say("Run the same command again to resume.")
            raise
        for other in further:
            say(f"The same archive also contained {other.name}: {other.title}")
    for found in check(spec):
        click.echo(f"{found.path}")
    say(f"{spec.name} is installed. Use it with: {usage(spec)}")


def _ask_for(spec: "ModelSpec", accepted: bool, source: Path | None) -> None:
    """Make sure that a licence that does not allow every use is accepted."""
    if spec.free or accepted:
        return
    if sys.stdin.isatty():
        click.confirm("This licence does not allow every use. Do you accept it?", abort=True, err=True)
        return
    raise PhotogenderError(
        f"The licence of {spec.name} does not allow every use: {spec.licence}.",
        f"If you accept it: photogender models pull {spec.name} --accept-licence"
        + (f" --from {shlex.quote(str(source))}" if source else ""),
    )
