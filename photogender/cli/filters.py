"""The filters of ``query``, ``export`` and ``stats`` as options, and what can be typed for each."""

import click

from photogender.cli.completion import folders, names, used_models
from photogender.cli.options import together
from photogender.cli.types import AbsolutePath, DateRange, GenderChoice, NumberRange
from photogender.labels import AGE_GROUPS

filter_options = together(
    click.option("--gender", type=GenderChoice(), help="Apparent gender."),
    click.option(
        "--age",
        type=NumberRange(),
        metavar="YEARS",
        help="Apparent age in whole years, as 20-40, 60+, -12 or 34; 20-40 is from 20.0 to 40.99.",
    ),
    click.option(
        "--age-group", type=click.Choice(AGE_GROUPS), metavar="GROUP", help=f"One of {', '.join(AGE_GROUPS)}."
    ),
    click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        metavar="X",
        help="Least confidence, 0 to 1, in the gender and in the age group: both must reach it. What a person "
        "corrected or confirmed has 1.",
    ),
    click.option("--not-reviewed", is_flag=True, help="Only faces no person has corrected or confirmed."),
    click.option("--reviewed", is_flag=True, help="Only faces a person has corrected or confirmed."),
    click.option(
        "--model",
        metavar="MODEL",
        shell_complete=used_models,
        help="Only faces whose age and gender come from this model.",
    ),
    click.option(
        "--name", metavar="NAME", shell_complete=names, help="Only faces that a person gave exactly this name."
    ),
    click.option(
        "--folder",
        type=AbsolutePath(),
        metavar="DIR",
        shell_complete=folders,
        help="Photos in DIR and the folders in it.",
    ),
    click.option(
        "--taken", type=DateRange(), metavar="DATES", help="As 2019, 2019..2021, 2019-05.. or ..2020-03-01, inclusive."
    ),
    click.option(
        "--faces", type=NumberRange(), metavar="N", help="How many faces the photo has in all, as 2+, 0, 1-3."
    ),
)
"""One option for each field of ``photogender.catalog.filters.Filters``."""
