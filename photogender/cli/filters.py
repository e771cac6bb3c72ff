"""The filters as options, for every command that takes them."""

import click

from photogender.cli.completion import folders, names, used_models
from photogender.cli.options import together
from photogender.cli.types import AbsolutePath, Composition, DateRange, GenderChoice, NumberRange
from photogender.labels import ADULT, AGE_GROUPS

filter_options = together(
    click.option("--gender", type=GenderChoice(), help="Only faces of this apparent gender."),
    click.option(
        "--age",
        type=NumberRange(),
        metavar="YEARS",
        help="Only faces of this apparent age in years: 20-40, 60+, -12 or 34. 40 includes 40.99.",
    ),
    click.option(
        "--age-group",
        type=click.Choice(AGE_GROUPS),
        metavar="GROUP",
        help=f"Only faces of this age group: {', '.join(AGE_GROUPS)}.",
    ),
    click.option(
        "--min-confidence",
        type=click.FloatRange(0, 1),
        metavar="X",
        help="Only faces whose gender and age group both have at least this confidence, 0 to 1. What a person "
        "corrected or confirmed has 1.",
    ),
    click.option("--not-reviewed", is_flag=True, help="Only faces that nobody has corrected or confirmed."),
    click.option("--reviewed", is_flag=True, help="Only faces that somebody has corrected or confirmed."),
    click.option(
        "--model",
        metavar="MODEL",
        shell_complete=used_models,
        help="Only faces whose age and gender this model estimated.",
    ),
    click.option("--name", metavar="NAME", shell_complete=names, help="Only faces with exactly this name."),
    click.option(
        "--folder",
        type=AbsolutePath(),
        metavar="DIR",
        shell_complete=folders,
        help="Only photos in DIR and its subfolders.",
    ),
    click.option(
        "--taken",
        type=DateRange(),
        metavar="DATES",
        help="Only photos taken then: 2019, 2019..2021, 2019-05.. or ..2020-03-01, both ends included.",
    ),
    click.option("--undated", is_flag=True, help="Only photos without a date."),
    click.option(
        "--faces", type=NumberRange(), metavar="N", help="Only photos with this many faces in all: 2+, 0 or 1-3."
    ),
    click.option(
        "--with",
        "with_people",
        multiple=True,
        metavar="NAME",
        shell_complete=names,
        help="Only photos that show NAME; given more than once, all of them.",
    ),
    click.option("--alone", is_flag=True, help="Only photos that show nobody but the people of --with; or one face."),
    click.option(
        "--people",
        type=Composition(),
        metavar="WHO",
        help=f"Only photos that show just these: '2 adults, 1 child', '1+ women, 0+ children'; adults are {ADULT} or "
        "older.",
    ),
    click.option(
        "--person-age",
        type=NumberRange(),
        metavar="YEARS",
        help="Only photos that show the person of --with or --name at this age.",
    ),
    click.option("--children", is_flag=True, help=f"Only faces of people younger than {ADULT}."),
    click.option("--unnamed", is_flag=True, help="Only faces without a name."),
)
"""One option for each field of ``photogender.catalog.queries.filters.Filters``."""
