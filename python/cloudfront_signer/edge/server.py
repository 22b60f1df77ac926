"""Runs the edge with uvicorn."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import uvicorn

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.app import Edge
from cloudfront_signer.edge.configuration import Configuration
from cloudfront_signer.edge.log import Log

# What is still running when the server is asked to stop gets this many seconds.
_GRACE = 3


def serve(configuration: Configuration, log: Log | None = None, out: TextIO | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; the address goes to ``out`` (standard output) once requests are taken.

    Raises CloudFrontSignerError if the address cannot be had or an origin cannot be opened.
    """
    edge = Edge(configuration, log)
    with _listen(configuration) as listener:
        server = _Announcing(_settings(edge), out or sys.stdout)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            # uvicorn has ended in good order by now.
            return


@contextmanager
def running(configuration: Configuration, log: Log | None = None) -> Iterator[str]:
    """Serve in a thread for the length of a ``with`` block, for tests and notebooks; gives the address.

    Raises what ``serve`` raises.
    """
    edge = Edge(configuration, log)
    with _listen(configuration) as listener:
        server = uvicorn.Server(_settings(edge))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield _address(listener)
        finally:
            server.should_exit = True
            thread.join()


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
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class _Announcing(uvicorn.Server):
    """Says where it is when it is ready."""

    def __init__(self, config: uvicorn.Config, out: TextIO) -> None:
        super().__init__(config)
        self._out = out

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            print(_address(listener), file=self._out, flush=True)
