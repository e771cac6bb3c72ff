"""Read IPTC (IIM) texts, as agencies and older programs put them into JPEG and TIFF files."""

from PIL import Image, ImageFile, IptcImagePlugin

from photogender.photos.faults import DAMAGE, is_mistake


def read_iptc(image: Image.Image) -> dict[int, list[str]]:
    """The texts of each data set of record 2, by its number; empty if there are none, or they are damaged."""
    if not isinstance(image, ImageFile.ImageFile):
        return {}
    try:
        found = IptcImagePlugin.getiptcinfo(image) or {}
    except (OSError, *DAMAGE) as error:
        if is_mistake(error):
            raise
        return {}
    texts: dict[int, list[str]] = {}
    for (record, number), values in found.items():
        if record == 2 and number:
            raw = values if isinstance(values, list) else [values]
            texts[number] = [_text(value) for value in raw if isinstance(value, bytes)]
    return texts


def _text(value: bytes) -> str:
    """A text without the characters that XML forbids."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")  # what programs write that do not declare UTF-8
    return "".join(c for c in text if c in "\n\t" or c.isprintable()).strip()
