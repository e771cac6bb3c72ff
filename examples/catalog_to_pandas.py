"""Read a catalog into pandas: faces by age group and gender, and photos by year with the people in them.

python examples/catalog_to_pandas.py CATALOG
"""

import sys

import pandas

from photogender import AGE_GROUPS, Catalog


def main(catalog_file: str) -> None:
    """Print three small tables."""
    # Photos by number, since pandas cannot read paths that are not UTF-8.
    with Catalog(catalog_file) as catalog:
        faces = pandas.DataFrame(catalog.rows("SELECT photo_id, gender, age, age_group, taken FROM tags"))
    groups = pandas.Categorical(faces["age_group"], AGE_GROUPS, ordered=True)
    print(pandas.crosstab(groups, faces["gender"], rownames=["age group"], margins=True))
    print(faces.groupby("gender")["age"].describe()[["count", "mean", "min", "max"]].round(1))
    photos = faces.groupby("photo_id").agg(people=("age", "size"), youngest=("age", "min"), taken=("taken", "first"))
    print(
        photos.groupby(photos["taken"].str[:4].fillna("unknown")).agg({"people": ["count", "sum"], "youngest": "min"})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
