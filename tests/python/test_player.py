"""HTML of players: nothing of an argument leaves its attribute, and the scripts are exactly those of the packages."""

import base64
import doctest
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from django.utils.html import conditional_escape
from markupsafe import escape

import cloudfront_signer.player
from cloudfront_signer import InvalidUrlError
from cloudfront_signer.player import _DASH, _HLS, legacy_player_html, player_html

from support.edges import SIGNER
from support.players import script

URL = "https://media.example.com/hls/index.m3u8?Policy=a&Signature=b"
PACKAGE = re.compile(r"https://cdn\.jsdelivr\.net/npm/([^@]+)@([^/]+)/(.+)")


class Elements(HTMLParser):
    """The elements of a page as a browser reads them: names with attributes, and the text of each script."""

    def __init__(self, html):
        super().__init__()
        self.found, self.scripts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1] += data

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_docstrings():
    outcome = doctest.testmod(cloudfront_signer.player)
    assert (outcome.failed, outcome.attempted > 4) == (0, True)


@pytest.mark.parametrize("player", [_HLS, _DASH])
def test_the_hash_and_the_version_are_those_of_the_package(player):
    package, version, path = PACKAGE.fullmatch(player.url).groups()
    assert json.loads(script(f"{package}/package.json").read_bytes())["version"] == version
    digest = base64.b64encode(hashlib.sha384(script(f"{package}/{path}").read_bytes()).digest()).decode()
    assert player.integrity == f"sha384-{digest}"


def test_hls_is_played_by_a_pinned_script():
    page = Elements(player_html(URL))
    assert page.all("video") == [{"controls": None, "playsinline": None, "data-url": URL}]
    source, start = page.all("script")
    assert source == {"src": _HLS.url, "integrity": _HLS.integrity, "crossorigin": "anonymous"}
    assert start == {}
    assert page.scripts == ["", _HLS.start]


def test_dash_from_the_applications_own_files():
    page = Elements(player_html("/watch/film.mpd", script_url="/static/dash.js"))
    assert page.all("script")[0] == {"src": "/static/dash.js"}
    assert page.scripts[1] == _DASH.start


@pytest.mark.parametrize("suffix", [".mp4", ".WEBM", ".mp3"])
def test_the_browser_plays_files_without_a_script(suffix):
    page = Elements(player_html(f"https://media.example.com/a{suffix}?Signature=s", autoplay=True))
    (video,) = page.all("video")
    assert video["src"].endswith("?Signature=s")
    assert {"autoplay", "muted"} <= video.keys()
    assert page.all("script") == []


def test_cookies_are_sent_on_request_only():
    assert Elements(player_html(URL, credentials=True)).all("video")[0]["crossorigin"] == "use-credentials"
    assert "crossorigin" not in Elements(player_html(URL)).all("video")[0]


def test_a_nonce_is_on_each_script_and_style():
    page = Elements(player_html(URL, nonce="bm9uY2U=", page=True))
    assert [one.get("nonce") for name, one in page.found if name in ("script", "style")] == ["bm9uY2U="] * 3


HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "&quot;",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("argument", ["url", "title", "script_url", "poster", "nonce"])
@pytest.mark.parametrize("page", [False, True])
def test_nothing_of_an_argument_becomes_html(argument, text, page):
    """The elements are those of harmless arguments, and an attribute has the text, unchanged."""
    harmless = {name: "a" for name in ("url", "title", "script_url", "poster", "nonce")}
    usual = Elements(player_html(**harmless, kind="hls", page=page))
    found = Elements(player_html(**{**harmless, argument: text}, kind="hls", page=page))
    assert [(name, list(attributes)) for name, attributes in found.found] == [
        (name, list(attributes)) for name, attributes in usual.found
    ]
    assert found.scripts == usual.scripts
    values = {value for _, attributes in found.found for value in attributes.values()}
    assert text in values


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", " java\nscript:alert(1)", "data:text/html,x", "blob:x", "file:///etc/passwd"]
)
@pytest.mark.parametrize("argument", ["url", "script_url", "poster"])
def test_other_schemes_are_refused(argument, url):
    with pytest.raises(InvalidUrlError, match="expected an https or http URL"):
        player_html(**{"url": URL, "kind": "hls", argument: url})


def test_an_unknown_suffix_needs_a_kind():
    with pytest.raises(InvalidUrlError, match="give kind"):
        player_html("https://media.example.com/watch/1")
    with pytest.raises(InvalidUrlError, match="not a URL"):
        player_html("https://[/a.mp4")
    with pytest.raises(InvalidUrlError, match="expected hls, dash or file"):
        player_html(URL, kind="flash")
    assert "hls.js" in player_html("https://media.example.com/watch/1", kind="hls")


def test_templates_do_not_escape_it_again():
    html = player_html(URL)
    assert str(escape(html)) == str(conditional_escape(html)) == html._repr_html_() == html


def test_the_player_of_2011():
    stream = SIGNER.sign_stream("video.mp4", expires=2_000_000_000)
    html = legacy_player_html(stream, domain="s3nzpoyjpct.cloudfront.net")
    page = Elements(html)
    assert f'player.addVariable("file", "{stream}");' in page.scripts[1]
    assert 'player.addVariable("streamer", "rtmp://s3nzpoyjpct.cloudfront.net/cfx/st");' in page.scripts[1]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("argument", ["stream", "domain", "player_url", "swfobject_url"])
def test_nothing_of_an_argument_becomes_html_in_2011_either(argument, text):
    harmless = {"stream": "a", "domain": "a", "player_url": "a", "swfobject_url": "a"}
    usual = Elements(legacy_player_html(**harmless))
    found = Elements(legacy_player_html(**{**harmless, argument: text}))
    assert [name for name, _ in found.found] == [name for name, _ in usual.found]
    literals = [json.loads(one) for one in re.findall(r'"(?:[^"\\]|\\.)*"', found.scripts[1])]
    assert argument == "swfobject_url" or any(text in one for one in literals)
