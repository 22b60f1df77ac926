"""HTTP origins: what reaches them, what comes back, and what happens when they or the viewer fail."""

import socket
import time

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
        next(answer.iter_raw(1 << 16))
    assert origin.ended.wait(30), "the origin still writes"
    assert relaying.get(signed("/plain")).status_code == 200


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
        ("s3://", "bucket/prefix"),
    ],
)
def test_origins_that_cannot_be(text, message):
    with pytest.raises(CloudFrontSignerError, match=message):
        Edge(Configuration((Behavior("*", text),)))
