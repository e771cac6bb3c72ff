"""Groups and pooled genders of LAG, people who are young and adult, as the program prints them.

python -m benchmarks.lag FOLDER [--model NAME]

FOLDER has labels.csv (``file,gender,...,person,note``, the note ``young`` or ``adult``) and ``lag/``. The pictures are
scanned into new catalogs, the largest face of each is named after its person, all are grouped, and ``evaluate
--people`` prints what is reached: of adults, of the young, and of both. For both it is also told how many pairs of one
person, young and adult, are in one group.

Groups depend on the estimated ages. For the genders take ``--model dlib``: the default model was trained on those of
LAG.
"""

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.catalog.said.likeness import Likeness
from photogender.catalog.said.persons import Facts, say
from photogender.labels import DEFAULT_MODEL
from photogender.people.groups import blind_groups

Labels = dict[str, tuple[str, str, str]]
"""Person, gender and note, by the name of the file."""


def photogender(*words: str) -> None:
    """Run the program."""
    subprocess.run([sys.executable, "-m", "photogender", *words], check=True)


def read_labels(folder: Path) -> Labels:
    """The labels of LAG."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["file"].startswith("lag/")]
    return {Path(row["file"]).name: (row["person"], row["gender"], row["note"]) for row in rows}


def name_faces(catalog: Catalog, labels: Labels) -> dict[int, str]:
    """Name the largest face of each picture, and say the gender of each person; the note of each named face."""
    largest = catalog.fetch("SELECT path, face_id, max((x2 - x1) * (y2 - y1)) FROM tags GROUP BY path").fetchall()
    faces: defaultdict[str, list[int]] = defaultdict(list)
    notes, genders = dict[int, str](), dict[str, str]()
    for path, face, _ in largest:
        who, gender, notes[face] = labels[Path(path).name]
        faces[who].append(face)
        genders[who] = gender
    for who, found in faces.items():
        catalog.correct(found, name=who, author="LAG")
        say(catalog, who, Facts(gender="female" if genders[who] == "f" else "male"), author="LAG")
    return notes


def across(likeness: Likeness, notes: dict[int, str]) -> tuple[int, int, int]:
    """Pairs of one person, young and adult; how many of them are in one group; and pairs of two people that are."""
    both = own = wrong = 0
    groups: defaultdict[int, list[tuple[str | None, str]]] = defaultdict(list)
    people: defaultdict[str | None, list[str]] = defaultdict(list)
    for face, group in blind_groups(likeness):
        if face.face_id in notes:
            groups[group].append((face.name, notes[face.face_id]))
            people[face.name].append(notes[face.face_id])
    both = sum(found.count("young") * found.count("adult") for found in people.values())
    for members in groups.values():
        young, adult = ([name for name, note in members if note == wanted] for wanted in ("young", "adult"))
        same = sum(one == other for one in young for other in adult)
        own, wrong = own + same, wrong + len(young) * len(adult) - same
    return both, own, wrong


def main() -> None:
    """Print what the program prints, for adults, the young, and both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help="Estimates ages and genders; dlib never saw these people."
    )
    arguments = parser.parse_args()
    labels = read_labels(arguments.folder)
    for notes in (("adult",), ("young",), ("adult", "young")):
        print(f"\n{' and '.join(notes)}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            photos, catalog = Path(scratch, "lag"), str(Path(scratch, "catalog.db"))
            photos.mkdir()
            for name, (_, _, note) in labels.items():
                if note in notes:
                    shutil.copyfile(arguments.folder / "lag" / name, photos / name)
            photogender("scan", str(photos), "--catalog", catalog, "--model", arguments.model, "-q")
            with Catalog(Path(catalog), mode="change") as opened:
                named = name_faces(opened, labels)
            photogender("people", "group", "--yes", "--catalog", catalog)
            photogender("evaluate", "--people", "--catalog", catalog)
            if len(notes) > 1:
                with Catalog(Path(catalog)) as opened, Likeness(opened) as likeness:
                    both, own, wrong = across(likeness, named)
                print(f"Of {both:,} pairs young and adult {own:,} are in one group, with {wrong:,} of two people.")


if __name__ == "__main__":
    main()
