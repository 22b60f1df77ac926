"""The demo's video, made here: eight seconds of a bouncing ball, H.264 in MP4, without an encoder.

The first frame is uncompressed (I_PCM macroblocks). Each further frame repeats the one before, shifted by a motion
vector: the background is one colour, so only the ball appears to move. Numbers in comments are sections of ITU-T H.264
and ISO/IEC 14496-12.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from struct import pack

WIDTH, HEIGHT = 256, 144
FRAMES, FRAMES_PER_SECOND = 96, 12
_BLOCK = 16
_RADIUS = 20
# Where the ball starts, and how far it moves per frame. Even numbers: chroma has half the resolution.
_START, _SPEED = (40, 40), (6, 4)
# Y, Cb, Cr.
_BACKGROUND, _BALL = (36, 136, 120), (170, 70, 176)
_PROFILE = bytes([66, 0xC0, 30])  # Constrained Baseline, level 3


def make_video() -> bytes:
    """The MP4 file; always the same bytes."""
    sps, pps = _sequence_parameters(), _picture_parameters()
    positions = list(ball_positions())
    moves = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(positions)]
    pictures = [_first_picture(positions[0])]
    pictures += [_shifted_picture(number, move) for number, move in enumerate(moves, 1)]
    samples = [pack(">I", len(picture)) + picture for picture in pictures]
    head = _box("ftyp", b"isom", pack(">I", 0x200), b"isomiso2avc1mp41")
    offset = len(head) + len(_movie(sps, pps, samples, 0)) + 8
    return head + _movie(sps, pps, samples, offset) + _box("mdat", *samples)


def ball_positions() -> Iterator[tuple[int, int]]:
    """The centre of the ball in each frame."""
    position, speed = list(_START), list(_SPEED)
    for _ in range(FRAMES):
        yield position[0], position[1]
        for axis, length in enumerate((WIDTH, HEIGHT)):
            # Samples at the edge are repeated beyond it: the ball stays clear of them.
            if not _RADIUS < position[axis] + speed[axis] < length - _RADIUS - 1:
                speed[axis] = -speed[axis]
            position[axis] += speed[axis]


class _Bits:
    """A bit string, with H.264's exponential Golomb codes (9.1)."""

    def __init__(self) -> None:
        self._value, self._length = 1, 0

    def fixed(self, value: int, length: int) -> "_Bits":
        self._value, self._length = self._value << length | value, self._length + length
        return self

    def unsigned(self, *values: int) -> "_Bits":
        for value in values:
            length = (value + 1).bit_length()
            self.fixed(value + 1, 2 * length - 1)
        return self

    def signed(self, *values: int) -> "_Bits":
        return self.unsigned(*(2 * value - 1 if value > 0 else -2 * value for value in values))

    def align(self) -> "_Bits":
        return self.fixed(0, -self._length % 8)

    def taken(self) -> bytes:
        """The whole bytes so far, which start afresh then."""
        self.align()
        taken = self._value.to_bytes(self._length // 8 + 1, "big")[1:]
        self._value, self._length = 1, 0
        return taken

    def ended(self) -> bytes:
        """The rest, with the stop bit (7.3.2.11)."""
        return self.fixed(1, 1).taken()


def _unit(kind: int, payload: bytes) -> bytes:
    """A NAL unit, with emulation prevention bytes (7.4.1.1)."""
    return bytes([kind]) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def _sequence_parameters() -> bytes:
    """7.3.2.1: frame numbers of 8 bits, output in decoding order, one reference frame, no cropping."""
    bits = _Bits().unsigned(0, 4, 2, 1).fixed(0, 1).unsigned(WIDTH // _BLOCK - 1, HEIGHT // _BLOCK - 1)
    return _unit(0x67, _PROFILE + bits.fixed(0b1100, 4).ended())


def _picture_parameters() -> bytes:
    """7.3.2.2: CAVLC, and slices that may turn off the deblocking filter."""
    bits = _Bits().unsigned(0, 0).fixed(0, 2).unsigned(0, 0, 0).fixed(0, 3).signed(0, 0, 0)
    return _unit(0x68, bits.fixed(0b100, 3).ended())


def _first_picture(ball: tuple[int, int]) -> bytes:
    """An IDR picture of I_PCM macroblocks (7.3.5)."""
    # Slice header (7.3.3): an I slice, frame 0, no reference marking, no change of the quantiser, no deblocking.
    bits = _Bits().unsigned(0, 7, 0).fixed(0, 8).unsigned(0).fixed(0, 2).signed(0).unsigned(1)
    payload = b""
    for top in range(0, HEIGHT, _BLOCK):
        for left in range(0, WIDTH, _BLOCK):
            payload += bits.unsigned(25).taken() + _block(left, top, ball)
    return _unit(0x65, payload + bits.ended())


def _block(left: int, top: int, ball: tuple[int, int]) -> bytes:
    """The samples of a macroblock: 16 by 16 of luma, then 8 by 8 of each chroma."""
    planes = ((0, 1), (1, 2), (2, 2))
    return bytes(
        (_BALL if (x - ball[0]) ** 2 + (y - ball[1]) ** 2 <= _RADIUS**2 else _BACKGROUND)[plane]
        for plane, step in planes
        for y in range(top, top + _BLOCK, step)
        for x in range(left, left + _BLOCK, step)
    )


def _shifted_picture(number: int, move: tuple[int, int]) -> bytes:
    """The picture before, shifted: a P slice of 16 by 16 blocks without residual (7.3.5)."""
    # Slice header (7.3.3): one reference frame, in the default order.
    bits = _Bits().unsigned(0, 5, 0).fixed(number, 8).fixed(0, 3).signed(0).unsigned(1)
    for block in range(WIDTH * HEIGHT // _BLOCK**2):
        # In quarters of a sample, from here to the reference. Only the first differs from its prediction (8.4.1.3).
        vector = [0, 0] if block else [-4 * move[0], -4 * move[1]]
        bits.unsigned(0, 0).signed(*vector).unsigned(0)
    return _unit(0x41, bits.ended())


def _box(kind: str, *parts: bytes) -> bytes:
    """A box of ISO/IEC 14496-12."""
    content = b"".join(parts)
    return pack(">I", len(content) + 8) + kind.encode() + content


def _full_box(kind: str, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, pack(">I", flags), *parts)


_MATRIX = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _movie(sps: bytes, pps: bytes, samples: list[bytes], offset: int) -> bytes:
    """The ``moov`` box; ``offset`` is that of the first sample in the file."""
    times = pack(">4I", 0, 0, FRAMES_PER_SECOND, FRAMES)
    header = _full_box("mvhd", times, pack(">IH10x", 0x10000, 0x100), _MATRIX, bytes(24), pack(">I", 2))
    size = pack(">2I", WIDTH << 16, HEIGHT << 16)
    track = _full_box("tkhd", pack(">5I16x", 0, 0, 1, 0, FRAMES), _MATRIX, size, flags=3)
    media = _box(
        "mdia",
        _full_box("mdhd", times, pack(">2H", 0x55C4, 0)),
        _full_box("hdlr", bytes(4), b"vide", bytes(12), b"ball\0"),
        _box(
            "minf",
            _full_box("vmhd", bytes(8), flags=1),
            _box("dinf", _full_box("dref", pack(">I", 1), _full_box("url ", flags=1))),
            _sample_table(sps, pps, samples, offset),
        ),
    )
    return _box("moov", header, _box("trak", track, media))


def _sample_table(sps: bytes, pps: bytes, samples: list[bytes], offset: int) -> bytes:
    sets = pack(">BH", 0xE1, len(sps)) + sps + pack(">BH", 1, len(pps)) + pps
    decoder = _box("avcC", b"\1", _PROFILE, b"\xff", sets)
    entry = pack(">6xH16x2H3IH32xHh", 1, WIDTH, HEIGHT, 0x480000, 0x480000, 0, 1, 24, -1)
    return _box(
        "stbl",
        _full_box("stsd", pack(">I", 1), _box("avc1", entry, decoder)),
        _full_box("stts", pack(">3I", 1, len(samples), 1)),
        _full_box("stss", pack(">2I", 1, 1)),
        _full_box("stsc", pack(">4I", 1, 1, len(samples), 1)),
        _full_box("stsz", pack(">2I", 0, len(samples)), *(pack(">I", len(sample)) for sample in samples)),
        _full_box("stco", pack(">2I", 1, offset)),
    )
