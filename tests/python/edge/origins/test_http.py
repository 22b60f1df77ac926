"""HTTP origins: what reaches them, what comes back, and what happens when they or the viewer fail."""

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

import httpx
import pytest

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.edge import Behavior, Configuration, Edge

from support.edges import KEYS, SIGNER, SITE, running


def signed(path, **terms):
    return SIGNER.sign_url(SITE + path, **{"expires": time.time() + 600, **terms})


def test_path_and_query_are_the_viewers_bytes(relaying, origin):
    path = "/a%2Fb//c+d%20e/'()*~;=?x=%C3%A9&y&z=1+2&&Expires2=3"
    assert relaying.get(signed(path, resource=SITE + "/*")).text == "from the origin"
    assert origin.requests[-1][:2] == ("GET", path)
    relaying.get(signed("/plain"))
    assert origin.requests[-1][1] == "/plain", "no lone question mark"


def test_no_credentials_reach_the_origin(relaying, origin):
    cookies = SIGNER.sign_cookies(f"{SITE}/*", expires=time.time() + 600)
    header = "a=1; " + "; ".join(f"{name}={value}" for name, value in cookies.items()) + "; b=2"
    headers = {"Cookie": header, "X-Mine": "kept", "Connection": "X-Hop", "X-Hop": "dropped", "TE": "trailers"}
    relaying.get("/plain", headers=headers)
    sent = origin.requests[-1][2]
    assert sent["Cookie"] == "a=1; b=2"
    assert sent["X-Mine"] == "kept"
    assert "X-Hop" not in sent
    assert "TE" not in sent
    assert sent["Host"] == f"127.0.0.1:{origin.server_address[1]}"
    relaying.get(
        signed("/plain", resource=f"{SITE}/*") + "&Hash-Algorithm2=x", headers={"Cookie": "CloudFront-Policy=x"}
    )
    assert origin.requests[-1][1] == "/plain?Hash-Algorithm2=x"
    assert "Cookie" not in origin.requests[-1][2]


@pytest.mark.parametrize(
    ("referrer", "sent"),
    [
        ("{signed}", "https://d1.example/page"),
        ("{signed}&a=1&&b", "https://d1.example/page?a=1&&b"),
        ("https://d1.example/page?a=%20&Policy=x&b=+", "https://d1.example/page?a=%20&b=+"),
        ("https://d1.example/page?%53ignature=x", "https://d1.example/page"),
        ("https://d1.example/page?", "https://d1.example/page?"),
        ("https://d1.example/Signature=x?a=Signature", "https://d1.example/Signature=x?a=Signature"),
        ("about:blank", "about:blank"),
    ],
)
def test_no_signature_leaves_through_the_referrer(relaying, origin, referrer, sent):
    page = signed("/page")
    relaying.get(signed("/plain"), headers={"Referer": referrer.format(signed=page)})
    assert origin.requests[-1][2]["Referer"] == sent
    signature = page.split("Signature=")[1].split("&")[0]
    assert signature not in relaying.lines(1)[0]


def test_answers_come_back_as_they_are(relaying):
    answer = relaying.get(signed("/missing"))
    assert (answer.status_code, answer.text, answer.headers["etag"]) == (404, "no such object", '"e"')
    assert "x-private" not in answer.headers
    head = relaying.get(signed("/plain"), method="HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "15")


def test_bodies_are_sent_on_where_the_method_is_allowed(relaying, origin):
    body = bytes(range(256)) * 10_000
    assert relaying.get("/upload", method="POST", content=body).status_code == 200
    assert origin.requests[-1][0] == "POST"
    assert origin.requests[-1][3] == body
    assert relaying.get(signed("/plain"), method="POST", content=b"x").status_code == 403


def test_a_body_of_unknown_length(origin):
    with raw_origin(Silent("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as silent:
        with running(Configuration((Behavior("*", silent.address, None, frozenset({"PUT"})),))) as edge:
            assert edge.get("/a", method="PUT", content=iter([b"one", b"two"])).status_code == 200
        (request,) = silent.requests
    assert b"transfer-encoding: chunked" in request.lower()


@pytest.mark.parametrize("status", ["999", "600", "700 Strange"])
def test_a_status_that_does_not_exist(status):
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 1\r\nX-Secret: y\r\n\r\nx"
    with raw_origin(Silent(answer)) as silent, running(Configuration((Behavior("*", silent.address),))) as edge:
        answer = edge.get("/a")
    assert answer.status_code == 502
    assert status[:3] in answer.text
    assert "x-secret" not in answer.headers


@pytest.mark.parametrize("status", ["299 Of Its Own", "418", "599"])
def test_a_status_of_a_class_that_exists(status):
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 1\r\n\r\nx"
    with raw_origin(Silent(answer)) as silent, running(Configuration((Behavior("*", silent.address),))) as edge:
        answer = edge.get("/a")
    assert (answer.status_code, answer.text) == (int(status[:3]), "x")


@pytest.mark.parametrize("answer", ["nonsense\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"])
def test_an_answer_that_is_none(answer):
    with raw_origin(Silent(answer)) as silent, running(Configuration((Behavior("*", silent.address),))) as edge:
        assert edge.get("/a").status_code == 502


def test_an_answer_with_two_lengths():
    """The transfer coding counts; a viewer that took the other one would read half an answer, and a second one."""
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nwhole!\r\n0\r\n\r\n"
    with raw_origin(Silent(answer)) as silent, running(Configuration((Behavior("*", silent.address),))) as edge:
        answer = edge.get("/a")
    assert answer.text == "whole!"
    assert "content-length" not in answer.headers


def test_conditions_reach_the_origin(relaying, origin):
    conditions = {"If-None-Match": '"e"', "If-Modified-Since": "x", "If-Range": '"e"', "Range": "bytes=0-1"}
    relaying.get(signed("/plain"), headers=conditions)
    assert {name: origin.requests[-1][2][name] for name in conditions} == conditions


def test_there_is_one_date_and_it_is_the_origins(relaying):
    assert len(relaying.get(signed("/plain")).headers.get_list("date")) == 1


def test_a_denied_request_does_not_reach_the_origin(relaying, origin):
    assert relaying.get("/plain").status_code == 403
    assert origin.requests == []


def test_an_origin_that_is_slow(origin):
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    with running(Configuration((Behavior("*", address, KEYS),), pretend=SITE, timeout=1)) as edge:
        answer = edge.get(signed("/slow"))
    assert answer.status_code == 504
    assert "in time" in answer.text


def test_an_origin_that_is_down():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with running(Configuration((Behavior("*", f"http://127.0.0.1:{port}", KEYS),), pretend=SITE)) as edge:
        answer = edge.get(signed("/plain"))
        assert answer.status_code == 502
        assert "cannot be reached" in answer.text
        assert " 502 " in edge.lines(1)[-1]


def test_an_origin_that_ends_early_is_not_hidden(relaying):
    with pytest.raises(httpx.RemoteProtocolError):
        relaying.get(signed("/short"))
    assert relaying.get(signed("/plain")).status_code == 200


def test_a_viewer_that_goes_away_ends_the_origins_connection(relaying, origin):
    with relaying.client.stream("GET", signed("/endless").removeprefix(SITE)) as answer:
        chunks = answer.iter_raw(1 << 16)
        next(chunks)
    assert origin.ended.wait(30), "the origin still writes"
    assert relaying.get(signed("/plain")).status_code == 200


def test_a_viewer_that_does_not_wait_for_a_slow_origin():
    with raw_origin(Silent()) as silent, running(Configuration((Behavior("*", silent.address),))) as edge:
        place = urlsplit(edge.address)
        with socket.create_connection((place.hostname, place.port)) as viewer:
            viewer.sendall(b"GET /a HTTP/1.1\r\nHost: d1.example\r\n\r\n")
            assert silent.asked.wait(60)
        assert silent.ended.wait(60), "the origin still has a connection"
        assert "/a 0 0 bytes" in edge.lines(1)[0], "no answer, and no error"


def test_a_viewer_that_reads_slowly_slows_the_origin_down():
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {1 << 40}\r\n\r\n"
    with (
        raw_origin(Silent(head, endless=True)) as silent,
        running(Configuration((Behavior("*", silent.address),))) as edge,
    ):
        with edge.client.stream("GET", "/a") as answer:
            chunks = answer.iter_raw(1)
            next(chunks)
            assert still(lambda: silent.sent) < FAR_TOO_MUCH
        assert silent.ended.wait(60)


def test_an_origin_that_reads_slowly_slows_the_viewer_down():
    with raw_origin(Silent()) as silent:
        configuration = Configuration((Behavior("*", silent.address, None, frozenset({"PUT"})),))
        with running(configuration) as edge:
            place = urlsplit(edge.address)
            with socket.create_connection((place.hostname, place.port)) as viewer:
                viewer.sendall(f"PUT /a HTTP/1.1\r\nHost: d1.example\r\nContent-Length: {1 << 40}\r\n\r\n".encode())
                viewer.setblocking(False)
                sent = 0

                def more():
                    nonlocal sent
                    with contextlib.suppress(BlockingIOError):
                        while sent < FAR_TOO_MUCH:
                            sent += viewer.send(bytes(1 << 16))
                    return sent

                assert still(more) < FAR_TOO_MUCH


# What kernels and the edge hold between a fast end and one that does not read is a few megabytes.
FAR_TOO_MUCH = 256 << 20


def still(number):
    """What a number that grows comes to, once it has not for a while; or that it is far too much."""
    last, since = number(), time.monotonic()
    while last < FAR_TOO_MUCH and time.monotonic() - since < 1:
        time.sleep(0.02)
        if (now := number()) != last:
            last, since = now, time.monotonic()
    return last


class Silent:
    """An origin that reads the head of one request, no body, and then says what it was given, or nothing."""

    def __init__(self, answer="", *, endless=False):
        self.answer, self.endless = answer.encode(), endless
        self.requests, self.sent = [], 0
        self.asked, self.ended = threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self):
        with contextlib.suppress(OSError), self.listener.accept()[0] as connection:
            self.requests.append(connection.recv(1 << 16))
            self.asked.set()
            connection.sendall(self.answer)
            while self.endless:
                self.sent += connection.send(bytes(1 << 16))
            if self.answer or not self.requests[0].startswith(b"PUT"):
                while connection.recv(1 << 16):
                    pass
            else:
                self.ended.wait(60)
        self.ended.set()


@contextlib.contextmanager
def raw_origin(silent):
    thread = threading.Thread(target=silent.run)
    thread.start()
    try:
        with silent.listener:
            yield silent
    finally:
        silent.ended.set()
        thread.join()


def test_a_download_that_runs_is_not_cut(relaying):
    end = int(time.time()) + 5
    url = signed("/endless", expires=end).removeprefix(SITE)
    with relaying.client.stream("GET", url) as answer:
        chunks = answer.iter_raw(1 << 16)
        while time.time() < end:
            next(chunks)
        assert relaying.get(url).status_code == 403
        assert next(chunks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ftp://a/b", "a folder, http"),
        ("/nowhere", "no such folder"),
        ("http://", "no host"),
        ("http://a:65536", "no port 65536"),
        ("http://a/?b=c", "nothing else"),
        ("http://user:secret@a", "origin at a: expected a host"),
        ("s3://", "bucket/prefix"),
    ],
)
def test_origins_that_cannot_be(text, message):
    with pytest.raises(CloudFrontSignerError, match=message) as caught:
        Edge(Configuration((Behavior("*", text),)))
    assert "secret" not in str(caught.value)
