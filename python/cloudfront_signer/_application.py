"""Serves a WSGI or ASGI application on a free port of the loopback address, for tests."""

import inspect
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn

from cloudfront_signer import CloudFrontSignerError


@contextmanager
def serving(application: Callable[..., Any]) -> Iterator[str]:
    """Serve for the duration of a ``with`` block, whose target is the address."""
    serve = _asgi if inspect.iscoroutinefunction(_called(application)) else _wsgi
    with serve(application) as port:
        yield f"http://127.0.0.1:{port}"


def _called(application: Callable[..., Any]) -> Callable[..., Any]:
    return application if inspect.isroutine(application) else type(application).__call__


@contextmanager
def _wsgi(application: Callable[..., Any]) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, application, _Server, _Handler)
    # How often shutdown is looked for, in seconds.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """The edge has logged the request."""


@contextmanager
def _asgi(application: Callable[..., Any]) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, log_level="error", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        if not server.started:
            raise CloudFrontSignerError("the application did not start: see its log")
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    # What uvicorn raises if the application does not start: it would be reported as an error of the thread.
    with suppress(SystemExit):
        server.run(sockets=[listener])
