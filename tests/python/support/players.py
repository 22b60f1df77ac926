"""The players hls.js, Shaka, video.js and dash.js from npm, and a page that a test drives them by."""

import contextlib
import io
import json
import shutil
from urllib.parse import urlencode

from cloudfront_signer import edge
from cloudfront_signer.edge import Behavior, Configuration
from cloudfront_signer.edge.log import Log

from support.locked import ROOT, made_once, run
from support.programs import find

_SOURCE = ROOT / "tests" / "players"
# In milliseconds. No test fails on a clock: this only ends the wait for a player that will never say how it went.
_PATIENCE = 60_000


def installed():
    """The folder of the installed players: what the lock file names, checked by its hashes."""
    return made_once("players", (_SOURCE / "package-lock.json").read_bytes(), _install)


def _install(folder):
    find("nodejs", "node", "nodejs")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_SOURCE / name, folder)
    run([find("npm", "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def script(name):
    """The file of a player's script by its name below `node_modules`."""
    return installed() / "node_modules" / name


@contextlib.contextmanager
def stage():
    """The address of a site, on another origin than the streams, with the page and the players."""
    behaviors = (Behavior("/node_modules/*", str(installed())), Behavior("*", str(_SOURCE)))
    with edge.running(Configuration(behaviors, port=0), Log(stream=io.StringIO())) as address:
        yield address


def opened(page, site, player, url, *, credentials=False, live=False):
    """Let a page start to play a stream."""
    flags = [name for name, given in (("credentials", credentials), ("live", live)) if given]
    options = urlencode({"player": player, "url": url, "patience": _PATIENCE, **dict.fromkeys(flags, "1")})
    page.goto(f"{site}/play.html?{options}", wait_until="commit")


def outcome(page):
    """How the page has played, once it has."""
    page.wait_for_function("window.outcome !== undefined", timeout=2 * _PATIENCE)
    return page.evaluate("window.outcome")


def requests(log):
    """The requests in the JSON log of an edge: the log's lines as dictionaries."""
    return [json.loads(line) for line in log.getvalue().splitlines()]
