"""Range headers that a server has to ignore (RFC 9110, section 14.2) and answer with the whole file."""

import re
from collections.abc import Iterable

from cloudfront_signer.edge.headers import Header

_RANGE = re.compile(r"([0-9]*)-([0-9]*)")

# Python refuses to parse longer integers, and no file has that many bytes.
_MAX_DIGITS = 4_000


def without_invalid_ranges(headers: Iterable[Header]) -> list[Header]:
    """Remove ranges that are malformed, that use another unit than bytes, or that end before they start.

    A range beyond the end of the file is kept: it is refused with 416.
    """
    return [(key, value) for key, value in headers if key != b"range" or _is_valid(value.decode("latin-1"))]


def _is_valid(value: str) -> bool:
    unit, _, ranges = value.partition("=")
    parts = [part.strip() for part in ranges.split(",")]
    return unit.strip().lower() == "bytes" and len(value) <= _MAX_DIGITS and all(map(_is_range, parts))


def _is_range(text: str) -> bool:
    found = _RANGE.fullmatch(text)
    if found is None:
        return False
    start, end = found.groups()
    return int(start) <= int(end) if start and end else bool(start or end)
