"""Small photos with real faces, made from what installed packages bring along."""

import sqlite3
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import packaged


def face() -> Image.Image:
    """The astronaut's head and shoulders: 300 × 300, one face of about 110 pixels."""
    with Image.open(packaged("scikit-image", "skimage/data/astronaut.png")) as picture:
        return picture.convert("RGB").crop((80, 0, 380, 300))


def make_library(folder: Path, number: int, seed: int = 0) -> list[Path]:
    """``number`` JPEGs of 320 × 240 in three folders: most with a face somewhere, every fifth without."""
    rng = np.random.default_rng(seed)
    head = face().resize((150, 150))
    paths = []
    for index in range(number):
        background = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(background).resize((320, 240), Image.Resampling.BICUBIC)
        if index % 5:
            picture.paste(head, (int(rng.integers(0, 170)), int(rng.integers(0, 90))))
        path = folder / f"{index % 3}" / f"IMG_{index:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=85)
        paths.append(path)
    return paths


def write_faces(folder: Path, number: int = 60) -> Path:
    """Variations of one face, blotched so that no two are copies, named as in UTKFace."""
    folder.mkdir()
    rng = np.random.default_rng(2)
    for index in range(number):
        x, y = rng.integers(0, 40, 2)
        picture = face().crop((40 + x, y, 240 + x, 200 + y)).resize((100, 100))
        noise = rng.normal(0, 60, (10, 10, 3))
        noisy = np.asarray(picture) + np.asarray(np.kron(noise, np.ones((10, 10, 1))), dtype=np.float64)
        name = f"{int(rng.integers(1, 90))}_{index % 2}_0_{index:017}.jpg"
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / name)
    return folder


def rows(catalog: Path, sql: str) -> list[tuple[object, ...]]:
    """What a plain sqlite3 user reads."""
    connection = sqlite3.connect(catalog)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


CONTENT = """
SELECT photos.path, photos.folder, photos.root, photos.size, photos.mtime_ns, photos.fingerprint,
       photos.content_hash, photos.format, photos.width, photos.height, photos.taken, photos.camera,
       photos.skipped_stage, photos.skipped_reason, faces.x1, faces.y1, faces.x2, faces.y2,
       faces.detector_score, faces.landmarks, faces.gender, faces.gender_confidence, faces.age,
       faces.age_group, faces.age_confidence
FROM photos LEFT JOIN faces ON faces.photo_id = photos.id ORDER BY photos.path, faces.x1, faces.y1
"""
"""All that a scan writes of photos and faces but ids and times."""
