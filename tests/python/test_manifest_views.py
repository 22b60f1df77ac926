"""Views that fetch, sign and send manifests: the same answers in Flask, Django and Starlette, from one real edge."""

import asyncio
import contextlib
import re
import types
from pathlib import Path

import httpx
import pytest
from django.test import RequestFactory
from django.test.utils import override_settings
from django.urls import resolve
from flask import Flask
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from cloudfront_signer import CloudFrontSignerError, _manifests
from cloudfront_signer.django import signed_manifest
from cloudfront_signer.edge import Behavior, Configuration
from cloudfront_signer.flask import CloudFront as FlaskCloudFront
from cloudfront_signer.starlette import CloudFront

import support.django_project  # noqa: F401
from support.edges import KEY, KEYS, running
from support.manifest_origin import DEEP, HLS, serving
from support.pages import blocks

MULTIVARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhigh/index.m3u8\n"
ENDLESS = HLS.replace("#EXT-X-ENDLIST\n", "")


@pytest.fixture
def folder(tmp_path):
    """What the distribution has."""
    film = tmp_path / "content" / "films" / "a b"
    film.mkdir(parents=True)
    for name, text in {"vod": HLS, "index": MULTIVARIANT, "live": ENDLESS, "bad": "<html>", "empty": ""}.items():
        (film / f"{name}.m3u8").write_text(text)
    (film / "secret.txt").write_text("secret")
    (tmp_path / "outside.m3u8").write_text(HLS)
    return tmp_path / "content"


@pytest.fixture
def edge(folder):
    with running(Configuration((Behavior("*", str(folder), KEYS),))) as server:
        yield server


@pytest.fixture
def origin():
    with serving() as server:
        yield server


# --- One adapter a framework: a function of name and query that returns status, headers and body -------------------


@contextlib.contextmanager
def _flask(settings, options):
    app = Flask("test")
    app.testing = True
    app.config.update({f"CLOUDFRONT_SIGNER_{name.upper()}": value for name, value in settings.items()})
    cloudfront = FlaskCloudFront(app)
    app.add_url_rule("/watch/<path:name>", "watch", lambda name: cloudfront.signed_manifest(name, **options))

    def get(name, query="", method="GET", headers=None):
        response = app.test_client().open(f"/watch/{name}", query_string=query, method=method, headers=headers)
        return response.status_code, response.headers, response.data

    yield get


@contextlib.contextmanager
def _django(settings, options):
    with override_settings(CLOUDFRONT_SIGNER=settings):

        def get(name, query="", method="GET", headers=None):
            request = RequestFactory().generic(method, "/watch/x", QUERY_STRING=query, headers=headers)
            response = signed_manifest(request, httpx.URL(f"http://a/{name}").path[1:], **options)
            return response.status_code, response.headers, response.content

        yield get


def _asgi(app):
    def get(name, query="", method="GET", headers=None):
        async def send():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
                target = f"/watch/{name}" + (f"?{query}" if query else "")
                return await client.request(method, target, headers=headers)

        response = asyncio.run(send())
        return response.status_code, response.headers, response.content

    return get


def _starlette_settings(settings):
    return CloudFront({f"CLOUDFRONT_SIGNER_{name.upper()}": value for name, value in settings.items()})


@contextlib.contextmanager
def _starlette(settings, options):
    cloudfront = _starlette_settings(settings)

    async def watch(request):
        return await cloudfront.signed_manifest(request, request.path_params["name"], **options)

    yield _asgi(Starlette(routes=[Route("/watch/{name:path}", watch)]))


@contextlib.contextmanager
def _mounted(settings, options):
    app = _starlette_settings(settings).manifests(**options)
    yield _asgi(Starlette(routes=[Mount("/watch", app=app)]))


@pytest.fixture(params=[_flask, _django, _starlette, _mounted], ids=["flask", "django", "starlette", "mounted"])
def viewer(request, edge):
    """A function that opens a view with options; its default is everything below /films/."""
    with contextlib.ExitStack() as stack:

        def open_view(settings=None, **options):
            default = {"base_url": edge.address, "key_pair_id": "K1", "private_key": KEY, "expires": "1h"}
            given = {"resource": "/films/*", **options}
            return stack.enter_context(request.param({**default, **(settings or {})}, given))

        yield open_view


# --- Answers --------------------------------------------------------------------------------------------------------


def test_a_media_playlist_leads_to_signed_segments(viewer, edge):
    status, headers, body = viewer()("films/a%20b/vod.m3u8")
    assert status == 200
    assert headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert headers["X-Content-Type-Options"] == "nosniff"
    text = body.decode()
    assert re.sub(rf"{edge.address}/films/a%20b/([^?]+)\?[^\"\n]+", r"\1", text) == HLS
    (url,) = re.findall(r"^http.*", text, re.MULTILINE)
    assert url.startswith(f"{edge.address}/films/a%20b/1.m4s?Policy=")
    # The segment is not there, but the signature is right: the folder has answered, not the edge.
    assert "Access Denied" in edge.get(url.removeprefix(edge.address)).text


def test_media_playlists_are_fetched_through_the_view(viewer):
    _, _, body = viewer()("films/a%20b/index.m3u8")
    assert body.decode() == MULTIVARIANT


def test_browsers_keep_it_for_less_than_it_is_valid(viewer):
    _, headers, _ = viewer()("films/a%20b/vod.m3u8")
    assert headers["Cache-Control"] == "private, max-age=60"
    _, headers, _ = viewer(expires="10s")("films/a%20b/vod.m3u8")
    assert int(re.fullmatch("private, max-age=([0-9])", headers["Cache-Control"])[1]) <= 5
    _, headers, _ = viewer()("films/a%20b/live.m3u8")
    assert headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "films/a%20b/secret.txt",
        "films/a%20b/",
        "films/%2e%2e/outside.m3u8",
        "films/..%5coutside.m3u8",
        "films//vod.m3u8",
        "films/%2e/vod.m3u8",
        "films/a%0ab.m3u8",
        "https://ads.example/a.m3u8",
    ],
)
def test_nothing_else_is_fetched(viewer, edge, name):
    status, _, body = viewer()(name)
    assert status == 404
    assert b"secret" not in body
    assert edge.log.getvalue() == ""


def test_it_is_whole_whatever_the_viewer_asks_for(viewer):
    """Each answer has other signatures, so there is no part of one, and none that a viewer may keep."""
    conditions = {
        "Range": "bytes=0-9",
        "If-None-Match": "*",
        "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT",
        "Accept-Encoding": "gzip, br",
    }
    status, headers, body = viewer()("films/a%20b/vod.m3u8", headers=conditions)
    assert (status, body.count(b"Signature=")) == (200, 2)
    assert not any(name in headers for name in ("ETag", "Last-Modified", "Accept-Ranges", "Content-Encoding"))


def test_a_missing_manifest_is_what_the_origin_says(viewer, edge):
    """A folder answers 403, as a bucket that may not be listed does. The address of the distribution is not shown."""
    status, headers, body = viewer()("films/missing.m3u8")
    assert (status, headers["Cache-Control"]) == (403, "no-store")
    assert edge.address.encode() not in body
    assert b"Signature" not in body


@pytest.mark.parametrize("name", ["bad", "empty"])
def test_what_is_no_playlist_is_502(viewer, caplog, name):
    status, _, body = viewer()(f"films/a%20b/{name}.m3u8")
    assert (status, body) == (502, b"502: the manifest cannot be signed\n")
    assert "films/a b/" in caplog.text


def test_a_resource_has_to_cover_the_manifest(viewer):
    with pytest.raises(CloudFrontSignerError, match="does not cover"):
        viewer(resource="/music/*")("films/a%20b/vod.m3u8")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://a/b",
        "http://a/b?c",
        "//a",
        "http://a:b@c/",
        "http://a:99999/",
        "http://a:b/",
        "http://a:/",
        "http://bücher.example/",
        "http://a/ü",
        "http://a/\x01",
        "http:///a",
    ],
)
def test_an_invalid_origin_is_refused(viewer, address):
    with pytest.raises(CloudFrontSignerError, match="origin"):
        viewer(origin=address)("films/a%20b/vod.m3u8")


# --- An origin of its own ---------------------------------------------------------------------------------------------


@pytest.fixture
def packager(viewer, origin):
    """A view that fetches without a signature."""
    return viewer(origin=f"http://127.0.0.1:{origin.server_port}/out/")


def test_it_is_fetched_without_a_signature(packager, origin, edge):
    status, _, body = packager(
        "films/vod.m3u8", "token=secret&_HLS_msn=5&Policy=x&_HLS_part=2&_HLS_skip=YES&_HLS_x=%0a"
    )
    assert status == 200
    assert origin.targets == ["/out/films/vod.m3u8?_HLS_msn=5&_HLS_part=2&_HLS_skip=YES"]
    assert f"{edge.address}/films/1.m4s?Policy=".encode() in body


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("403", 403),
        ("404", 404),
        ("302", 502),
        ("500", 502),
        ("401", 502),
        ("204", 502),
        ("short", 502),
        ("latin", 502),
    ],
)
def test_other_answers_of_the_origin(packager, origin, name, status):
    found, headers, body = packager(f"films/{name}.m3u8")
    assert (found, headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert len(origin.targets) == 1
    assert b"127.0.0.1" not in body


def test_a_large_manifest_is_not_read_to_the_end(packager, monkeypatch):
    monkeypatch.setattr(_manifests, "LARGEST", 3 << 20)
    assert packager("films/large.m3u8")[0] == 502


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "identity"])
def test_compressed_objects_are_signed(packager, coding):
    """A bucket sends them whatever is asked for."""
    status, headers, body = packager(f"films/{coding}.m3u8")
    assert (status, body.count(b"Signature=")) == (200, 2)
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("brotli", "has the coding br: expected gzip"),
        ("cut", "is incomplete"),
        ("damaged", "is damaged gzip data"),
        ("twice", "more than one part"),
        ("bomb", "is larger than 3 MiB"),
    ],
)
def test_other_compressed_objects(packager, monkeypatch, caplog, name, reason):
    monkeypatch.setattr(_manifests, "LARGEST", 3 << 20)
    status, _, body = packager(f"films/{name}.m3u8")
    assert (status, reason in body.decode(), reason in caplog.text) == (502, True, True)


def test_signatures_of_others_are_not_logged(packager, caplog):
    status, _, body = packager("films/signed.m3u8")
    assert (status, body) == (502, b"502: the manifest cannot be signed\n")
    assert "already carries Policy" in caplog.text
    assert not re.search("p0licy|s1gnature", caplog.text)


def test_a_manifest_that_is_slow_to_search(packager):
    """A search for the type of the MPD from each of its starts to the end would not end."""
    status, headers, body = packager("films/deep.mpd")
    assert (status, headers["Cache-Control"], len(body) > len(DEEP)) == (200, "private, max-age=60", True)


def test_a_slow_origin(packager, monkeypatch):
    monkeypatch.setattr(_manifests, "_TIMEOUT", 0.3)
    assert packager("films/slow.m3u8")[0] == 504


def test_no_origin(viewer):
    status, _, body = viewer(origin="http://127.0.0.1:9")("films/a.m3u8")
    assert (status, b"127.0.0.1" in body) == (502, False)


def test_other_hosts_are_signed_if_they_are_named(viewer, origin):
    address = f"http://127.0.0.1:{origin.server_port}/out"
    unsigned = viewer(origin=address)("films/other.m3u8")[2]
    assert unsigned == b"#EXTM3U\nhttps://ads.example/1.ts\n"
    named = viewer(origin=address, resource="*://*/*", hosts=["ads.example"])("films/other.m3u8")[2]
    assert b"https://ads.example/1.ts?Policy=" in named


# --- Particulars of the frameworks ------------------------------------------------------------------------------------


def test_only_reading_methods(edge):
    settings = {"base_url": edge.address, "key_pair_id": "K1", "private_key": KEY, "expires": "1h"}
    for adapter in (_flask, _django, _starlette, _mounted):
        with adapter(settings, {"resource": "/films/*"}) as get:
            assert get("films/a%20b/vod.m3u8", method="POST")[0] == 405
            status, _, _ = get("films/a%20b/vod.m3u8", method="HEAD")
            assert status == 200


def test_the_page_about_players_shows_a_view_of_django(edge):
    """Its URLs, as they are printed, for a viewer who has logged in and for one who has not."""
    # It needs the settings.
    from django.contrib.auth.models import AnonymousUser, User

    page = Path(__file__).parents[2] / "docs" / "how-to" / "play.md"
    (shown,) = [block.text for block in blocks(page.read_text()) if "login_required" in block.text]
    urls = types.ModuleType("urls_of_the_page")
    exec(compile(shown, "play.md", "exec"), urls.__dict__)
    found = resolve("/watch/films/a b/vod.m3u8", urls)
    request = RequestFactory().get("/watch/films/a%20b/vod.m3u8")
    settings = {"base_url": edge.address, "key_pair_id": "K1", "private_key": KEY}
    with override_settings(CLOUDFRONT_SIGNER=settings):
        request.user = AnonymousUser()
        assert found.func(request, *found.args, **found.kwargs).status_code == 302
        request.user = User(username="lovelace")
        response = found.func(request, *found.args, **found.kwargs)
    assert (response.status_code, response.content.count(b"Signature=")) == (200, 2)
