"""uvicorn's HTTP/1.1 with a time limit: a viewer that does not finish its request is not waited for."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds that a request's head may take from its first byte (or from the connection's start), and that a body may
# pause. Bodies as a whole are not limited: an upload may be long.
REQUEST_TIMEOUT = 30.0

_TIMED_OUT = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 42\r\n"
    b"Connection: close\r\n\r\n408: the request did not end in good time\n"
)


class LimitedProtocol(H11Protocol):
    """Ends a connection whose request does not go on: with 408 before its head is whole, else without an answer."""

    _timer: asyncio.TimerHandle | None = None
    _in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        super().connection_made(transport)
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._clear_timer()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handle what has come in, and say how long the rest may take."""
        super().handle_events()
        in_body = self.conn.their_state is h11.SEND_BODY
        # Between two requests uvicorn has a limit of its own.
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
            # It is the origin that is slow, not the viewer.
            self._set_timer()
            return
        if not self._in_body and not self.transport.is_closing():
            self.transport.write(_TIMED_OUT)
        # Whatever waits for the body learns from this that nothing will come.
        self.transport.close()
