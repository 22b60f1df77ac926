"""Requests that HTTP forbids, and requests that do not end."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from cloudfront_signer.edge import Behavior, Configuration, protocol

from support.edges import KEYS, SITE, running, send


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Content-Length: 5", "transfer-encoding:\tCHUNKED"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5, 6"],
        ["Content-Length: +5"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: chunked, identity"],
        ["Transfer-Encoding:\x0bchunked"],
        ["Transfer-Encoding : chunked"],
        ["X: a\r\n\tTransfer-Encoding: chunked", "Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Host: second.example"],
        ["X: a\0b"],
    ],
)
def test_two_readings_of_one_request_are_refused(relaying, origin, lines):
    """The second request, inside of the first one's body to one reader, reaches no origin."""
    smuggled = "0\r\n\r\nGET /upload/smuggled HTTP/1.1\r\nHost: d1.example\r\n"
    answer = send(relaying, "/upload", *lines, "", smuggled, method="POST")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer.lower()
    assert origin.requests == []


@pytest.mark.parametrize(
    "host", ["a\x01b", "a\x7fb", "a b", "a/b", "a@b", "a?b", "a#b", "a\\b", "\xe9", "", "a:b", "[::1", "<script>"]
)
def test_a_host_that_is_none_is_refused(edge, host):
    answer = send(edge, "/public/a.txt", host=host)
    assert answer.startswith(b"HTTP/1.1 400 ")
    if lines := edge.log.getvalue():
        assert lines.rstrip("\n").isprintable()


@pytest.mark.parametrize("host", ["d1.example", "d1.example:8080", "127.0.0.1:80", "[::1]:8080", "a_b.example", "a."])
def test_a_host_that_is_one_is_taken(edge, host):
    assert send(edge, "/public/a.txt", host=host).startswith(b"HTTP/1.1 200 ")


def test_a_websocket_is_not_opened(edge):
    lines = ("Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13")
    assert send(edge, "/public/a.txt", *lines).startswith(b"HTTP/1.1 200 ")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(protocol, "REQUEST_TIMEOUT", 0.3)


def connect(edge):
    place = urlsplit(edge.address)
    return socket.create_connection((place.hostname, place.port), timeout=60)


@pytest.mark.parametrize("begun", [b"", b"GET /public/a.t", b"GET /public/a.txt HTTP/1.1\r\nHost: d1.example\r\n"])
def test_a_head_that_does_not_end(impatient, edge, begun):
    with connect(edge) as viewer, viewer.makefile("rb") as answer:
        viewer.sendall(begun)
        assert answer.read().startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips(impatient, edge):
    """The limit is on the whole head: a byte now and then does not extend it."""
    with connect(edge) as viewer, viewer.makefile("rb") as answer:
        done = threading.Event()

        def drip():
            while not done.wait(0.05):
                try:
                    viewer.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        viewer.sendall(b"GET /public/a.txt HTTP/1.1\r\nX: ")
        thread.start()
        try:
            first = answer.readline()
        finally:
            done.set()
            thread.join()
        assert first.startswith(b"HTTP/1.1 408 ")


def test_the_second_request_of_a_connection_has_to_end_too(impatient, edge):
    with connect(edge) as viewer, viewer.makefile("rb") as answer:
        viewer.sendall(b"GET /public/a.txt HTTP/1.1\r\nHost: d1.example\r\n\r\n")
        assert answer.readline().startswith(b"HTTP/1.1 200 ")
        while answer.readline() != b"open to all\n":
            pass
        viewer.sendall(b"GET /public/a")
        assert b"HTTP/1.1 408 " in answer.read()


def test_a_body_that_does_not_go_on(impatient, origin):
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    with running(Configuration((Behavior("*", address, None, frozenset({"POST"})),))) as edge:
        with connect(edge) as viewer, viewer.makefile("rb") as answer:
            viewer.sendall(b"POST /a HTTP/1.1\r\nHost: d1.example\r\nContent-Length: 100\r\n\r\nbegun")
            assert answer.read() == b""
        assert "POST http://d1.example/a 0 " in edge.lines(1)[0]


def test_what_takes_long_but_goes_on_is_not_ended(impatient, folder, origin):
    """A body that comes bit by bit, an origin that thinks, an idle viewer of a download: none is unfinished."""
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    with running(Configuration((Behavior("*", address, None, frozenset({"GET", "POST"})),))) as edge:

        def pieces():
            for _ in range(10):
                time.sleep(0.1)
                yield b"piece"

        length = {"Content-Length": "50"}
        assert edge.get("/a", method="POST", content=pieces(), headers=length).status_code == 200
        assert origin.requests[-1][3] == b"piece" * 10
        threading.Timer(1, origin.release.set).start()
        assert edge.get("/slow").text == "from the origin"
        with edge.client.stream("GET", "/endless") as answer:
            chunks = answer.iter_raw(1 << 16)
            next(chunks)
            time.sleep(1)
            assert all(next(chunks) for _ in range(100))


def test_an_upload_to_a_slow_origin_is_not_ended(impatient):
    """Then it is the edge that does not read on; so it does not count how long the viewer pauses."""

    def fill(viewer):
        while True:
            viewer.sendall(bytes(1 << 20))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        configuration = Configuration((Behavior("*", address, None, frozenset({"PUT"})),))
        with running(configuration) as edge, connect(edge) as viewer:
            viewer.sendall(f"PUT /a HTTP/1.1\r\nHost: d1.example\r\nContent-Length: {1 << 40}\r\n\r\n".encode())
            viewer.settimeout(1)
            # Nobody accepts: this fills whatever holds bytes on the way, and then waits for longer than the limit.
            with pytest.raises(TimeoutError):
                fill(viewer)
            with pytest.raises(TimeoutError):
                viewer.recv(1)


def test_an_absolute_target_is_judged_by_its_own_host(folder):
    """Host is another's to whoever reads the target (RFC 9112, section 3.2.2)."""
    with running(Configuration((Behavior("*", str(folder), KEYS),))) as edge:
        send(edge, f"{SITE}/video.mp4", host="elsewhere.example")
        send(edge, "http://d1.example?x", host="elsewhere.example")
        first, second = edge.lines(2)
    assert f"GET {SITE}/video.mp4 403" in first
    assert "GET http://d1.example/?x 403" in second
