"""The example applications: started with one command, and visited with a browser."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from support.programs import interruptible

ROOT = Path(__file__).parents[3]
SCREENSHOTS = ROOT / "target" / "screenshots"
# In seconds. A server that never answers ends the test with its output.
_PATIENCE = 120

_DECODED = "[...document.images].filter(one => one.complete && one.naturalWidth === 240).length === 20"
_PLAYS = "document.querySelector('video').currentTime > 0.2"


class Album:
    """A running application: pages at ``site``, private content at ``media``."""

    def __init__(self, process, site, media):
        self.process, self.site, self.media = process, site, media


@contextlib.contextmanager
def running_album(command, tmp_path):
    """An application with a distribution on this machine. ``{port}`` in the command is a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [part.format(port=port) for part in command]
    log = tmp_path / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cloudfront_signer.demo.local", *command],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDFRONT_"))},
            preexec_fn=interruptible,
        )
    try:
        _wait_for(port, process, log)
        media = log.read_text().partition("private content: ")[2].partition("/\n")[0]
        yield Album(process, f"http://127.0.0.1:{port}", media)
    finally:
        process.terminate()
        process.wait(_PATIENCE)
    with contextlib.closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server is still there"
    assert "Traceback" not in log.read_text(), log.read_text()


def _wait_for(port, process, log):
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing answers on port {port}\n{log.read_text()}")


def visit(browser, album, screenshot):
    """Before login 403; after login twenty pictures and a video that plays; after logout 403."""
    picture, video = f"{album.media}/private/pictures/01.png", f"{album.media}/private/video.mp4"
    with browser.new_context(viewport={"width": 1000, "height": 1100}) as context:
        page = context.new_page()
        assert [page.goto(url).status for url in (picture, video)] == [403, 403]
        page.goto(album.site)
        assert page.title() == "Log in"
        log_in(page, "wrong")
        assert page.get_by_text("Wrong name or password").is_visible()
        assert signed_cookies(context) == {}
        log_in(page, "lovelace")
        page.wait_for_function(_DECODED)
        page.wait_for_function(_PLAYS)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / screenshot)
        cookies = signed_cookies(context)
        assert {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"} <= cookies.keys()
        assert {(one["httpOnly"], one["secure"], one["sameSite"]) for one in cookies.values()} == {(True, True, "Lax")}
        page.reload()
        page.wait_for_function(_DECODED)
        assert signed_cookies(context) == cookies, "fresh cookies stay"
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login*")
        assert signed_cookies(context) == {}
        assert [page.goto(url).status for url in (picture, video)] == [403, 403]
        page.goto(album.site)
        assert page.title() == "Log in"


def log_in(page, password):
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()


def signed_cookies(context):
    return {one["name"]: one for one in context.cookies() if one["name"].startswith("CloudFront-")}
