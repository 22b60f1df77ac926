"""Runs the edge with uvicorn."""

import socket
import sys
from typing import TextIO

import uvicorn

from cloudfront_signer import CloudFrontSignerError
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
    host, port = configuration.host, configuration.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise CloudFrontSignerError(f"{host}:{port}: {error.strerror}; choose another with --host and --port") from None
    with listener:
        try:
            make_server(edge, out).run(sockets=[listener])
        except KeyboardInterrupt:
            # uvicorn has ended in good order by now.
            return


def make_server(edge: Edge, out: TextIO | None = None) -> uvicorn.Server:
    """A server that says where it is when it is ready."""
    config = uvicorn.Config(
        edge,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
    )
    return _Announcing(config, out or sys.stdout)


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, out: TextIO) -> None:
        super().__init__(config)
        self._out = out

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            print(f"http://{f'[{host}]' if ':' in host else host}:{port}", file=self._out, flush=True)
