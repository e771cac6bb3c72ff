"""A small folder of Adience's shape: fold lists and aligned pictures of made-up users."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

HEADER = "user_id original_image face_id age gender x y dx dy tilt_ang fiducial_yaw_angle fiducial_score".split()

Line = tuple[str, ...]
"""user_id, original_image, face_id, age, gender."""


def write_lists(folder: Path, lists: Sequence[Sequence[Line]]) -> None:
    """The five fold lists."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, rows in enumerate(lists):
        lines = ["\t".join(line) for line in (HEADER, *((*row, *"0123456") for row in rows))]
        (folder / f"fold_{number}_data.txt").write_text("\n".join(lines) + "\n")


def save_picture(folder: Path, line: Line, picture: Image.Image) -> None:
    """The aligned picture of one line, 816 × 816 as the benchmark has them."""
    user, image, face, *_ = line
    path = folder / "aligned" / user / f"landmark_aligned_face.{face}.{image}"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.resize((816, 816), Image.Resampling.BICUBIC).save(path, quality=90)
