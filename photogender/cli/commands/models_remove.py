"""``photogender models remove``."""

import click

from photogender.cli.completion import models
from photogender.cli.terminal import say


@click.command(short_help="Remove a model from your models folder.")
@click.argument("name", shell_complete=models())
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Remove the model NAME from your models folder. Its estimates stay in the catalog."""
    from photogender.model_tools.installed import in_models_folder
    from photogender.model_tools.installed import remove as remove_model
    from photogender.models.read import load_spec

    spec = load_spec(name)
    doomed = in_models_folder(spec)
    for path in doomed:
        click.echo(str(path))
    if not yes:
        click.confirm("Remove these?", abort=True, err=True)
    remove_model(spec, say)
    say(f"Removed {name}.")
