"""The command ``dash``, where it differs from ``hls``; and MPDs that ffmpeg has made."""

import re
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from cloudfront_signer import inspect
from cloudfront_signer.manifest import sign_dash

from support.manifests import KEY, SIGNER, VERIFIER
from support.manifests import MPD_URL as BASE
from support.mpd import VOD, requests
from support.threads import in_thread

SIGNS = ("--base-url", BASE, "--key-pair-id", "K1", "--private-key", "key.pem", "--date-less-than", "2h")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "key.pem").write_text(KEY.to_pem())
    (tmp_path / "index.mpd").write_text(VOD)
    return tmp_path


def run(folder, *arguments, stdin=b"", status=0):
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer", "dash", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout if status == 0 else done.stderr.decode()


def unsigned(mpd):
    """The MPD without its signatures; each request of a player is one that the edge accepts."""
    found = list(requests(mpd.decode(), BASE))
    assert found
    assert all(VERIFIER.check(requested) for requested in found)
    return re.sub(rb'(\?|&amp;)Policy=[^"\'<\s]+', b"", mpd)


def test_a_file_and_standard_input(folder):
    assert unsigned(run(folder, "index.mpd", *SIGNS)) == VOD.encode()
    assert unsigned(run(folder, "-", *SIGNS, stdin=VOD.encode())) == VOD.encode()
    assert run(folder, "index.mpd", *SIGNS, "--output", "signed.mpd") == b""
    assert unsigned((folder / "signed.mpd").read_bytes()) == VOD.encode()


def test_options(folder):
    more = ("--policy-resource", "https://media.example.com/*", "--ip-address", "192.0.2.7")
    requested = next(requests(run(folder, "index.mpd", *SIGNS, *more).decode(), BASE))
    policy = inspect(requested).policy
    assert (policy.resource, policy.ip_address) == ("https://media.example.com/*", "192.0.2.7/32")
    absolute = run(folder, "index.mpd", *SIGNS, "--absolute").decode()
    assert "<BaseURL>https://media.example.com/show/video/</BaseURL>" in absolute
    static = run(folder, "index.mpd", "--base-url", BASE, "--static")
    assert b'useMPDUrlQuery="true"' in static
    assert b"Policy" not in static
    several = b"<MPD><Location>https://cdn.example/a.mpd</Location></MPD>"
    assert b"?Policy=" in run(
        folder, "-", *SIGNS, "--host", "cdn.example", "--policy-resource", "https://*", stdin=several
    )
    assert run(folder, "-", *SIGNS, stdin=several) == several


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (b"#EXTM3U\n", (), 'line 1: not an MPD: expected an MPD element, found "#EXTM3U"'),
        (VOD.encode(), ("--each-uri",), "line 6: template"),
        (VOD.encode(), ("--policy-resource", "https://a/*"), "line 6: the policy covers https://a/*, which does not"),
        (b"<MPD>", (), "it is cut off"),
    ],
)
def test_what_goes_wrong(folder, text, arguments, message):
    found = run(folder, "-", *SIGNS, *arguments, stdin=text, status=1)
    assert message in found
    assert found.count("\n") == 1


# As streaming services use them: numbers or times in templates, lists, and one file in byte ranges.
KINDS = {
    "template with a timeline": ("-use_template", "1", "-use_timeline", "1"),
    "template with a duration": ("-use_timeline", "0", "-media_seg_name", "$Number%03d$-$RepresentationID$.m4s"),
    "list": ("-use_template", "0"),
    "files": ("-use_template", "0", "-single_file", "1"),
    "live": ("-use_template", "1", "-ldash", "1", "-streaming", "1", "-utc_timing_url", "https://media.example.com/show/now"),
}  # fmt: skip


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS)
def stream(request, tmp_path_factory):
    """The folder of a stream of 3 s with two qualities and sound."""
    ffmpeg = shutil.which("ffmpeg")
    assert ffmpeg, "install ffmpeg"
    folder = tmp_path_factory.mktemp("stream")
    inputs = ["-f", "lavfi", "-i", "testsrc=duration=3:size=160x90:rate=10", "-f", "lavfi", "-i", "sine=duration=3"]
    codecs = ["-map", "0", "-map", "0", "-map", "1", "-c:v", "libx264", "-g", "10", "-b:v:0", "90k", "-b:v:1", "40k"]
    sets = ["-seg_duration", "1", "-adaptation_sets", "id=0,streams=v id=1,streams=a", *request.param]
    subprocess.run(
        [ffmpeg, "-v", "error", *inputs, *codecs, "-c:a", "aac", *sets, "-f", "dash", "index.mpd"],
        cwd=folder,
        check=True,
    )
    return folder


def files(mpd, folder):
    """The files of a stream that an MPD leads to, as far as `requests` counts."""
    names = {requested.split("?")[0].rpartition("/")[2] for requested in requests(mpd, BASE)}
    return {name for name in names if (folder / name).exists()}


def test_streams_of_ffmpeg(stream, tmp_path):
    text = (stream / "index.mpd").read_bytes()
    (tmp_path / "key.pem").write_text(KEY.to_pem())
    signed = run(tmp_path, str(stream / "index.mpd"), *SIGNS)
    assert unsigned(signed) == text
    assert signed != text
    before, after = ElementTree.fromstring(text), ElementTree.fromstring(signed)
    assert [element.tag for element in before.iter()] == [element.tag for element in after.iter()]
    # What is requested exists: the reader of the tests and ffmpeg agree.
    assert len(files(text.decode(), stream)) >= 3
    assert files(text.decode(), stream) == files(signed.decode(), stream)
    assert not any(VERIFIER.check(requested) for requested in requests(text.decode(), BASE))
    static = run(tmp_path, str(stream / "index.mpd"), "--base-url", BASE, "--static").decode()
    url = "https://media.example.com/show/index.mpd?" + signed.decode().split("?Policy=")[1].split('"')[0].split("<")[0]
    found = list(requests(static, url.replace("index.mpd?", "index.mpd?Policy=").replace("&amp;", "&")))
    assert found
    assert all(VERIFIER.check(requested) for requested in found)


class Edge(SimpleHTTPRequestHandler):
    """Sends the files of a folder to whoever has signed URLs for them."""

    requested: list[tuple[str, bool]]

    def do_GET(self):
        url = f"http://{self.headers['Host']}{self.path}"
        allowed = VERIFIER.check(url).allowed
        self.requested.append((self.path.split("?")[0], allowed))
        if not allowed:
            self.send_error(403)
            return
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def edge(stream, tmp_path):
    """The edge, with a copy of the stream in the folder `show`."""
    shutil.copytree(stream, tmp_path / "show")
    requested = []
    handler = partial(type("Handler", (Edge,), {"requested": requested}), directory=tmp_path)
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield SimpleNamespace(folder=tmp_path, url=f"http://127.0.0.1:{server.server_port}/show/", requested=requested)


# ffmpeg 5.1 skips segments of lists, and takes `&` in a BaseURL for the start of an entity.
@pytest.mark.parametrize("stream", [KINDS[name] for name in KINDS if name not in ("list", "files")], indirect=True)
def test_ffmpeg_plays_templates(edge):
    grant = SIGNER.grant(f"{edge.url}*", expires=2_000_000_000)
    mpd = edge.folder / "show/index.mpd"
    signed_url = grant.url(f"{edge.url}index.mpd")
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", signed_url, "-t", "2", "-f", "null", "-"]
    plain = mpd.read_text()
    subprocess.run(command, capture_output=True, check=False)
    assert edge.requested[0] == ("/show/index.mpd", True)
    assert not any(allowed for path, allowed in edge.requested[1:] if not path.endswith(".mpd"))
    edge.requested.clear()
    mpd.write_text(sign_dash(plain, base_url=f"{edge.url}index.mpd", grant=grant))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(edge.requested) >= 4
    assert all(allowed for _, allowed in edge.requested), edge.requested
