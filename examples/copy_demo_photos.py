"""Copy two real photos from installed packages into a folder: one face, and six faces.

python examples/copy_demo_photos.py FOLDER
"""

import importlib.metadata
import shutil
import sys
from pathlib import Path

PHOTOS = {
    "scikit-image": "skimage/data/astronaut.png",
    "insightface": "insightface/data/images/t1.jpg",
}


def main(folder: str) -> None:
    """Copy the photos; existing files are kept."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for distribution, path in PHOTOS.items():
        source = Path(str(importlib.metadata.distribution(distribution).locate_file(path)))
        if not (target / source.name).exists():
            shutil.copy2(source, target)


if __name__ == "__main__":
    main(sys.argv[1])
