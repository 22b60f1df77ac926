"""The content of the example applications, made here: twenty pictures and a video."""

import zlib
from collections.abc import Iterator
from colorsys import hls_to_rgb
from math import sin
from struct import pack

from cloudfront_signer.demo.video import make_video

PICTURES = tuple(f"private/pictures/{number:02}.png" for number in range(1, 21))
VIDEO = "private/video.mp4"
WIDTH, HEIGHT = 240, 160


def make_content() -> dict[str, tuple[bytes, str]]:
    """The files and their content types, by their names."""
    pictures = {name: (make_picture(number), "image/png") for number, name in enumerate(PICTURES)}
    return {**pictures, VIDEO: (make_video(), "video/mp4")}


def make_picture(number: int) -> bytes:
    """A landscape in PNG; each number has its own colours."""
    header = pack(">2I5B", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(_rows(number)), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))


def _rows(number: int) -> Iterator[bytes]:
    """The rows from the top: a sky with a sun, and three ranges of hills."""
    hue = number / len(PICTURES)
    sun, radius = ((number * 67) % WIDTH, 40), 18
    hills = [_colour(hue + 0.5, 0.5 - 0.13 * depth) for depth in range(3)]
    edges = [[_edge(number, depth, x) for x in range(WIDTH)] for depth in range(3)]
    for y in range(HEIGHT):
        sky, light = _colour(hue, 0.55 + 0.35 * y / HEIGHT), _colour(hue + 0.1, 0.95)
        row = bytearray(b"\0")  # no filter
        for x in range(WIDTH):
            depth = next((depth for depth in (2, 1, 0) if y >= edges[depth][x]), None)
            if depth is not None:
                row += hills[depth]
            else:
                row += light if (x - sun[0]) ** 2 + (y - sun[1]) ** 2 < radius**2 else sky
        yield bytes(row)


def _edge(number: int, depth: int, x: int) -> float:
    """Where a range of hills begins, in rows from the top."""
    return 75 + 26 * depth + 12 * sin(x / (23 + 6 * depth) + number * (depth + 1)) + 5 * sin(x / 9 + number)


def _colour(hue: float, lightness: float) -> bytes:
    return bytes(round(255 * part) for part in hls_to_rgb(hue % 1, lightness, 0.6))
