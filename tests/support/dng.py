"""A camera raw small enough for a test: a DNG with a JPEG preview and a few pixels of sensor data.

Tags and types are those of the TIFF 6.0 and DNG 1.4 specifications.
"""

import struct

BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED_RATIONAL = 1, 2, 3, 4, 5, 10
_FORMATS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SIGNED_RATIONAL: "ii"}
_SENSOR = 64  # pixels a side

Entry = tuple[int, int, list[int] | bytes]


def make_dng(preview: bytes, size: tuple[int, int], orientation: int) -> bytes:
    """The bytes of a DNG whose preview (a JPEG of ``size``) is stored as ``orientation`` says."""
    sensor = bytes(_SENSOR * _SENSOR * 2)

    def directories(sub: int, sensor_at: int, preview_at: int) -> tuple[list[Entry], list[Entry]]:
        identity = [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]
        main: list[Entry] = [
            (254, LONG, [1]),  # a reduced picture
            (256, LONG, [size[0]]),
            (257, LONG, [size[1]]),
            (258, SHORT, [8, 8, 8]),
            (259, SHORT, [7]),  # JPEG
            (262, SHORT, [6]),  # YCbCr
            (271, ASCII, b"Test\0"),
            (272, ASCII, b"Test Cam\0"),
            (273, LONG, [preview_at]),
            (274, SHORT, [orientation]),
            (277, SHORT, [3]),
            (278, LONG, [size[1]]),
            (279, LONG, [len(preview)]),
            (330, LONG, [sub]),
            (50706, BYTE, [1, 4, 0, 0]),  # DNG 1.4
            (50707, BYTE, [1, 1, 0, 0]),
            (50708, ASCII, b"Test Cam\0"),
            (50721, SIGNED_RATIONAL, identity),  # colour matrix
            (50728, RATIONAL, [1] * 6),  # neutral
        ]
        raw: list[Entry] = [
            (254, LONG, [0]),
            (256, LONG, [_SENSOR]),
            (257, LONG, [_SENSOR]),
            (258, SHORT, [16]),
            (259, SHORT, [1]),  # not compressed
            (262, SHORT, [32803]),  # colour filter array
            (273, LONG, [sensor_at]),
            (277, SHORT, [1]),
            (278, LONG, [_SENSOR]),
            (279, LONG, [len(sensor)]),
            (33421, SHORT, [2, 2]),
            (33422, BYTE, [0, 1, 1, 2]),  # red green, green blue
            (50717, SHORT, [4095]),  # white
        ]
        return main, raw

    lengths = [len(_directory(entries, 0)) for entries in directories(0, 0, 0)]
    sub = 8 + lengths[0]
    sensor_at = sub + lengths[1]
    main, raw = directories(sub, sensor_at, sensor_at + len(sensor))
    return b"II*\0" + struct.pack("<I", 8) + _directory(main, 8) + _directory(raw, sub) + sensor + preview


def _directory(entries: list[Entry], at: int) -> bytes:
    after = at + 2 + 12 * len(entries) + 4
    body, long_values = struct.pack("<H", len(entries)), b""
    for tag, kind, values in entries:
        if isinstance(values, bytes):
            packed, count = values, len(values)
        else:
            form = _FORMATS[kind]
            packed = struct.pack("<" + form * (len(values) // len(form)), *values)
            count = len(values) // len(form)
        if len(packed) > 4:
            place = struct.pack("<I", after + len(long_values))
            long_values += packed + b"\0" * (len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        body += struct.pack("<HHI", tag, kind, count) + place
    return body + struct.pack("<I", 0) + long_values
