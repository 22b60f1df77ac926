"""Static playlists: players take the signature from the URL of the playlist."""

import re
from urllib.parse import urljoin

import pytest

from cloudfront_signer import InvalidManifestError, SigningError
from cloudfront_signer.manifest import sign_hls

from support.manifests import END, GRANT, SIGNER, VERIFIER
from support.manifests import PLAYLIST_URL as BASE
from support.playlists import LIVE, MASTER, STATIC, STATIC_256, uris


def test_it_is_the_same_for_all_and_needs_no_key():
    signed = sign_hls(MASTER, base_url=BASE, mode="query")
    assert signed.startswith(
        '#EXTM3U\n#EXT-X-VERSION:11\n#EXT-X-DEFINE:QUERYPARAM="Policy"\n#EXT-X-DEFINE:QUERYPARAM="Signature"\n'
        '#EXT-X-DEFINE:QUERYPARAM="Key-Pair-Id"\n#EXT-X-INDEPENDENT-SEGMENTS\n'
    )
    assert f"low/index.m3u8?{STATIC}\n" in signed
    assert f"/show/high/index.m3u8?v=2&{STATIC}\n" in signed


@pytest.mark.parametrize("terms", [{"hash_algorithm": "SHA256"}, {"signer": SIGNER}, {"grant": GRANT}])
def test_sha256_has_a_fourth_parameter(terms):
    signed = sign_hls("#EXTM3U\n1.ts", base_url=BASE, mode="query", **terms)
    assert '#EXT-X-DEFINE:QUERYPARAM="Hash-Algorithm"\n' in signed
    assert signed.endswith(f"1.ts?{STATIC_256}")


@pytest.mark.parametrize(
    ("before", "after"),
    [("3", "11"), (" 8", "11"), ("11", "11"), ("12", "12"), ("x", "x")],
)
def test_the_version_is_raised(before, after):
    signed = sign_hls(f"#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXT-X-VERSION:{before}\r\n", base_url=BASE, mode="query")
    assert [line for line in signed.split("\r\n") if "VERSION" in line] == [f"#EXT-X-VERSION:{after}"]
    assert signed.index("DEFINE") < signed.index("VERSION")


def test_a_lone_first_line():
    assert sign_hls("#EXTM3U", base_url=BASE, mode="query").splitlines()[1] == "#EXT-X-VERSION:11"


@pytest.mark.parametrize("name", ["Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"])
def test_it_is_made_once(name):
    with pytest.raises(InvalidManifestError, match=f'^line 2: the playlist defines "{name}" already'):
        sign_hls(f'#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="{name}"\n', base_url=BASE, mode="query")


def test_a_player_makes_signed_urls_of_it():
    signed = sign_hls(LIVE, base_url=BASE, mode="query", hash_algorithm="SHA256")
    parameters = dict(pair.split("=") for pair in GRANT.query.split("&"))
    names = re.findall('QUERYPARAM="([^"]+)"', signed)
    assert names == list(parameters)
    for uri in uris(signed):
        played = re.sub(r"\{\$([\w-]+)\}", lambda found: parameters[found[1]], uri)
        assert VERIFIER.check(urljoin(BASE, played))


@pytest.mark.parametrize(("algorithm", "end"), [("SHA1", ""), ("SHA256", "&Hash-Algorithm=SHA256")])
def test_the_key_pair_id_can_be_written_out(algorithm, end):
    signed = sign_hls("#EXTM3U\n1.ts", base_url=BASE, mode="query", hash_algorithm=algorithm, key_id="K1")
    assert re.findall('QUERYPARAM="([^"]+)"', signed) == ["Policy", "Signature"]
    assert signed.endswith(f"1.ts?Policy={{$Policy}}&Signature={{$Signature}}&Key-Pair-Id=K1{end}")


def test_a_key_pair_id_that_cannot_be_written_out():
    with pytest.raises(SigningError, match=r"^key_id: key pair id \"K1&a\": expected letters"):
        sign_hls("#EXTM3U", base_url=BASE, mode="query", key_id="K1&a")
    with pytest.raises(TypeError, match=r'^key_id is for mode="query": a grant or signer has its own'):
        sign_hls("#EXTM3U", base_url=BASE, grant=GRANT, key_id="K1")


@pytest.mark.parametrize("terms", [{"expires": END}, {"scope": "uri"}, {"resource": "*"}])
def test_it_has_no_terms(terms):
    with pytest.raises(TypeError, match=r'mode="query" makes no signature'):
        sign_hls(MASTER, base_url=BASE, mode="query", **terms)
