"""Edges and origins on free ports of the loopback address, stopped at the end."""

import contextlib
import io
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx

from cloudfront_signer import CloudFrontSigner, PrivateKey, edge
from cloudfront_signer.edge.log import Log

KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
KEYS = {"K1": KEY.public_key()}
SITE = "https://d1.example"


class Running:
    """An edge that runs in a thread; ``get`` asks it for what ``SITE`` would be asked for."""

    def __init__(self, address, log):
        self.address, self.log = address, log
        self.client = httpx.Client(base_url=address, trust_env=False, timeout=30)

    def get(self, url, method="GET", **options):
        return self.client.request(method, url.removeprefix(SITE), **options)

    def lines(self, count):
        """The log, once it has that many lines: each is written when its answer has ended."""
        deadline = time.monotonic() + 60
        while self.log.getvalue().count("\n") < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.log.getvalue().splitlines()


@contextlib.contextmanager
def running(configuration, *, as_json=False):
    log = io.StringIO()
    with edge.running(replace(configuration, port=0), Log(as_json=as_json, stream=log)) as address:
        server = Running(address, log)
        with server.client:
            yield server


def send(edge, target, *lines, method="GET", host="d1.example"):
    """The whole answer to a request that no client would make up, byte for byte."""
    place = urlsplit(edge.address)
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *lines]
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in [*head, ""]).encode("latin-1"))
        with connection.makefile("rb") as answer:
            return answer.read()


class Recorder(ThreadingHTTPServer):
    """An origin that keeps what it was asked, and answers as the path says."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests, self.ended = [], threading.Event()
        self.release = threading.Event()
        # A Content-Encoding, and the body that has it.
        self.coded = "gzip", b""

    def handle_error(self, request, client_address):
        """A viewer that goes away ends the connection; the handler has seen it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        self.server.requests.append((self.command, self.path, self.headers, body))
        getattr(self, "answer_" + self.path.lstrip("/").partition("?")[0].partition("/")[0], self.answer_plain)()

    do_HEAD = do_POST = do_GET

    def answer_plain(self):
        self.answer(200, b"from the origin")

    def answer_missing(self):
        self.answer(404, b"no such object")

    def answer_slow(self):
        self.server.release.wait(60)
        self.answer_plain()

    def answer_short(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"cut")
        self.close_connection = True

    def answer_endless(self):
        self.send_response(200)
        self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 16))
        except OSError:
            self.server.ended.set()

    def answer_coded(self):
        coding, body = self.server.coded
        self.answer(200, body, coding)

    def answer(self, status, body, coding=None):
        self.send_response(status)
        if coding is not None:
            self.send_header("Content-Encoding", coding)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "X-Private")
        self.send_header("X-Private", "hop")
        self.send_header("ETag", '"e"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass
