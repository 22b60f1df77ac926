"""A real browser plays a video through the edge: with signed cookies, and not without; and the demo's own page."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cloudfront_signer.demo.video import make_video
from cloudfront_signer.edge import Behavior, Configuration

from support.browser import running_chromium
from support.edges import KEYS, SIGNER, running
from support.programs import interruptible

# One worker: a browser that has to be installed is installed once.
pytestmark = pytest.mark.xdist_group("browser")

PAGE = '<!doctype html><video src="/video.mp4" autoplay muted></video>'
MOVES = "document.querySelector('video').currentTime > 0.2"
FAILS = "document.querySelector('video').error !== null"


@pytest.fixture(scope="module")
def browser():
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture
def site(tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "video.mp4").write_bytes(make_video())
    behaviors = (Behavior("/page.html", str(tmp_path)), Behavior("*", str(tmp_path), KEYS))
    with running(Configuration(behaviors)) as edge:
        yield edge.address


def test_it_plays_with_signed_cookies(browser, site):
    with browser.new_context() as context:
        cookies = SIGNER.sign_cookies(f"{site}/*", expires=time.time() + 600)
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        page.goto(f"{site}/page.html")
        page.wait_for_function(MOVES)


def test_it_does_not_play_without(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/page.html")
        page.wait_for_function(FAILS)
        assert page.evaluate("document.querySelector('video').currentTime") == 0


def test_the_demos_page_plays(browser):
    command = [sys.executable, "-m", "cloudfront_signer.cli", "demo", "--serve"]
    # No window is opened from a test: `true` is the browser.
    environment = {**os.environ, "BROWSER": "true"}
    demo = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=interruptible,
    )
    try:
        line = next(line for line in demo.stdout if "plays it" in line)
        with browser.new_context(viewport={"width": 900, "height": 800}) as context:
            page = context.new_page()
            page.goto(line.split()[0])
            # The page comes from one address, the video from the signed distribution's.
            page.wait_for_function(MOVES)
            page.get_by_role("link", name="Without a signature").click()
            assert "MissingKey" in page.content()
        demo.send_signal(signal.SIGINT)
        _, err = demo.communicate(timeout=60)
        assert demo.returncode == 0
        assert "Traceback" not in err
    finally:
        demo.kill()
        demo.communicate()
