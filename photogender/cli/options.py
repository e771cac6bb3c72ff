"""Options that several commands share."""

import getpass
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import click

from photogender.cli.completion import models
from photogender.cli.types import FolderPair, tidied
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL, MIN_FACE

Command = Callable[..., Any]
Option = Callable[[Command], Command]


def together(*options: Option) -> Option:
    """One decorator that adds several options; ``--help`` lists them in the order given."""
    return lambda command: reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


catalog_option: Option = click.option(
    "--catalog",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="PHOTOGENDER_CATALOG",
    show_envvar=True,
    help="The catalog file.  [default: catalog.db in your user data folder]",
)

map_option: Option = click.option(
    "--map",
    "moved",
    type=FolderPair(),
    multiple=True,
    metavar="THERE=HERE",
    help="The folder THERE of the parts is HERE for the main catalog. Repeatable.",
)

author_option: Option = click.option(
    "--author", callback=tidied, metavar="NAME", help="Who makes the correction.  [default: your user name]"
)

device_option: Option = click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="auto, cpu, cuda, tensorrt, or another installed execution provider: see doctor.",
)

model_options = together(
    click.option(
        "--detector",
        default=DEFAULT_DETECTOR,
        show_default=True,
        metavar="NAME",
        shell_complete=models("detect"),
        help="The model that finds the faces.",
    ),
    click.option(
        "--model",
        default=DEFAULT_MODEL,
        show_default=True,
        metavar="NAME",
        shell_complete=models("age-gender"),
        help="The model that estimates age and gender.",
    ),
    click.option(
        "--detector-size",
        type=click.IntRange(min=32),
        metavar="PX",
        help="Detect in one pass, in a square of PX pixels.  [default: several passes, sizes chosen by the photo]",
    ),
    click.option(
        "--confidence",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="X",
        help="Lowest detector score of a face that is kept, 0 to 1.  [default: set by the detector]",
    ),
    click.option(
        "--min-face",
        type=click.FloatRange(min=1),
        default=MIN_FACE,
        show_default=True,
        metavar="PX",
        help="Smallest face that is kept, in pixels of the photo at full size.",
    ),
    click.option("--oversample", is_flag=True, help="Average the estimates over several views of each face; slower."),
    device_option,
    click.option("--half", is_flag=True, help="Compute in half precision; for GPUs."),
    click.option(
        "--workers", type=click.IntRange(min=1), metavar="N", help="Decoding threads.  [default: one per core]"
    ),
    click.option(
        "--batch-size",
        type=click.IntRange(min=1),
        metavar="N",
        help="Photos in one batch of the detector.  [default: 1 on a CPU, as many as fit on a GPU]",
    ),
)
"""What ``ScanSettings`` says about models and devices: one option for each field, with its name."""


def user_name() -> str:
    """The user's login name: the author of corrections unless another is given."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in the system's list, as in some containers
        return "unknown"
