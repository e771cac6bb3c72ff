"""``photogender models``: each of its commands is a module."""

import click

from photogender.cli.commands.models_add import add
from photogender.cli.commands.models_import_caffe import import_caffe
from photogender.cli.commands.models_list import list_models
from photogender.cli.commands.models_pull import pull
from photogender.cli.commands.models_quantise import quantise
from photogender.cli.commands.models_remove import remove
from photogender.cli.commands.models_show import show
from photogender.cli.commands.models_verify import verify


@click.group()
def models() -> None:
    """List the models; download, add, check or remove some.

    A model either finds faces (its task is detect) or estimates age and gender. The default ones are installed
    with photogender. Others can be downloaded into your models folder, or added from files of your own.

    \b
    photogender models list
    photogender models pull yunet
    """


for _command in (list_models, show, pull, add, import_caffe, quantise, verify, remove):
    models.add_command(_command)
