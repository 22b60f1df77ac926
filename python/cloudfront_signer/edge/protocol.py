"""uvicorn's HTTP/1.1 protocol with a time limit for requests that do not end."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds that a request's head may take, from its first byte or the start of the connection, and the longest pause in
# its body. The total time of a body is not limited, because uploads may be long.
REQUEST_TIMEOUT = 30.0

_TIMED_OUT = b"408: the request did not arrive in time\n"


class LimitedProtocol(H11Protocol):
    """Closes a connection if its request does not arrive in time: with 408 while reading the head, else silently."""

    _timer: asyncio.TimerHandle | None = None
    _in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of a new connection."""
        super().connection_made(transport)
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._clear_timer()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handle the received bytes, and set the timer for the rest of the request."""
        super().handle_events()
        in_body = self.conn.their_state is h11.SEND_BODY
        # Between two requests uvicorn's keep-alive timeout applies.
        in_head = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        if in_body or (in_head and (self._timer is None or self._in_body)):
            self._set_timer()
        elif not in_head:
            self._clear_timer()
        self._in_body = in_body

    def _set_timer(self) -> None:
        self._clear_timer()
        self._timer = self.loop.call_later(REQUEST_TIMEOUT, self._give_up)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._in_body and self.flow.read_paused:
            # The origin is slow, not the viewer.
            self._set_timer()
            return
        if not self._in_body and not self.transport.is_closing():
            self.transport.write(_response(_TIMED_OUT))
        # A reader of the body then receives a disconnect.
        self.transport.close()


def _response(body: bytes) -> bytes:
    head = (
        "HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
