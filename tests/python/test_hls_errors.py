"""HLS playlists that cannot be signed: what the errors say; and large ones."""

import re
import subprocess
import sys

import pytest

from cloudfront_signer import (
    CloudFrontSigner,
    InvalidManifestError,
    InvalidPolicyError,
    InvalidUrlError,
    Policy,
)
from cloudfront_signer.manifest import sign_hls

from support.manifests import END, GRANT, SIGNER, VERIFIER
from support.manifests import PLAYLIST_URL as BASE

PLAYLIST = "#EXTM3U\n#EXTINF:4,\n1.ts\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "^the manifest is empty"),
        ("\ufeff", "^the manifest is empty"),
        ("1.ts\n", '^not an HLS playlist: expected #EXTM3U, found "1.ts"'),
        ("#EXTM3U8\n", "^not an HLS playlist"),
        ("\n#EXTM3U\n", "^not an HLS playlist"),
        ("<MPD/>", "^not an HLS playlist"),
        ("#EXTM3U\r1.ts", "^not an HLS playlist"),
        ("#EXTM3U".encode("utf-16"), "^this is UTF-16 text"),
        (b"#EXTM3U\n1.ts\n\xff.ts", "^line 3: the manifest holds bytes that are not UTF-8"),
        ("#EXTM3U\n#EXTINF:4,\r1.ts\n", "^line 2: a carriage return"),
        ('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k.b', '^line 2: attribute value "k.b" has no closing quote'),
        ("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,UR", '^line 2: "UR": expected an attribute'),
        ('#EXTM3U\n#EXT-X-KEY:URI="k"x', "^line 2: .*expected an attribute"),
        ('#EXTM3U\n#EXT-X-KEY:URI= "k"', "^line 2: .*expected an attribute"),
        ('#EXTM3U\n#EXT-X-KEY:URI=k"l"', "^line 2: .*expected an attribute"),
        ("#EXTM3U\na\tb.ts", "^line 2: URI .* control character"),
        ('#EXTM3U\n#EXT-X-MAP:URI="a\x00b"', "^line 2: URI .* control character"),
    ],
)
def test_what_is_no_playlist(text, message):
    with pytest.raises(InvalidManifestError, match=message) as caught:
        sign_hls(text, base_url=BASE, grant=GRANT)
    line = re.match(r"line (\d+): ", str(caught.value))
    assert caught.value.line == (int(line[1]) if line else None)


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("https://media.example.com\\@ads.example/1.ts", InvalidUrlError, "backslashes around its host"),
        ("//media.example.com\\@ads.example/1.ts", InvalidUrlError, "backslashes around its host"),
        ("/\\media.example.com/show/1.ts", InvalidUrlError, "backslashes around its host"),
        ("1.ts?Policy=x", InvalidUrlError, "already carries Policy"),
        ("1.ts?x&Expires=1&Signature=s", InvalidUrlError, "already carries Expires"),
        ("/else/1.ts", InvalidPolicyError, "covers https://media.example.com/show/\\*, which does not cover https://media"),
        ("../else/1.ts", InvalidPolicyError, "does not cover https://media.example.com/else/1.ts"),
        ("\\..\\..\\else/1.ts", InvalidPolicyError, "does not cover https://media.example.com/else/1.ts"),
        ("http://media.example.com/show/1.ts", InvalidPolicyError, "does not cover http:"),
        ("https://me@media.example.com/show/1.ts", InvalidUrlError, "user name"),
        ("https:1.ts", InvalidUrlError, "no host"),
        ("///media.example.com/show/1.ts", InvalidUrlError, "no host"),
        ("x" * 8_000 + ".ts", InvalidUrlError, "accepts at most 8192"),
        ("x" * 9_000 + ".ts", InvalidUrlError, "accepts at most 8192"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_is_named(line, kind, message):
    with pytest.raises(kind, match=f"^line 3: .*{message}") as caught:
        sign_hls(f"#EXTM3U\n#EXTINF:4,\n{line}\n", base_url=BASE, grant=GRANT)
    assert caught.value.line == 3


def test_one_policy_a_uri_has_no_wildcard_inside():
    for uri in ("a*.ts", "a.ts?b?c"):
        with pytest.raises(InvalidManifestError, match=r'^line 2: URI .* wildcard.*\(scope="presentation"\)'):
            sign_hls(f"#EXTM3U\n{uri}", base_url=BASE, signer=SIGNER, expires=END, scope="uri")
    # Where clients may differ in the spelling, the signed one is written.
    signed = sign_hls("#EXTM3U\na b.ts?{x}", base_url=BASE, signer=SIGNER, expires=END, scope="uri")
    url = signed.splitlines()[1]
    assert url.startswith("https://media.example.com/show/a%20b.ts?%7Bx%7D&Policy=")
    assert VERIFIER.check(url)
    with pytest.raises(InvalidUrlError, match=r"^line 3: .*at most 8192"):
        sign_hls(f"#EXTM3U\n1.ts\n{'x' * 6_000}", base_url=BASE, signer=SIGNER, expires=END, scope="uri")


@pytest.mark.parametrize(
    "resource",
    ["https://media.example.com/show/index.m3u8", "https://media.example.com/show/*.ts", "https://media.example.com/"],
)
def test_a_policy_that_players_outgrow_is_refused(resource):
    message = r"does not end in \*: players add parameters such as _HLS_msn and CMCD"
    with pytest.raises(InvalidManifestError, match=message):
        sign_hls(PLAYLIST, base_url=BASE, grant=SIGNER.grant(resource, expires=END))
    with pytest.raises(InvalidManifestError, match=message):
        sign_hls(PLAYLIST, base_url=BASE, signer=SIGNER, policy=Policy(resource, expires=END))
    with pytest.raises(InvalidManifestError, match=message):
        sign_hls(PLAYLIST, base_url=BASE, signer=SIGNER, resource=resource, expires=END)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({}, TypeError, "neither was given"),
        ({"grant": GRANT, "signer": SIGNER}, TypeError, "both were given"),
        ({"grant": SIGNER}, TypeError, "^grant: expected a Grant, found CloudFrontSigner"),
        ({"signer": GRANT}, TypeError, "^signer: expected a CloudFrontSigner, found Grant"),
        ({"grant": GRANT, "expires": END}, TypeError, "a Grant has its own terms"),
        ({"grant": GRANT, "scope": "uri"}, TypeError, "a Grant has its own terms"),
        ({"grant": GRANT, "hash_algorithm": "SHA1"}, TypeError, "hash_algorithm is for mode"),
        ({"signer": SIGNER}, InvalidPolicyError, "neither was given"),
        ({"signer": SIGNER, "expires": END, "scope": "uri", "resource": "*"}, TypeError, "leave out resource"),
        ({"grant": GRANT, "mode": "static"}, ValueError, '^mode: expected "inline" or "query", found "static"'),
        ({"grant": GRANT, "scope": ""}, ValueError, "^scope: expected"),
        ({"grant": GRANT, "playlists": "x"}, ValueError, "^playlists: expected"),
        ({"grant": GRANT, "hosts": "a.example"}, TypeError, "^hosts: expected an iterable of str"),
        ({"grant": GRANT, "variables": {"a": 1}}, TypeError, "^variables: expected str, found int"),
        ({"grant": GRANT, "base_url": "/index.m3u8"}, InvalidUrlError, "is relative"),
        (
            {"signer": SIGNER, "expires": END, "base_url": "https://media.example.com/*/show/index.m3u8"},
            InvalidManifestError,
            r'^the folder "https://media.example.com/\*/show/" has a \*, .* wildcard: give the resource \(resource=',
        ),
        ({"grant": GRANT, "text": 1}, TypeError, "^text: expected str or bytes, found int"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_go_together(arguments, kind, message):
    with pytest.raises(kind, match=message):
        sign_hls(**{"text": PLAYLIST, "base_url": BASE} | arguments)


def test_an_exception_of_the_signer_is_raised():
    def fails(message):
        raise RuntimeError("no connection")

    signer = CloudFrontSigner("K1", fails)
    for scope in ("presentation", "uri"):
        with pytest.raises(RuntimeError, match="no connection"):
            sign_hls(PLAYLIST, base_url=BASE, signer=signer, expires=END, scope=scope)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("x" * 100_000_000, InvalidManifestError, r'^not an HLS playlist: expected #EXTM3U, found "x{120}…"'),
        ("#EXTM3U\n" + "x" * 100_000_000, InvalidUrlError, "^line 2: .* 100000000 bytes"),
        ('#EXTM3U\n#EXT-X-MAP:URI="' + "x" * 100_000_000, InvalidManifestError, "^line 2: .*no closing quote"),
        ("#EXTM3U\n" * 1_000_000 + "/else.ts", InvalidPolicyError, "^line 1000001: the policy covers"),
        ("#EXTM3U\n#EXT-X-DEFINE:NAME=a,VALUE=" + "x" * 8_000 + "\n" + "{$a}" * 100_000, InvalidUrlError, "^line 3: "),
    ],
    ids=["no-playlist", "a-long-line", "a-long-value", "many-lines", "many-references"],
)
def test_what_is_large_and_cannot_be_signed(text, kind, message):
    with pytest.raises(kind, match=message) as caught:
        sign_hls(text, base_url=BASE, grant=GRANT)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("left", ["#" + "x" * 100_000_000, "data:" + "x" * 100_000_000], ids=["comment", "data"])
def test_what_is_large_and_has_nothing_to_sign(left):
    playlist = f"#EXTM3U\n{left}"
    assert sign_hls(playlist, base_url=BASE, grant=GRANT) == playlist


MEASURED = """
import re, sys
from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer.manifest import sign_hls

def memory(which):
    with open("/proc/self/status") as status:
        return int(re.search(rf"{which}:\\s+(\\d+) kB", status.read())[1]) * 1024

grant = CloudFrontSigner("K1", PrivateKey.generate("ecdsa-p256")).grant("*", expires=2_000_000_000)
lines = "".join(f"#EXTINF:6.00000,\\nvideo/1080p/segment_{n:08}.m4s\\n" for n in range(500_000))
playlist = f"#EXTM3U\\n{lines}".encode()
del lines
how = {"mode": "query"} if sys.argv[1] == "static" else {"grant": grant}
before = memory("VmRSS")
signed = sign_hls(playlist, base_url="https://media.example.com/show/index.m3u8", **how)
print(len(playlist), len(signed), memory("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the process's memory from /proc")
@pytest.mark.parametrize("mode", ["static", "inline"])
def test_a_million_lines_take_three_times_their_memory_and_the_result(mode):
    command = [sys.executable, "-c", MEASURED, mode]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size, result, added = map(int, done.stdout.split())
    assert result > 2 * size
    assert added <= result + 3 * size
