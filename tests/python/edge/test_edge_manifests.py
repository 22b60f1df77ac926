"""Manifests that the edge signs on their way, with the viewer's own parameters."""

import contextlib
import gzip
import time

import pytest

from cloudfront_signer import _manifests
from cloudfront_signer.edge import Behavior, Configuration

from support.edges import KEYS, SIGNER, SITE, running

PLAYLIST = '#EXTM3U\r\n#EXT-X-MAP:URI="init.mp4"\r\n#EXTINF:4,\r\n1.m4s\r\n#EXTINF:4,\r\nhttps://ads.example/2.m4s\r\n'
END = time.time() + 3_600


@pytest.fixture
def folder(tmp_path):
    for name in ("index.m3u8", "OLD.M3U", "notes.txt"):
        (tmp_path / name).write_bytes(PLAYLIST.encode())
    (tmp_path / "broken.m3u8").write_text("<html>")
    return tmp_path


@pytest.fixture
def edge(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),), pretend=SITE, sign_manifests=True)) as server:
        yield server


def signed(name, **terms):
    return SIGNER.sign_url(f"{SITE}/{name}", expires=END, **(terms or {"resource": f"{SITE}/*"}))


def parameters(url):
    return url.partition("?")[2]


@pytest.mark.parametrize("name", ["index.m3u8", "OLD.M3U"])
def test_each_uri_receives_the_viewers_parameters(edge, name):
    url = signed(name)
    response = edge.get(url)
    own = f"?{parameters(url)}"
    assert response.text == PLAYLIST.replace("init.mp4", f"init.mp4{own}").replace("1.m4s", f"1.m4s{own}")
    assert response.headers["content-length"] == str(len(response.content))
    # They would be those of the unsigned file.
    assert not {"etag", "last-modified", "accept-ranges"} & response.headers.keys()


def test_it_is_whole_whatever_the_viewer_asks_for(edge):
    """A part, or a copy that has not changed, has no place for signatures."""
    plain = edge.get(signed("notes.txt"))
    conditions = {
        "Range": "bytes=0-9",
        "If-None-Match": plain.headers["etag"],
        "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT",
    }
    response = edge.get(signed("index.m3u8"), headers=conditions)
    assert response.status_code == 200
    assert "Signature=" in response.text


def test_head_has_no_length_of_another_body(edge):
    response = edge.get(signed("index.m3u8"), method="HEAD")
    assert (response.status_code, response.content) == (200, b"")
    assert not {"etag", "content-length"} & response.headers.keys()


def test_a_canned_policy_covers_no_segment(edge):
    response = edge.get(SIGNER.sign_url(f"{SITE}/index.m3u8", expires=END))
    assert response.text == PLAYLIST
    assert "the manifest is not signed: the URL has a canned policy" in edge.lines(1)[0]


def test_a_policy_that_does_not_cover_the_segments(edge):
    response = edge.get(signed("index.m3u8", resource=f"{SITE}/index*"))
    assert response.text == PLAYLIST
    assert "does not cover" in edge.lines(1)[0]


def test_cookies_leave_it_unchanged(edge):
    cookies = SIGNER.sign_cookies(f"{SITE}/*", expires=END)
    response = edge.get("/index.m3u8", headers={"Cookie": cookies.header})
    assert response.text == PLAYLIST
    assert response.headers["etag"]


def test_other_files_and_other_answers_are_unchanged(edge):
    assert edge.get(signed("notes.txt")).text == PLAYLIST
    assert edge.get(signed("broken.m3u8")).text == "<html>"
    assert edge.get(signed("missing.m3u8")).status_code == 403
    assert edge.get("/index.m3u8").status_code == 403


def test_not_unless_it_is_asked_to(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),), pretend=SITE)) as edge:
        assert edge.get(signed("index.m3u8")).text == PLAYLIST


def test_a_manifest_without_end_does_not_fill_the_memory(origin, monkeypatch):
    monkeypatch.setattr(_manifests, "LARGEST", 1 << 20)
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    with running(Configuration((Behavior("*", address, KEYS),), pretend=SITE, sign_manifests=True)) as edge:
        response = edge.get(signed("endless/a.m3u8"))
        assert response.status_code == 502
        assert origin.ended.wait(60)


@pytest.fixture
def stored(origin):
    """An edge before an origin that has a compressed object, whatever is asked for."""

    @contextlib.contextmanager
    def open_edge(body, coding):
        origin.coded = coding, body
        address = f"http://127.0.0.1:{origin.server_address[1]}"
        with running(Configuration((Behavior("*", address, KEYS),), pretend=SITE, sign_manifests=True)) as edge:
            yield edge

    return open_edge


def test_compressed_objects_are_signed(stored):
    with stored(gzip.compress(PLAYLIST.encode()), "gzip") as edge:
        url = signed("coded/index.m3u8")
        response = edge.get(url)
    assert "content-encoding" not in response.headers
    assert response.headers["content-length"] == str(len(response.content))
    assert f"1.m4s?{parameters(url)}" in response.text


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"\x0b", "br", "has the coding br: expected gzip"),
        (gzip.compress(PLAYLIST.encode())[:-4], "gzip", "is incomplete"),
        (gzip.compress(bytes(32 << 20)), "gzip", "is larger than 16 MiB"),
    ],
)
def test_other_compressed_objects_are_unchanged(stored, body, coding, reason):
    with stored(body, coding) as edge:
        with edge.client.stream("GET", signed("coded/index.m3u8").removeprefix(SITE)) as response:
            assert b"".join(response.iter_raw()) == body
        assert response.headers["content-encoding"] == coding
        assert reason in edge.lines(1)[0]


def test_queries_reach_the_origin_and_codings_do_not(origin):
    """Players of low-latency HLS add parameters; a compressed manifest could not be signed."""
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    with running(Configuration((Behavior("*", address, KEYS),), pretend=SITE, sign_manifests=True)) as edge:
        edge.get(signed("a.m3u8") + "&_HLS_msn=5", headers={"Accept-Encoding": "gzip"})
    _, target, headers, _ = origin.requests[0]
    assert target == "/a.m3u8?_HLS_msn=5"
    assert "accept-encoding" not in headers
