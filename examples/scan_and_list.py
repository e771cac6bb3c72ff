"""Use photogender as a library: scan a folder, then list its faces, oldest first.

python examples/scan_and_list.py FOLDER CATALOG
"""

import sys

from photogender import Catalog, Skipped, Tagged, scan


def main(folder: str, catalog_file: str) -> None:
    """Scan ``folder`` into ``catalog_file`` and print the results."""
    with Catalog(catalog_file, mode="write") as catalog:
        for outcome in scan([folder], catalog):
            match outcome:
                case Tagged(photo, _, faces):
                    print(f"{photo.path}: {len(faces)} faces")
                case Skipped(photo, _, reason):
                    print(f"{photo.path}: skipped, {reason}")
        for row in catalog.rows("SELECT path, age, gender, gender_confidence FROM tags ORDER BY age DESC"):
            print(f"{row['age']:5.1f} {row['gender']} ({row['gender_confidence']:.0%}) {row['path']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
