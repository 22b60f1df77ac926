"""A line a request, for people or as JSON; signatures are shortened."""

import json
import re
import sys
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from cloudfront_signer._native import mask_secrets
from cloudfront_signer._text import MaskedRepr

_SIGNATURE = re.compile(r"(Signature=)([^&\s]{8})[^&\s]+")


@dataclass(frozen=True, slots=True, repr=False)
class Line(MaskedRepr):
    """What is told of one request.

    ``seconds`` is until its last byte, ``reason`` why it was denied, ``warning`` what may go wrong behind it.
    """

    method: str
    url: str
    status: int
    sent: int
    seconds: float
    viewer: str
    reason: str | None
    warning: str | None = None


class Log:
    """Writes to standard error, so that standard output has the address alone."""

    def __init__(self, *, as_json: bool = False, stream: TextIO | None = None) -> None:
        self._as_json, self._stream = as_json, stream

    def write(self, line: Line) -> None:
        """Write one line; a reader that has gone is nobody's error."""
        shown: dict[str, Any] = {
            name: mask_secrets(value) if isinstance(value, str) else value for name, value in asdict(line).items()
        }
        text = json.dumps(shown) if self._as_json else _for_people(Line(**shown))
        stream = sys.stderr if self._stream is None else self._stream
        try:
            print(text, file=stream, flush=True)
        except BrokenPipeError:
            return


def shortened(url: str) -> str:
    """Enough of a signature to tell it from others, not enough to use it."""
    return _SIGNATURE.sub(r"\1\2…", url)


def on_one_line(text: str) -> str:
    """Line ends and control characters spelled out: a viewer writes no line of the log, and nothing on a terminal."""
    return "".join(symbol if symbol.isprintable() else symbol.encode("unicode_escape").decode() for symbol in text)


def _for_people(line: Line) -> str:
    told = f"{line.viewer} {line.method} {line.url} {line.status} {line.sent} bytes {line.seconds * 1000:.0f} ms"
    if line.reason is not None:
        told += f": {line.reason}"
    if line.warning is not None:
        told += f"; warning: {line.warning}"
    return on_one_line(told)
