"""What a path is, how else it may be read, and which behaviour it belongs to."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudfront_signer._native import PathPattern
from cloudfront_signer.edge import Behavior, Configuration
from cloudfront_signer.edge.paths import lenient_readings, normalized, object_name

from support.edges import KEYS, SITE, running, send

UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (b"/", b"/"),
        (b"/a/b", b"/a/b"),
        (b"/a/b/", b"/a/b/"),
        (b"//a///b", b"//a///b"),
        (b"/%61/%62", b"/a/b"),
        (b"/a%2Fb%3f", b"/a%2Fb%3f"),
        (b"/a/./b", b"/a/b"),
        (b"/a/../b", b"/b"),
        (b"/a/%2e%2E/b", b"/b"),
        (b"/a/..%2fb", b"/a/..%2fb"),
        (b"/a//../b", b"/a/b"),
        (b"/..//a", b"//a"),
        (b"/../../a", b"/a"),
        (b"/a/..", b"/"),
        (b"/a/b/.", b"/a/b/"),
        (b"/a/...", b"/a/..."),
        (b"/a/.b/..c", b"/a/.b/..c"),
        (b"/%2561", b"/%2561"),
        (b"/%zz%", b"/%zz%"),
        (b"/caf%C3%A9", b"/caf%C3%A9"),
        (b"/a/%252e%252e/b", b"/a/%252e%252e/b"),
    ],
)
def test_the_form_that_is_matched_and_asked_for(path, form):
    assert normalized(path) == form
    assert normalized(form) == form


def test_unreserved_characters_are_decoded_and_no_others():
    for byte in range(256):
        for escape in (b"%%%02x" % byte, b"%%%02X" % byte):
            expected = bytes([byte]) if byte in UNRESERVED else escape
            assert normalized(b"/a" + escape) == b"/a" + expected


def test_other_readings():
    assert object_name(b"/a%2Fb//%2e%2561+c") == b"/a/b//.%61+c"
    assert lenient_readings(b"//a%2f..%5Cb\\/c/") == (b"/b/c/", b"/b/c")
    assert lenient_readings(b"//") == (b"/", b"/")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "/a/b", True),
        ("/a/*", "/a/", True),
        ("/a/*", "/a/b/c", True),
        ("/a/*", "/A/b", False),
        ("a/*", "/a/b", True),
        ("/a?.txt", "/ab.txt", True),
        ("/a?.txt", "/a.txt", False),
        ("*.mp4", "/x/y.mp4", True),
        ("*.mp4", "/x/y.mp4x", False),
        ("/a.b", "/axb", False),
        ("/[ab]", "/a", False),
        ("/[ab]", "/[ab]", True),
        ("/a**b", "/ab", True),
        ("/*x*x", "/x", False),
        ("/*x*x", "/axbx", True),
        ("/*ab*b", "/aabb", True),
        ("/a*", "/a\nb", True),
    ],
)
def test_patterns(pattern, path, matches):
    assert PathPattern(pattern).matches(path.encode()) is matches


@given(st.text("ab*?/[", min_size=1, max_size=8), st.text("ab/[", max_size=10).map("/".__add__))
def test_patterns_are_what_they_say(pattern, path):
    whole = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    simple = "".join({"*": ".*", "?": "."}.get(symbol) or re.escape(symbol) for symbol in whole)
    assert PathPattern(pattern).matches(path.encode()) is bool(re.fullmatch(simple, path))


def test_no_path_holds_up_a_pattern():
    """With backtracking the first would outlast the universe, and the second take minutes."""
    assert not PathPattern("*a" * 30 + "*b").matches(b"/" + b"a" * 8_000)
    assert not PathPattern("*/images/*/thumbs/*.jpg").matches(b"/images/a/thumbs/b" * 4_000)


def test_an_http_origin_is_asked_for_what_was_judged(origin):
    base = f"http://127.0.0.1:{origin.server_address[1]}/one"
    behaviors = (Behavior("/public/*", base), Behavior("*", base, KEYS))
    with running(Configuration(behaviors, pretend=SITE)) as edge:
        assert send(edge, "/public/../a").startswith(b"HTTP/1.1 403 ")
        assert send(edge, "2/a").startswith(b"HTTP/1.1 400 "), "not a neighbour of the prefix"
        assert origin.requests == []
        assert send(edge, "/%70ublic//x/../a%2Fb%20c?%70=/../").startswith(b"HTTP/1.1 200 ")
    assert origin.requests[-1][1] == "/one/public//a%2Fb%20c?%70=/../"
