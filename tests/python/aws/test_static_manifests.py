"""Manifests that ``up`` uploads in static form."""

from dataclasses import replace

import pytest

from cloudfront_signer import PrivateKey
from cloudfront_signer.aws import SetupError, stack

MASTER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\nhttps://media.example.com/high/index.m3u8\n"
MEDIA = "#EXTM3U\r\n#EXTINF:4,\r\n1.ts\r\n"
SHA1 = "Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1-2"


@pytest.fixture
def content(tmp_path):
    """A stream, and a file that is none."""
    files = {"index.m3u8": MASTER, "low/INDEX.M3U8": MEDIA, "low/1.ts": "#EXTM3U is no playlist here"}
    for name, text in files.items():
        (tmp_path / "stream" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stream" / name).write_bytes(text.encode())
    return tmp_path / "stream"


@pytest.fixture
def read(client):
    """The objects by their keys."""
    return lambda key: client("s3").get_object(Bucket="my-bucket", Key=key)["Body"].read().decode()


def test_playlists_are_rewritten_on_the_way(up, settings, content, read):
    for name, algorithm in (("rsa.pem", ""), ("ec.pem", "&Hash-Algorithm={$Hash-Algorithm}")):
        key = settings.private_key.with_name(name)
        if algorithm:
            key.write_text(PrivateKey.generate("ecdsa-p256").to_pem())
        state_path = settings.state_path.with_name(f"{name}.json")
        up(upload=content, static_manifests=True, private_key=key, state_path=state_path)
        query = SHA1 + algorithm
        assert read("index.m3u8").endswith(f"\nlow/index.m3u8?{query}\nhttps://media.example.com/high/index.m3u8\n")
        assert read("low/INDEX.M3U8").endswith(f"\r\n#EXTINF:4,\r\n1.ts?{query}\r\n")
        assert read("low/1.ts") == "#EXTM3U is no playlist here"
    assert (content / "index.m3u8").read_text() == MASTER, "the source is unchanged"
    up(upload=content)
    assert read("index.m3u8") == MASTER


def test_an_mpd_is_rewritten_too(up, content, read):
    segments = '<SegmentTemplate media="$Number$.m4s"/><Representation id="1" bandwidth="1"/>'
    period = f"<Period><AdaptationSet>{segments}</AdaptationSet></Period>"
    (content / "index.mpd").write_text(f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">{period}</MPD>')
    up(upload=content, static_manifests=True)
    assert "urn:mpeg:dash:urlparam:2014" in read("index.mpd")
    assert "useMPDUrlQuery" in read("index.mpd")


def test_absolute_urls_of_the_distribution_are_signed(up, content, read):
    up(upload=content, static_manifests=True, domain="media.example.com", certificate=CERTIFICATE)
    assert read("index.m3u8").endswith(f"\nhttps://media.example.com/high/index.m3u8?{SHA1}\n")


def test_nothing_is_uploaded_next_to_a_damaged_playlist(up, client, content):
    (content / "z.m3u8").write_text('#EXTM3U\n#EXT-X-KEY:URI="k')
    with pytest.raises(SetupError, match=r"z\.m3u8: line 2: attribute value .* has no closing quote"):
        up(upload=content, static_manifests=True)
    assert client("s3").list_objects_v2(Bucket="my-bucket")["KeyCount"] == 0


def test_what_is_planned(settings, content):
    planned = stack.plan(replace(settings, upload=content, static_manifests=True))
    assert planned[1] == f"upload 3 files of {content}, manifests in static form"
    with pytest.raises(SetupError, match="give --upload, too"):
        replace(settings, upload=None, static_manifests=True)
