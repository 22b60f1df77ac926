"""Range headers that a server has to pass over (RFC 9110, section 14.2), so that it answers with the whole file."""

import re
from collections.abc import Iterable

from cloudfront_signer.edge.origin import Header

_RANGE = re.compile(r"([0-9]*)-([0-9]*)")

# Python reads no longer numbers from text, and no file has as many bytes.
_MOST_DIGITS = 4_000


def without_invalid_ranges(headers: Iterable[Header]) -> list[Header]:
    """The headers, but for a range in another unit than bytes, or one that is none, or that ends before it starts.

    A range beyond the end of the file is not among them: that is refused with 416.
    """
    return [(key, value) for key, value in headers if key != b"range" or _is_valid(value.decode("latin-1"))]


def _is_valid(value: str) -> bool:
    unit, _, ranges = value.partition("=")
    parts = [part.strip() for part in ranges.split(",")]
    return unit.strip().lower() == "bytes" and len(value) <= _MOST_DIGITS and all(map(_is_range, parts))


def _is_range(text: str) -> bool:
    found = _RANGE.fullmatch(text)
    if found is None:
        return False
    start, end = found.groups()
    return int(start) <= int(end) if start and end else bool(start or end)
