"""HTTP servers of other people's before a folder, on free ports of the loopback address, stopped at the end."""

import contextlib
import functools
import http.server
import socket
import subprocess
import time

from werkzeug.exceptions import NotFound
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from support.programs import find
from support.threads import in_thread


@contextlib.contextmanager
def _serving(server, port):
    with in_thread(server):
        yield f"http://127.0.0.1:{port}"


def werkzeug(folder):
    """Werkzeug's server and its middleware for files."""

    class Quiet(WSGIRequestHandler):
        def log(self, *arguments):
            pass

    application = SharedDataMiddleware(NotFound(), {"/": str(folder)})
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    return _serving(server, server.server_port)


def http_server(folder):
    """Python's own."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    return _serving(server, server.server_port)


_NGINX = """
daemon off; master_process off; pid {place}/nginx.pid; error_log {place}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@contextlib.contextmanager
def nginx(folder, place):
    """A real nginx; ``place`` is an empty folder for what it writes."""
    program = find("nginx-light", "nginx", "/usr/sbin/nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = place / "nginx.conf"
    configuration.write_text(_NGINX.format(place=place, port=port, folder=folder))
    process = subprocess.Popen([program, "-p", place, "-c", configuration, "-e", place / "error.log"])
    try:
        _wait(process, port, place / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(process, port, errors):
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise AssertionError(f"nginx did not start: {errors.read_text()}")
