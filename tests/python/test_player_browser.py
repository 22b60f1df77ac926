"""The HTML of `player_html` plays in Chromium: from a page with a Content-Security-Policy, and from applications."""

import contextlib
import sys
import time
import types

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test.utils import override_settings
from django.urls import path
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from cloudfront_signer._application import serving
from cloudfront_signer.demo.video import make_video
from cloudfront_signer.django import signed_manifest
from cloudfront_signer.edge import Behavior, Configuration
from cloudfront_signer.flask import CloudFront as FlaskCloudFront
from cloudfront_signer.player import _DASH, _HLS, player_html
from cloudfront_signer.starlette import CloudFront

import support.django_project  # noqa: F401
from support.browser import running_chromium
from support.edges import KEY, KEYS, SIGNER, running
from support.players import requests, script
from support.streams import streams

# The browser of the tests of streaming: one is enough at a time.
pytestmark = pytest.mark.xdist_group("streaming")

FILES = {_HLS.url: "hls.js/dist/hls.min.js", _DASH.url: "dashjs/dist/modern/umd/dash.mediaplayer.min.js"}
NONCE = "bm9uY2U="


@pytest.fixture(scope="module")
def browser():
    with running_chromium("--autoplay-policy=no-user-gesture-required") as chromium:
        yield chromium


class Site:
    """A site on another origin than the streams, with one page."""

    address, html, policy = "", "", ""

    async def answer(self, request):
        return HTMLResponse(self.html, headers={"Content-Security-Policy": self.policy})


@pytest.fixture(scope="module")
def site():
    found = Site()
    with serving(Starlette(routes=[Route("/", found.answer)])) as found.address:
        yield found


@pytest.fixture
def edge(site):
    """The streams, for pages of the site, with cookies."""
    configuration = Configuration((Behavior("*", str(streams()), KEYS),), cors_origins=(site.address,))
    with running(configuration, as_json=True) as server:
        yield server


@contextlib.contextmanager
def viewed(browser, site, edge, html, *, cookies=True, damaged=False):
    """A page of the site with this HTML and a strict policy; the CDN's files are those of the packages."""
    site.html = html
    site.policy = f"default-src 'none'; script-src 'nonce-{NONCE}'; style-src 'nonce-{NONCE}'; worker-src blob:; "
    site.policy += f"connect-src {edge.address}; media-src blob: {edge.address}"
    with browser.new_context() as context:
        page, page.problems = context.new_page(), []
        page.on("console", lambda message: page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(**_package_file(route, damaged)))
        if cookies:
            signed = SIGNER.sign_cookies(f"{edge.address}/*", expires=time.time() + 600).items()
            context.add_cookies([{"name": name, "value": value, "url": edge.address} for name, value in signed])
        page.goto(site.address)
        yield page


def _package_file(route, damaged):
    body = script(FILES[route.request.url]).read_bytes() + (b"\n" if damaged else b"")
    return {"body": body, "headers": {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}}


def wait_until_it_plays(page, seconds=0.5):
    """`wait_for_function` evaluates text, which the pages' policy forbids."""
    end = time.monotonic() + 120
    while page.evaluate("document.querySelector('video').currentTime") < seconds:
        assert time.monotonic() < end, (page.problems, page.get_by_role("alert").all_inner_texts())
        page.wait_for_timeout(50)


def html_of(edge, name, **options):
    return player_html(f"{edge.address}/{name}", page=True, autoplay=True, nonce=NONCE, **options)


@pytest.mark.parametrize("name", ["ts/index.m3u8", "fmp4/index.m3u8", "list/index.mpd"])
def test_streams_with_cookies_under_a_policy(browser, site, edge, name):
    """The browser has checked the script's hash, and the page has needed nothing that the policy forbids."""
    with viewed(browser, site, edge, html_of(edge, name, credentials=True)) as page:
        wait_until_it_plays(page)
        assert page.problems == []
        assert page.get_by_role("alert").count() == 0
    assert {line["status"] for line in requests(edge.log)} == {200}


def test_the_page_says_what_is_wrong(browser, site, edge):
    with viewed(browser, site, edge, html_of(edge, "ts/index.m3u8"), cookies=False) as page:
        page.get_by_text("The video cannot be played: manifestLoadError (403)").wait_for()
    with viewed(browser, site, edge, html_of(edge, "list/index.mpd"), cookies=False) as page:
        page.get_by_text("The video cannot be played: ").wait_for()


def test_another_file_of_the_cdn_is_not_run(browser, site, edge):
    """The browser then plays HLS itself, with cookies, too."""
    with viewed(browser, site, edge, html_of(edge, "ts/index.m3u8", credentials=True), damaged=True) as page:
        wait_until_it_plays(page)
        assert page.evaluate("window.Hls === undefined")
        assert any("integrity" in problem for problem in page.problems)
    with viewed(browser, site, edge, html_of(edge, "list/index.mpd", credentials=True), damaged=True) as page:
        page.get_by_text("dash.js was not loaded").wait_for()


def test_a_signed_file_without_a_script(browser, site, tmp_path):
    (tmp_path / "film.mp4").write_bytes(make_video())
    with running(Configuration((Behavior("*", str(tmp_path), KEYS),))) as edge:
        url = SIGNER.sign_url(f"{edge.address}/film.mp4", expires=time.time() + 600)
        html = player_html(url, page=True, autoplay=True, nonce=NONCE)
        with viewed(browser, site, edge, html, cookies=False) as page:
            wait_until_it_plays(page, 0.2)
            assert page.problems == []


# --- Applications that send the manifests -----------------------------------------------------------------------------

HTML = player_html("/watch/fmp4/index.m3u8", page=True, autoplay=True, title="A film")


@contextlib.contextmanager
def _flask(settings):
    app = Flask("test")
    app.config.update({f"CLOUDFRONT_SIGNER_{name.upper()}": value for name, value in settings.items()})
    cloudfront = FlaskCloudFront(app)
    app.add_url_rule("/", "page", lambda: HTML)
    app.add_url_rule("/watch/<path:name>", "watch", lambda name: cloudfront.signed_manifest(name, resource="/fmp4/*"))
    yield app


@contextlib.contextmanager
def _django(settings):
    urls = types.ModuleType("urls_of_the_player")
    urls.urlpatterns = [
        path("", lambda request: HttpResponse(HTML)),
        path("watch/<path:name>", signed_manifest, {"resource": "/fmp4/*"}),
    ]
    sys.modules[urls.__name__] = urls
    allowed = {"ALLOWED_HOSTS": ["127.0.0.1"], "MIDDLEWARE": []}
    with override_settings(CLOUDFRONT_SIGNER=settings, ROOT_URLCONF=urls.__name__, **allowed):
        yield WSGIHandler()


@contextlib.contextmanager
def _starlette(settings):
    cloudfront = CloudFront({f"CLOUDFRONT_SIGNER_{name.upper()}": value for name, value in settings.items()})

    async def page(request):
        return HTMLResponse(HTML)

    yield Starlette(routes=[Route("/", page), Mount("/watch", app=cloudfront.manifests("/fmp4/*"))])


@pytest.mark.parametrize("framework", [_flask, _django, _starlette], ids=["flask", "django", "starlette"])
def test_an_application_sends_the_manifests(browser, framework):
    """Playlists come from the application, everything else from the distribution, with a signature."""
    configuration = Configuration((Behavior("*", str(streams()), KEYS),), cors_origins=("*",))
    with running(configuration, as_json=True) as edge, contextlib.ExitStack() as stack:
        settings = {"base_url": edge.address, "key_pair_id": "K1", "private_key": KEY, "expires": "1h"}
        address = stack.enter_context(serving(stack.enter_context(framework(settings))))
        page = stack.enter_context(browser.new_context()).new_page()
        page.problems = []
        page.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(**_package_file(route, False)))
        seen = []
        page.on("request", lambda request: seen.append(request.url))
        page.goto(f"{address}/")
        wait_until_it_plays(page)
        playlists = [url for url in seen if ".m3u8" in url]
        assert {url.partition("/watch/")[0] for url in playlists} == {address}
        assert f"{address}/watch/fmp4/high/index.m3u8" in playlists
        assert f"{address}/watch/fmp4/a/index.m3u8" in playlists
        segments = [url for url in seen if ".m4s" in url or ".mp4" in url]
        assert segments
        assert all(url.startswith(edge.address) and "Signature=" in url for url in segments)
        assert {line["status"] for line in requests(edge.log)} <= {200, 206}
