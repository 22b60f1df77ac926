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

# Seconds that open requests have to finish after the server is asked to stop, and seconds to end after that.
_GRACE = 3
_END = 3


def serve(configuration: Configuration, log: Log | None = None, out: TextIO | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; print the address to ``out`` (by default standard output) when ready.

    Raises CloudFrontSignerError if the address is not available or an origin is invalid, and OSError if ``out`` cannot
    be written.
    """
    try:
        with terminated_in_order():
            edge = Edge(configuration, log)
            with _listen(configuration) as listener:
                server = _Server(_settings(edge), out or sys.stdout)
                server.run(sockets=[listener])
    except (KeyboardInterrupt, Terminated):
        # uvicorn handles the signals while it runs, and raises them again after an orderly shutdown.
        return
    if server.print_error:
        raise server.print_error


def start(configuration: Configuration, log: Log | None = None) -> "RunningEdge":
    """Serve in a thread until ``stop``, for notebooks and tests.

    The edge accepts requests when this returns. The thread does not keep the program running. Raises
    CloudFrontSignerError if the address is not available or an origin is invalid.
    """
    return RunningEdge(configuration, log)


@contextmanager
def running(configuration: Configuration, log: Log | None = None) -> Iterator[str]:
    """Serve in a thread for the duration of a ``with`` block, whose target is the address; raises as ``start`` does."""
    with start(configuration, log) as edge:
        yield edge.address


class RunningEdge:
    """An edge that runs in a thread at the URL ``address``. It ends with ``stop`` or with its ``with`` block."""

    def __init__(self, configuration: Configuration, log: Log | None = None) -> None:
        edge = Edge(configuration, log)
        self._listener = _listen(configuration)
        self.address: str = _address(self._listener)
        self._server = _Server(_settings(edge))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="edge", daemon=True
        )
        self._thread.start()
        try:
            while not self._server.started and self._thread.is_alive():
                time.sleep(0.005)
        except BaseException:
            # After Ctrl-C the caller has no object to stop it with.
            self.stop()
            raise
        if not self._server.started:
            self._listener.close()
            raise CloudFrontSignerError(f"the edge at {self.address} did not start")

    def stop(self) -> None:
        """Stop the edge. Open requests have a few seconds to finish. A second call does nothing."""
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
        problem = error.strerror if isinstance(error, OSError) else "not a valid host name"
        given = f"{excerpt(host)}:{port}"
        raise CloudFrontSignerError(f"{given}: {problem}; choose another with --host and --port") from None


def _settings(edge: Edge) -> uvicorn.Config:
    return uvicorn.Config(
        edge,
        # uvicorn would otherwise choose by what else is installed.
        http=LimitedProtocol,
        ws="none",
        loop="asyncio",
        log_config=None,
        # uvicorn's warnings about invalid requests would not have the form of the log. The viewer receives 400.
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
    """Prints its address when it is ready, and on shutdown ends requests that do not finish in time."""

    def __init__(self, config: uvicorn.Config, out: TextIO | None = None) -> None:
        super().__init__(config)
        self._out = out
        # The error of printing the address. Raised within startup, it would become a traceback of uvicorn.
        self.print_error: OSError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        try:
            for listener in sockets or [] if self._out else []:
                print(_address(listener), file=self._out, flush=True)
        except OSError as error:
            self.print_error, self.should_exit = error, True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing = asyncio.get_running_loop().call_later(_GRACE, self._close_connections)
        try:
            await super().shutdown(sockets)
        finally:
            closing.cancel()

    def _close_connections(self) -> None:
        """Close the open connections, such as paused downloads: each request receives a disconnect and ends normally.

        uvicorn would cancel them instead, with a traceback for each.
        """
        for connection in list(self.server_state.connections):
            connection.transport.abort()
