"""Logs each request on one line, as text or as JSON, with signatures shortened."""

import json
import re
import sys
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, TextIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudfront_signer._native import mask_secrets
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.edge.exchange import Exchange

_SIGNATURE = re.compile(r"(Signature=)([^&\s]{8})[^&\s]+")


@dataclass(frozen=True, slots=True, repr=False)
class Line(MaskedRepr):
    """One line of the log.

    ``sent`` is the number of bytes of the body, ``seconds`` the time until the last one, ``viewer`` the viewer's
    address. ``reason`` explains a refusal, ``warning`` what may go wrong at the origin.
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
    """Writes lines to ``stream``, by default standard error, so that standard output carries only the address."""

    def __init__(self, *, as_json: bool = False, stream: TextIO | None = None) -> None:
        self._as_json, self._stream = as_json, stream

    def write(self, line: Line) -> None:
        """Write one line. A closed pipe is ignored: the edge keeps serving when its log is no longer read."""
        shown: dict[str, Any] = {
            name: mask_secrets(value) if isinstance(value, str) else value for name, value in asdict(line).items()
        }
        text = json.dumps(shown) if self._as_json else _as_text(Line(**shown))
        stream = sys.stderr if self._stream is None else self._stream
        try:
            print(text, file=stream, flush=True)
        except BrokenPipeError:
            return


class RequestLog:
    """ASGI middleware that writes one line per request once its response has ended.

    The inner layers leave the reason and the warning in the request's exchange.
    """

    def __init__(self, app: ASGIApp, log: Log) -> None:
        self._app, self._log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        start, status, sent = perf_counter(), 0, 0

        async def send_counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            exchange = Exchange.of(scope)
            self._log.write(
                Line(
                    method=scope["method"],
                    url=_SIGNATURE.sub(r"\1\2…", exchange.request.url),
                    status=status,
                    sent=sent,
                    seconds=perf_counter() - start,
                    viewer=exchange.request.peer or "unknown",
                    reason=exchange.reason,
                    warning=exchange.warning,
                )
            )


def on_one_line(text: str) -> str:
    """Escape line ends and control characters, so that a viewer can neither forge a line nor control a terminal."""
    return "".join(symbol if symbol.isprintable() else symbol.encode("unicode_escape").decode() for symbol in text)


def _as_text(line: Line) -> str:
    text = f"{line.viewer} {line.method} {line.url} {line.status} {line.sent} bytes {line.seconds * 1000:.0f} ms"
    if line.reason is not None:
        text += f": {line.reason}"
    if line.warning is not None:
        text += f"; warning: {line.warning}"
    return on_one_line(text)
