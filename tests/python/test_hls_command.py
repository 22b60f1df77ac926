"""The command ``hls``: where a playlist comes from, how it is signed, and where it goes."""

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

import pytest

from cloudfront_signer import inspect
from cloudfront_signer.cli import manifest

from support.manifests import KEY, VERIFIER
from support.manifests import PLAYLIST_URL as BASE
from support.threads import in_thread

PLAYLIST = b'\xef\xbb\xbf#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\r\n#EXTINF:4,\xc3\xa9\r\n1.ts\r\nhttps://ads.example/2.ts'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "key.pem").write_text(KEY.to_pem())
    (tmp_path / "index.m3u8").write_bytes(PLAYLIST)
    return tmp_path


SIGNS = ("--key-pair-id", "K1", "--private-key", "key.pem", "--date-less-than", "2h")


def run(folder, *arguments, stdin=b"", status=0):
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer", "hls", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout if status == 0 else done.stderr.decode()


def unsigned(playlist):
    """The playlist without its signatures; each is one that the edge accepts."""
    for uri in re.findall(rb'[^"\s]+\?Policy=[^"\s]+', playlist):
        assert VERIFIER.check(urljoin(BASE, uri.decode()))
        assert VERIFIER.check(urljoin(BASE, uri.decode()) + "&_HLS_msn=1")
    return re.sub(rb'\?Policy=[^"\s]+', b"", playlist)


def test_a_file_and_standard_input(folder):
    signed = run(folder, "index.m3u8", "--base-url", BASE, *SIGNS)
    assert signed.count(b"?Policy=") == 2
    assert unsigned(signed) == PLAYLIST
    assert unsigned(run(folder, "-", "--base-url", BASE, *SIGNS, stdin=PLAYLIST)) == PLAYLIST
    assert run(folder, "index.m3u8", "--base-url", BASE, *SIGNS, "--output", "signed.m3u8") == b""
    assert unsigned((folder / "signed.m3u8").read_bytes()) == PLAYLIST
    # In place.
    run(folder, "index.m3u8", "--base-url", BASE, *SIGNS, "--output", "index.m3u8")
    assert unsigned((folder / "index.m3u8").read_bytes()) == PLAYLIST


def test_terms(folder):
    more = ("--ip-address", "192.0.2.7", "--date-greater-than", "2001-01-01", "--hash-algorithm", "SHA256")
    signed = run(folder, "index.m3u8", "--base-url", BASE, *SIGNS, *more, "--policy-resource", "https://*").decode()
    found = inspect(re.search(r"1\.ts\?\S+", signed)[0].replace("1.ts", "https://media.example.com/1.ts"))
    assert (found.policy.resource, found.policy.ip_address) == ("https://*", "192.0.2.7/32")
    each = run(folder, "index.m3u8", "--base-url", BASE, *SIGNS, "--each-uri")
    assert len(set(re.findall(rb"Signature=[^&]+", each))) == 2
    assert unsigned(each) == PLAYLIST
    named = run(folder, "index.m3u8", "--base-url", BASE, *SIGNS, "--policy-resource", "*", "--host", "ads.example")
    assert named.count(b"?Policy=") == 3
    absolute = run(folder, "index.m3u8", "--base-url", BASE, *SIGNS, "--absolute")
    assert b"\nhttps://media.example.com/show/1.ts?Policy=" in absolute


def test_static_needs_no_key(folder):
    signed = run(folder, "index.m3u8", "--base-url", BASE, "--static")
    assert b"1.ts?Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}\r\n" in signed
    assert b"Hash-Algorithm" not in signed
    assert b"{$Hash-Algorithm}" in run(
        folder, "index.m3u8", "--base-url", BASE, "--static", "--hash-algorithm", "SHA256"
    )
    message = run(folder, "index.m3u8", "--base-url", BASE, "--static", *SIGNS, status=2)
    assert "leave out --private-key and --date-less-than" in message
    written_out = run(folder, "index.m3u8", "--base-url", BASE, "--static", "--key-pair-id", "K1")
    assert b"&Key-Pair-Id=K1\r\n" in written_out


def test_variables_and_playlists_of_an_application(folder):
    playlist = b'#EXTM3U\n#EXT-X-DEFINE:IMPORT="q"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{$q}/1.m3u8\n{$q}/1.ts\n'
    signed = run(folder, "-", "--base-url", BASE, *SIGNS, "--playlists-from-app", "--variable", "q=low", stdin=playlist)
    assert signed.splitlines()[3] == b"{$q}/1.m3u8"
    assert signed.splitlines()[4].startswith(b"https://media.example.com/show/{$q}/1.ts?Policy=")
    assert "expected NAME=VALUE" in run(folder, "-", "--base-url", BASE, *SIGNS, "--variable", "q", status=2)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["index.m3u8", *SIGNS], 2, "give --base-url"),
        (["index.m3u8", "--base-url", BASE], 2, "give --key-pair-id, --private-key and --date-less-than, or --static"),
        (["-", "--base-url", BASE, *SIGNS[:3], "-", *SIGNS[4:]], 2, "standard input cannot be both"),
        (["nowhere.m3u8", "--base-url", BASE, *SIGNS], 1, "nowhere.m3u8: No such file"),
        ([".", "--base-url", BASE, *SIGNS], 1, "Is a directory"),
        (["ftp://a.example/i.m3u8", "--base-url", BASE, *SIGNS], 1, "No such file"),
        (["key.pem", "--base-url", BASE, *SIGNS], 1, "not an HLS playlist: expected #EXTM3U, found <a private key"),
        (["index.m3u8", "--base-url", BASE, *SIGNS, "--policy-resource", "https://a/*.ts"], 1, "does not end in *"),
        (["index.m3u8", "--base-url", BASE, *SIGNS, "--policy-resource", "https://a/*"], 1, "line 2: the policy"),
        (["index.m3u8", "--base-url", BASE, *SIGNS, "--output", "."], 1, "expected the name of a file"),
    ],
)  # fmt: skip
def test_what_goes_wrong(folder, arguments, status, message):
    found = run(folder, *arguments, status=status)
    assert message in found
    assert found.count("\n") == 1


class Site(BaseHTTPRequestHandler):
    """Sends playlists, and what is none."""

    def do_GET(self):
        if self.path == "/old.m3u8":
            self.send_response(302)
            self.send_header("Location", "/show/index.m3u8")
            self.end_headers()
            return
        self.send_response(200 if self.path != "/missing.m3u8" else 404)
        self.end_headers()
        if self.path == "/show/index.m3u8":
            self.wfile.write(PLAYLIST)
        while self.path == "/endless.m3u8":
            self.wfile.write(b"#" * 65_536)
        while self.path == "/slow.m3u8":
            self.wfile.write(b"#")
            self.wfile.flush()
            time.sleep(0.01)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """The client has gone away."""


@contextmanager
def serving():
    with in_thread(Server(("127.0.0.1", 0), Site)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def site(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as url:
        yield url


def test_a_url_is_its_own_base(folder, site):
    for path in ("/show/index.m3u8", "/old.m3u8"):
        signed = run(folder, f"{site}{path}", *SIGNS).decode()
        url = urljoin(f"{site}/show/index.m3u8", re.search(r"1\.ts\S+", signed)[0])
        assert VERIFIER.check(url)
        assert inspect(url).policy.resource == f"{site}/show/*"
    # Fetched from the origin, signed for the distribution.
    assert unsigned(run(folder, f"{site}/show/index.m3u8", "--base-url", BASE, *SIGNS)) == PLAYLIST


def test_what_a_server_may_do(folder, site, monkeypatch):
    assert "expected the manifest, got status 404" in run(folder, f"{site}/missing.m3u8", *SIGNS, status=1)
    assert "127.0.0.1:9/" in run(folder, "http://127.0.0.1:9/a.m3u8", *SIGNS, status=1)
    assert "http://:bad/" in run(folder, "http://:bad/", *SIGNS, status=1)
    monkeypatch.setattr(manifest, "_LARGEST_FETCH", 1 << 20)
    with pytest.raises(ValueError, match="more than 1 MiB: not a manifest"):
        manifest.read(f"{site}/endless.m3u8")
    monkeypatch.setattr(manifest, "_LONGEST_FETCH", 0.1)
    with pytest.raises(ValueError, match="not complete after 0 s"):
        manifest.read(f"{site}/slow.m3u8")
