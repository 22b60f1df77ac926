"""An edge before a folder, and one before a recording origin."""

import threading

import pytest

from cloudfront_signer.edge import Behavior, Configuration

from support.edges import KEYS, SITE, Recorder, running


@pytest.fixture
def folder(tmp_path):
    content = tmp_path / "content"
    (content / "public").mkdir(parents=True)
    (content / "video.mp4").write_bytes(bytes(range(256)) * 4)
    (content / "public" / "a.txt").write_text("open to all\n")
    (content / "a b.txt").write_text("a blank\n")
    (content / "index.html").write_text("<p>root</p>\n")
    (tmp_path / "secret.txt").write_text("outside\n")
    (content / "link.txt").symlink_to(tmp_path / "secret.txt")
    (content / "inner.txt").symlink_to(content / "video.mp4")
    return content


@pytest.fixture
def edge(folder):
    behaviors = (Behavior("/public/*", str(folder)), Behavior("*", str(folder), KEYS))
    with running(Configuration(behaviors, pretend=SITE)) as server:
        yield server


@pytest.fixture
def origin():
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def relaying(origin):
    address = f"http://127.0.0.1:{origin.server_address[1]}"
    behaviors = (Behavior("/upload*", address, None, frozenset({"GET", "POST"})), Behavior("*", address, KEYS))
    with running(Configuration(behaviors, pretend=SITE)) as server:
        yield server
