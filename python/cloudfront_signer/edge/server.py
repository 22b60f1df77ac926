"""Runs the edge with uvicorn."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

import uvicorn

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer._signals import Terminated, terminated_in_order
from cloudfront_signer.edge.app import Edge
from cloudfront_signer.edge.configuration import Configuration
from cloudfront_signer.edge.log import Log
from cloudfront_signer.edge.protocol import LimitedProtocol

# What is still running when the server is asked to stop gets this many seconds, and then a few to end.
_GRACE = 3
_END = 3


def serve(configuration: Configuration, log: Log | None = None, out: TextIO | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; the address goes to ``out`` (standard output) once requests are taken.

    Raises CloudFrontSignerError if the address cannot be had or an origin cannot be opened, OSError if ``out`` is full.
    """
    try:
        with terminated_in_order():
            edge = Edge(configuration, log)
            with _listen(configuration) as listener:
                server = _Server(_settings(edge), out or sys.stdout)
                server.run(sockets=[listener])
    except (KeyboardInterrupt, Terminated):
        # uvicorn takes the signals while it runs, and raises them once more when it has ended in good order.
        return
    if server.unsaid:
        raise server.unsaid


def start(configuration: Configuration, log: Log | None = None) -> "RunningEdge":
    """Serve in a thread until ``stop``, for notebooks and tests; raises what ``serve`` raises.

    The edge stands at ``address`` when this returns, and the program may end without having stopped it.
    """
    return RunningEdge(configuration, log)


@contextmanager
def running(configuration: Configuration, log: Log | None = None) -> Iterator[str]:
    """Serve in a thread for the length of a ``with`` block; gives the address. Raises what ``serve`` raises."""
    with start(configuration, log) as edge:
        yield edge.address


class RunningEdge:
    """An edge in a thread of its own: ``address`` is where it is; a ``with`` block, or ``stop``, ends it."""

    def __init__(self, configuration: Configuration, log: Log | None = None) -> None:
        edge = Edge(configuration, log)
        self._listener = _listen(configuration)
        self.address = _address(self._listener)
        self._server = _Server(_settings(edge))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="edge", daemon=True
        )
        self._thread.start()
        try:
            while not self._server.started and self._thread.is_alive():
                time.sleep(0.005)
        except BaseException:
            # Ctrl-C meanwhile: nobody else could stop it.
            self.stop()
            raise
        if not self._server.started:
            self._listener.close()
            raise CloudFrontSignerError(f"the edge at {self.address} did not start")

    def stop(self) -> None:
        """End it: what is under way gets a few seconds. Stopping once more does nothing."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "" if self._thread.is_alive() else ", stopped"
        return f"<RunningEdge {self.address}{state}>"


def _listen(configuration: Configuration) -> socket.socket:
    host, port = configuration.host, configuration.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, UnicodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "no host has such a name"
        given = f"{excerpt(host)}:{port}"
        raise CloudFrontSignerError(f"{given}: {problem}; choose another with --host and --port") from None


def _settings(edge: Edge) -> uvicorn.Config:
    return uvicorn.Config(
        edge,
        # What was tested is what runs, whatever else is installed.
        http=LimitedProtocol,
        ws="none",
        loop="asyncio",
        log_config=None,
        # Of a request that is none the viewer is told; on standard error it would be a line of another form.
        log_level="error",
        access_log=False,
        lifespan="on",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE + _END,
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class _Server(uvicorn.Server):
    """Says where it is when it is ready, and ends what will not end by itself."""

    def __init__(self, config: uvicorn.Config, out: TextIO | None = None) -> None:
        super().__init__(config)
        self._out = out
        # Why the address could not be said. Raised within startup, it would be a traceback of uvicorn's.
        self.unsaid: OSError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        try:
            for listener in sockets or [] if self._out else []:
                print(_address(listener), file=self._out, flush=True)
        except OSError as error:
            self.unsaid, self.should_exit = error, True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hanging_up = asyncio.get_running_loop().call_later(_GRACE, self._hang_up)
        try:
            await super().shutdown(sockets)
        finally:
            hanging_up.cancel()

    def _hang_up(self) -> None:
        """End the downloads, a paused video's for one: each request sees that its viewer has gone, and ends in order.

        uvicorn would cancel them instead, with a traceback for each.
        """
        for connection in list(self.server_state.connections):
            connection.transport.abort()
