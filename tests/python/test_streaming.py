"""Real players play real streams through the edge in Chromium: with signed URLs, static manifests and cookies.

Each case has an edge of its own, whose log shows what the player has requested. A case passes five seconds of the
stream, a seek and a change of quality; a stream without signatures must fail.
"""

import contextlib
import shutil
import time
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudfront_signer import Verifier
from cloudfront_signer.edge import Behavior, Configuration
from cloudfront_signer.manifest import sign_dash, sign_hls

from support.browser import running_chromium
from support.edges import KEYS, SIGNER, running
from support.live import live
from support.players import opened, outcome, requests, stage
from support.streams import index, streams

# One worker: all cases share a browser.
pytestmark = [pytest.mark.xdist_group("streaming"), pytest.mark.timeout(600)]

# How many players play at a time.
_AT_ONCE = 8
_MORE_ATTEMPTS = 3
VERIFIER = Verifier(KEYS)
_HLS, _DASH = ("ts", "fmp4", "aes", "live"), ("template", "list")


@dataclass(frozen=True)
class Case:
    """One stream in one player. ``how`` is how it is signed."""

    how: str
    stream: str
    player: str

    def __str__(self):
        return f"{self.how}-{self.stream}-{self.player}"

    @property
    def is_live(self):
        return self.stream == "live"


def _cases(how, hls, dash):
    pairs = [(stream, player) for stream in _HLS for player in hls]
    pairs += [(stream, player) for stream in _DASH for player in dash]
    return [Case(how, *pair) for pair in pairs]


PLAYING = [
    # The edge signs manifests on their way, with the viewer's own parameters.
    *_cases("inline", ("hls", "shaka", "videojs"), ("dash", "shaka", "videojs")),
    # One manifest for all viewers, whose URIs take the parameters from its own URL.
    *_cases("query", ("hls",), ("dash", "shaka")),
    # Shaka's names of variables have no hyphen: it needs the key pair id and the hash themselves.
    *_cases("query-with-id", ("shaka",), ()),
    # The manifest is unchanged, and the page is on another origin than the stream.
    *_cases("cookies", ("hls", "shaka", "videojs"), ("dash", "shaka", "videojs")),
]
FAILING = [
    # Nothing is signed; and only the first manifest is signed, so that the player has it and gets no further.
    *_cases("unsigned", ("hls",), ("dash",)),
    *_cases("first-only", ("hls", "shaka"), ("dash", "shaka")),
    # What these players do not know, in the versions of the lock file.
    Case("query", "ts", "shaka"),
    Case("query", "ts", "videojs"),
    Case("query", "template", "videojs"),
]


class Played(NamedTuple):
    """What became of a case."""

    # What the page says.
    found: dict
    # The requests in the edge's log, which masks signatures.
    seen: list
    # The URLs that the page has requested.
    asked: list


@pytest.fixture(scope="module")
def played(request, tmp_path_factory):
    """What became of each selected case."""
    chosen = [item.callspec.params["case"] for item in request.session.items if item.module is request.module]
    chosen, results, static = list(dict.fromkeys(chosen)), {}, tmp_path_factory.mktemp("static")
    for how, stream in {(case.how, case.stream) for case in chosen if case.how in _STATIC and not case.is_live}:
        _copy_as_static(streams() / stream, static / how / stream, _STATIC[how])
    with stage() as site, running_chromium("--autoplay-policy=no-user-gesture-required") as chromium:
        for some in (chosen[start : start + _AT_ONCE] for start in range(0, len(chosen), _AT_ONCE)):
            results |= _played_together(chromium, site, static, some)
        # On a busy machine, a player may get stuck, or give a request up: it plays again by itself.
        for _ in range(_MORE_ATTEMPTS):
            for case in chosen:
                if case in PLAYING and (not results[case].found["passed"] or _unanswered(case, results[case].seen)):
                    results |= _played_together(chromium, site, static, [case])
    return results


def _unanswered(case, seen):
    """The requests that were denied, or not answered."""
    # No status: the player has given up a request that waits for what is not there yet.
    ok = (200, 206, 304, 0) if case.is_live else (200, 206, 304)
    return [line for line in seen if line["status"] not in ok or line["reason"]]


def _played_together(chromium, site, static, cases):
    with contextlib.ExitStack() as stack:
        started = {case: stack.enter_context(_started(chromium, site, static, case)) for case in cases}
        return {case: Played(outcome(page), requests(edge.log), asked) for case, (page, edge, asked) in started.items()}


@contextlib.contextmanager
def _started(chromium, site, static, case):
    """A page that plays a case, the edge that it plays from, and the URLs that the page requests."""
    with contextlib.ExitStack() as stack:
        origin = str((static / case.how if case.how in _STATIC else streams()) / case.stream)
        if case.is_live:
            origin = stack.enter_context(live(rewritten=_STATIC.get(case.how)))[0]
        configuration = Configuration(
            (Behavior("*", origin, KEYS),), cors_origins=(site,), sign_manifests=case.how == "inline"
        )
        edge = stack.enter_context(running(configuration, as_json=True))
        context = stack.enter_context(chromium.new_context())
        page, url, end = context.new_page(), f"{edge.address}/{index(case.stream)}", time.time() + 3_600
        if case.how == "cookies":
            cookies = SIGNER.sign_cookies(f"{edge.address}/*", expires=end).items()
            context.add_cookies([{"name": name, "value": value, "url": edge.address} for name, value in cookies])
        elif case.how != "unsigned":
            url = SIGNER.sign_url(url, resource=f"{edge.address}/*", expires=end)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        opened(page, site, case.player, url, credentials=case.how == "cookies", live=case.is_live)
        yield page, edge, asked


def _copy_as_static(stream, folder, rewritten):
    """A stream with manifests that take the parameters from their own URLs."""
    shutil.copytree(stream, folder)
    for path in folder.rglob("*.m*"):
        if path.suffix in (".m3u8", ".mpd"):
            path.write_text(rewritten(path.read_text()))


def _as_static(text, **options):
    sign = sign_hls if text.startswith("#EXTM3U") else sign_dash
    return sign(text, base_url="https://d1.example/a/b/index", mode="query", hash_algorithm="SHA256", **options)


def _with_id(text):
    return _as_static(text, key_id="K1")


_STATIC = {"query": _as_static, "query-with-id": _with_id}


@pytest.mark.parametrize("case", PLAYING, ids=str)
def test_it_plays(played, case):
    found, seen, _ = played[case]
    assert found["passed"], (found, seen[-5:])
    assert _unanswered(case, seen) == []
    assert {line["method"] for line in seen} == {"GET"}
    urls = [line["url"] for line in seen]
    if case.how != "cookies":
        assert [url for url in urls if "Signature=" not in url] == []
    qualities = ("/stream0/", "/stream1/") if case.stream in _DASH else ("/high/", "/low/")
    assert all(any(quality in url for url in urls) for quality in qualities)


@pytest.mark.parametrize("case", [case for case in PLAYING if case.stream in ("fmp4", "aes", "live")], ids=str)
def test_what_else_a_playlist_names_is_requested_too(played, case):
    """An audio group and subtitles; the key; parts, and playlists with the parameters of blocking reloads."""
    _, seen, _ = played[case]
    urls = [line["url"] for line in seen]
    named = {"fmp4": ("/a/", ".vtt", "init_"), "aes": ("/aes.key",), "live": ("_HLS_msn=", "_HLS_part=", ".m4s")}
    for part in named[case.stream]:
        assert any(part in url for url in urls), part


@pytest.mark.parametrize("case", FAILING, ids=str)
def test_it_does_not_play(played, case):
    found, seen, _ = played[case]
    assert not found["passed"]
    # Not the first line: a line is written when its response has ended, perhaps after the viewer's next request.
    first = {line["status"] for line in seen if _folder(line) == ""}
    others = {line["status"] for line in seen if _folder(line) != ""}
    assert first == {403 if case.how == "unsigned" else 200}
    assert others == (set() if case.how == "unsigned" else {403})


@pytest.mark.parametrize("case", [case for case in FAILING if case.player == "videojs"], ids=str)
def test_video_js_takes_nothing_from_the_url_of_a_static_manifest(played, case):
    """That, and nothing else, is why it does not play: with the parameters, its requests would be allowed."""
    _, seen, asked = played[case]
    stream = urlsplit(seen[0]["url"]).netloc
    first, *others = (url for url in asked if urlsplit(url).netloc == stream)
    assert VERIFIER.check(first)
    # The edge has answered, and denied the others by their signatures; the files are there.
    assert {(line["status"], bool(line["reason"])) for line in seen} == {(200, False), (403, True)}
    assert others
    query = urlsplit(first).query
    for url in others:
        place, _, found = url.partition("?")
        assert (streams() / case.stream / urlsplit(url).path.lstrip("/")).exists()
        if case.stream in _HLS:
            # The references to the parameters.
            assert parse_qs(found) == {name: [f"{{${name}}}"] for name in parse_qs(query)}
        else:
            assert found == ""
        assert VERIFIER.check(f"{place}?{query}")


def _folder(line):
    """Where what a request is for is: the first manifest is at the top, all that it names is in folders."""
    return urlsplit(line["url"]).path.rpartition("/")[0]
