"""A line a request, for people or as JSON; signatures are shortened."""

import json
import re
import sys
from dataclasses import asdict, dataclass, replace
from typing import TextIO

from cloudfront_signer._native import mask_secrets
from cloudfront_signer._text import MaskedRepr

_SIGNATURE = re.compile(r"(Signature=)([^&\s]{8})[^&\s]+")


@dataclass(frozen=True, slots=True, repr=False)
class Line(MaskedRepr):
    """What is told of one request; ``seconds`` is until its last byte, ``reason`` why it was denied."""

    method: str
    url: str
    status: int
    sent: int
    seconds: float
    viewer: str
    reason: str | None


class Log:
    """Writes to standard error, so that standard output has the address alone."""

    def __init__(self, *, as_json: bool = False, stream: TextIO | None = None) -> None:
        self._as_json, self._stream = as_json, stream

    def write(self, line: Line) -> None:
        """Write one line; a reader that has gone is nobody's error."""
        reason = None if line.reason is None else mask_secrets(line.reason)
        line = replace(line, method=mask_secrets(line.method), url=mask_secrets(line.url), reason=reason)
        text = json.dumps(asdict(line)) if self._as_json else _for_people(line)
        stream = sys.stderr if self._stream is None else self._stream
        try:
            print(text, file=stream, flush=True)
        except BrokenPipeError:
            return


def shortened(url: str) -> str:
    """Enough of a signature to tell it from others, not enough to use it."""
    return _SIGNATURE.sub(r"\1\2…", url)


def _for_people(line: Line) -> str:
    told = f"{line.viewer} {line.method} {line.url} {line.status} {line.sent} bytes {line.seconds * 1000:.0f} ms"
    return told if line.reason is None else f"{told}: {line.reason}"
