"""HLS playlists: every URI is signed, and nothing else is touched."""

import re
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudfront_signer import (
    CloudFrontSigner,
    CloudFrontSignerError,
    InvalidManifestError,
    InvalidPolicyError,
    InvalidUrlError,
    Policy,
    inspect,
)
from cloudfront_signer.manifest import sign_hls

from support.manifests import END, GRANT, KEY, SIGNER, VERIFIER, WIDE
from support.manifests import PLAYLIST_URL as BASE
from support.playlists import LIVE, MASTER, STATIC, uris

# A line, and the same line with «?», «&» and «» where a separator and the parameters are appended; None if nothing is.
LINES = [
    ("1.ts", "1.ts«?»"),
    ("a/b-c_d~1.ts", "a/b-c_d~1.ts«?»"),
    ("1.ts?x=1", "1.ts?x=1«&»"),
    ("1.ts?x=1&y", "1.ts?x=1&y«&»"),
    ("1.ts?", "1.ts?«»"),
    ("?x=1", "?x=1«&»"),
    ("1.ts#t=1", "1.ts«?»#t=1"),
    ("1.ts?x#t?", "1.ts?x«&»#t?"),
    ("#t=1", None),
    ("/show/1.ts", "/show/1.ts«?»"),
    ("../show/./1.ts", "../show/./1.ts«?»"),
    ("%2e%2e/show/1.ts", "%2e%2e/show/1.ts«?»"),
    ("a b%20c/é*'.ts", "a b%20c/é*'.ts«?»"),
    ("  1.ts \t", "  1.ts«?» \t"),
    ("a//b.ts", "a//b.ts«?»"),
    ("https://media.example.com/show/1.ts", "https://media.example.com/show/1.ts«?»"),
    ("HTTPS://Media.Example.com:443/show/1.ts", "HTTPS://Media.Example.com:443/show/1.ts«?»"),
    ("//media.example.com/show/1.ts?x", "//media.example.com/show/1.ts?x«&»"),
    ("https://ads.example/1.ts", None),
    ("https://ads.example/1.ts?Signature=s", None),
    ("https://bücher.example/1.ts", None),
    ("//ads.example/1.ts", None),
    ("\\\\ads.example/1.ts", None),
    ("https://media.example.com:8443/show/1.ts", None),
    ("https://media.example.com@ads.example/1.ts", None),
    ("data:text/plain,x", None),
    ("https://ads.example\\@media.example.com/1.ts", None),
    ("https://media.example.com/show\\1.ts", "https://media.example.com/show\\1.ts«?»"),
    ('#EXT-X-KEY:METHOD=AES-128,URI="k.bin",IV=0x1', '#EXT-X-KEY:METHOD=AES-128,URI="k.bin«?»",IV=0x1'),
    ('#EXT-X-KEY:METHOD=AES-128,URI="k,1.bin?a=b,c"', '#EXT-X-KEY:METHOD=AES-128,URI="k,1.bin?a=b,c«&»"'),
    ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key"', None),
    ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,AA=="', None),
    ('#EXT-X-KEY:METHOD=AES-128,URI=" k.bin "', '#EXT-X-KEY:METHOD=AES-128,URI=" k.bin«?» "'),
    ('#EXT-X-KEY:METHOD=AES-128,URI="k.bin?a "', '#EXT-X-KEY:METHOD=AES-128,URI="k.bin?a«&» "'),
    ('#EXT-X-KEY:METHOD=AES-128,URI="k.bin? "', '#EXT-X-KEY:METHOD=AES-128,URI="k.bin?«» "'),
    ('#EXT-X-KEY:METHOD=AES-128,URI="k.bin #t"', '#EXT-X-KEY:METHOD=AES-128,URI="k.bin «?»#t"'),
    ("#EXT-X-KEY:METHOD=NONE", None),
    ('#EXT-X-KEY:URI="",KEYFORMAT="URI=x"', None),
    ('#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k.bin"', '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k.bin«?»"'),
    ('#EXT-X-MAP:URI="i.mp4",BYTERANGE="7@0"', '#EXT-X-MAP:URI="i.mp4«?»",BYTERANGE="7@0"'),
    ('#EXT-X-MAP: URI="i.mp4" , BYTERANGE="7@0",', '#EXT-X-MAP: URI="i.mp4«?»" , BYTERANGE="7@0",'),
    ('#EXT-X-MAP:BYTERANGE ="7@0",URI ="i.mp4"', '#EXT-X-MAP:BYTERANGE ="7@0",URI ="i.mp4«?»"'),
    ("#EXT-X-MAP:URI=i.mp4,BYTERANGE=7@0", "#EXT-X-MAP:URI=i.mp4«?»,BYTERANGE=7@0"),
    ('#EXT-X-PART:DURATION=0.3,URI="p.mp4",BYTERANGE="7@0"', '#EXT-X-PART:DURATION=0.3,URI="p.mp4«?»",BYTERANGE="7@0"'),
    (
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.mp4",BYTERANGE-START=7',
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.mp4«?»",BYTERANGE-START=7',
    ),
    (
        '#EXT-X-RENDITION-REPORT:URI="../show/a.m3u8",LAST-MSN=1',
        '#EXT-X-RENDITION-REPORT:URI="../show/a.m3u8«?»",LAST-MSN=1',
    ),
    (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en, us",URI="a.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en, us",URI="a.m3u8«?»"',
    ),
    ('#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",INSTREAM-ID="CC1"', None),
    ('#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"', '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8«?»"'),
    ('#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"', '#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI="i.m3u8«?»"'),
    ('#EXT-X-SESSION-DATA:DATA-ID="a",URI="d.json"', '#EXT-X-SESSION-DATA:DATA-ID="a",URI="d.json«?»"'),
    ('#EXT-X-SESSION-DATA:DATA-ID="a",VALUE="URI=x"', None),
    (
        '#EXT-X-CONTENT-STEERING:SERVER-URI="s.json?x=1",PATHWAY-ID="A"',
        '#EXT-X-CONTENT-STEERING:SERVER-URI="s.json?x=1«&»",PATHWAY-ID="A"',
    ),
    (
        '#EXT-X-DATERANGE:ID="1",CLASS="com.apple.hls.interstitial",X-ASSET-URI="ad.m3u8"',
        '#EXT-X-DATERANGE:ID="1",CLASS="com.apple.hls.interstitial",X-ASSET-URI="ad.m3u8«?»"',
    ),
    (
        '#EXT-X-DATERANGE:ID="1",X-ASSET-LIST="/show/ads.json?u=1",X-URI="https://ads.example/"',
        '#EXT-X-DATERANGE:ID="1",X-ASSET-LIST="/show/ads.json?u=1«&»",X-URI="https://ads.example/"',
    ),
    ('#EXT-X-DATERANGE:ID="1",X-URI="c.json"', '#EXT-X-DATERANGE:ID="1",X-URI="c.json«?»"'),
    ("#EXTINF:4.0,URI=1.ts", None),
    ("#EXT-X-BYTERANGE:7@0", None),
    ('#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="a,b"', None),
    ("#EXT-X-SKIP:SKIPPED-SEGMENTS=3", None),
    ("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1", None),
    ('#EXT-X-UNKNOWN:URI="1.ts"', None),
    ('#EXT-X-MAPS:URI="1.ts"', None),
    ("#EXT-X-KEY", None),
    ("# URI=1.ts", None),
    ("  # a comment", None),
    ("", None),
    (" \t", None),
    ("#\x00\x01 binary comment ✓", None),
]


def filled(plain, marked, query):
    """The signed line."""
    return plain if marked is None else re.sub("«([?&]?)»", lambda found: found[1] + query, marked)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize(("plain", "marked"), LINES)
def test_each_line(plain, marked, ending, start):
    playlist = start + ending.join(["#EXTM3U", plain, "#EXT-X-ENDLIST"])
    expected = start + ending.join(["#EXTM3U", filled(plain, marked, GRANT.query), "#EXT-X-ENDLIST"])
    assert sign_hls(playlist, base_url=BASE, grant=GRANT) == expected
    assert sign_hls(playlist.encode(), base_url=BASE, grant=GRANT) == expected.encode()
    # The last line without its end.
    cut = playlist.removesuffix(f"{ending}#EXT-X-ENDLIST")
    assert sign_hls(cut, base_url=BASE, grant=GRANT) == expected.removesuffix(f"{ending}#EXT-X-ENDLIST")
    # The same places, with the references of a static playlist.
    static = sign_hls(playlist, base_url=BASE, mode="query")
    assert static.split(ending)[5] == filled(plain, marked, STATIC)


@pytest.mark.parametrize("playlist", [MASTER, LIVE])
@pytest.mark.parametrize(
    "terms", [{"grant": GRANT}, {"signer": SIGNER, "expires": END}, {"signer": SIGNER, "expires": END, "scope": "uri"}]
)
def test_every_uri_is_allowed_with_what_players_add(playlist, terms):
    signed = sign_hls(playlist, base_url=BASE, **terms)
    found = list(uris(signed))
    assert len(found) == len(list(uris(playlist)))
    for uri in found:
        url = urljoin(BASE, uri)
        assert VERIFIER.check(url)
        assert VERIFIER.check(f"{url}&_HLS_msn=267&_HLS_part=2&_HLS_skip=YES&CMCD=bl%3D1")
    unsigned = [VERIFIER.check(urljoin(BASE, uri)).allowed for uri in uris(playlist)]
    assert not any(unsigned)


def test_one_signature_or_one_for_each_uri():
    calls = []

    def sign(message):
        calls.append(message)
        return KEY.sign(message)

    signer = CloudFrontSigner("K1", sign, hash_algorithm="SHA256")
    ranges = "#EXTM3U\n" + "".join(f"#EXT-X-BYTERANGE:7@{7 * n}\nall.ts\n" for n in range(9)) + "other.ts\n"
    sign_hls(ranges, base_url=BASE, signer=signer, expires=END)
    assert len(calls) == 1
    calls.clear()
    signed = sign_hls(ranges, base_url=BASE, signer=signer, expires=END, ip_address="192.0.2.0/24", scope="uri")
    # One file in many ranges has one policy.
    assert len(calls) == 2
    policies = {inspect(urljoin(BASE, uri)).policy for uri in uris(signed)}
    assert {policy.resource for policy in policies} == {
        f"https://media.example.com/show/{n}.ts*" for n in ("all", "other")
    }
    assert {policy.ip_address for policy in policies} == {"192.0.2.0/24"}


def test_within_a_grid_there_is_one_signature():
    calls = []

    def sign(message):
        calls.append(message)
        return KEY.sign(message)

    signer = CloudFrontSigner("K1", sign, hash_algorithm="SHA256")
    first, second = (sign_hls(LIVE, base_url=BASE, signer=signer, expires=END, align=3600) for _ in range(2))
    assert first == second
    assert len(calls) == 1
    sign_hls(LIVE, base_url=BASE, signer=signer, expires=END)
    assert len(calls) == 2


def test_a_signer_grants_the_folder_of_the_playlist():
    signed = sign_hls(MASTER, base_url=f"{BASE}?x=1", signer=SIGNER, expires=END)
    url = urljoin(BASE, next(uris(signed)))
    assert inspect(url).policy.resource == "https://media.example.com/show/*"
    for terms in (
        {"resource": "https://media.example.com/*", "expires": END},
        {"policy": Policy("https://media.example.com/*", expires=END)},
    ):
        signed = sign_hls(MASTER, base_url=BASE, signer=SIGNER, **terms)
        assert inspect(urljoin(BASE, next(uris(signed)))).policy.resource == "https://media.example.com/*"


def test_the_base_url_may_be_signed():
    assert sign_hls(LIVE, base_url=GRANT.url(BASE), grant=GRANT) == sign_hls(LIVE, base_url=BASE, grant=GRANT)


def test_named_hosts_are_signed():
    playlist = "#EXTM3U\nhttps://cdn.example.com/1.ts\nhttp://localhost:8080/2.ts\nhttps://ads.example/3.ts\n4.ts"
    signed = sign_hls(playlist, base_url=BASE, grant=WIDE, hosts=["CDN.example.com", "localhost:8080"])
    assert [WIDE.query in line for line in signed.splitlines()] == [False, True, True, False, True]
    with pytest.raises(InvalidPolicyError, match=r"^line 2: the policy covers .* which does not cover https://cdn"):
        sign_hls(playlist, base_url=BASE, grant=GRANT, hosts=["cdn.example.com"])
    with pytest.raises(InvalidUrlError, match=r"^hosts: "):
        sign_hls(playlist, base_url=BASE, grant=GRANT, hosts=["https://cdn.example.com/"])


def test_absolute_urls():
    signed = sign_hls(
        '#EXTM3U\n#EXT-X-MAP:URI="../show/i.mp4"\n1.ts#t\n/show/2.ts?x\n', base_url=BASE, grant=GRANT, absolute=True
    )
    root = "https://media.example.com/show"
    query = GRANT.query
    assert signed.splitlines()[1:] == [
        f'#EXT-X-MAP:URI="{root}/i.mp4?{query}"',
        f"{root}/1.ts?{query}#t",
        f"{root}/2.ts?x&{query}",
    ]


def test_playlists_through_the_application():
    signed = sign_hls(MASTER, base_url=BASE, grant=GRANT, playlists="app")
    key = f"https://media.example.com/show/key.bin?{GRANT.query}"
    assert signed == MASTER.replace("key.bin", key)
    media = sign_hls(LIVE, base_url=BASE, grant=GRANT, playlists="app").splitlines()
    assert media[-1] == LIVE.splitlines()[-1]
    assert f"https://media.example.com/show/266.mp4?{GRANT.query}" in media
    foreign = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://ads.example/1.m3u8"
    assert sign_hls(foreign, base_url=BASE, grant=GRANT, playlists="app") == foreign
    for host in ("https://media.example.com", "//media.example.com:443", "HTTPS://media.example.com"):
        with pytest.raises(InvalidManifestError, match=r"^line 3: playlist .* make it relative"):
            sign_hls(foreign.replace("https://ads.example", host), base_url=BASE, grant=GRANT, playlists="app")
    relative = foreign.replace("https://ads.example/1.m3u8", "1.m3u8?from=https://ads.example/")
    assert sign_hls(relative, base_url=BASE, grant=GRANT, playlists="app") == relative


def test_interstitials_through_the_application():
    """Their playlists may have to be absolute, and are then fetched from CloudFront."""
    tag = '#EXTM3U\n#EXT-X-DATERANGE:ID="1",X-ASSET-URI="{}",X-ASSET-LIST="{}"'
    folder = "https://media.example.com/show/"
    for uri, signed in [
        ("ad.m3u8", "ad.m3u8"),
        (f"{folder}ad.m3u8", f"{folder}ad.m3u8?{GRANT.query}"),
        ("https://ads.example/ad.m3u8", "https://ads.example/ad.m3u8"),
    ]:
        found = sign_hls(tag.format(uri, "ads.json"), base_url=BASE, grant=GRANT, playlists="app")
        assert found == tag.format(signed, f"{folder}ads.json?{GRANT.query}")


def test_variables():
    playlist = """#EXTM3U
#EXT-X-DEFINE:NAME="host",VALUE="https://ads.example"
#EXT-X-DEFINE:NAME="own",VALUE="https://media.example.com/show"
#EXT-X-DEFINE:NAME="query",VALUE="?x=1"
#EXT-X-DEFINE:QUERYPARAM="session"
#EXT-X-DEFINE:IMPORT="quality"
{$host}/1.ts
{$own}/{$session}/2.ts
3.ts{$query}
{$quality}/4.ts#{$session}
#EXT-X-MAP:URI="{$own}/i.mp4"
"""
    signed = sign_hls(playlist, base_url=f"{BASE}?session=a%20b", grant=GRANT, variables={"quality": "high"})
    query = GRANT.query
    assert signed.splitlines()[6:] == [
        "{$host}/1.ts",
        f"{{$own}}/{{$session}}/2.ts?{query}",
        f"3.ts{{$query}}&{query}",
        f"{{$quality}}/4.ts?{query}#{{$session}}",
        f'#EXT-X-MAP:URI="{{$own}}/i.mp4?{query}"',
    ]
    with pytest.raises(InvalidManifestError, match=r'^line 10: variable "quality" is not defined: .*variables='):
        sign_hls(playlist, base_url=f"{BASE}?session=1", grant=GRANT)
    with pytest.raises(InvalidManifestError, match=r"^line 8: variable"):
        sign_hls(playlist, base_url=BASE, grant=GRANT)
    with pytest.raises(InvalidManifestError, match=r"^line 3: variable .* twice"):
        sign_hls("#EXTM3U\n" + '#EXT-X-DEFINE:NAME="a",VALUE=""\n' * 2, base_url=BASE, grant=GRANT)
    with pytest.raises(InvalidManifestError, match=r"^line 3: URI .* control character: percent-encode it"):
        sign_hls('#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE=" "\n1.ts{$a}', base_url=BASE, grant=GRANT)
    with pytest.raises(InvalidManifestError, match=r"^line 3: URI .* fragment"):
        sign_hls('#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="#t"\n1.ts{$a}', base_url=BASE, grant=GRANT)


@pytest.mark.parametrize(
    "terms", [{"grant": WIDE}, {"mode": "query"}, {"signer": SIGNER, "expires": END, "scope": "uri"}]
)
def test_variables_of_variables_lead_to_other_hosts(terms):
    """As hls.js reads them: what is defined before is replaced where it is defined."""
    playlist = """#EXTM3U
#EXT-X-DEFINE:NAME="host",VALUE="//ads.example"
#EXT-X-DEFINE:NAME="root",VALUE="{$host}/a"
{$root}/1.ts
"""
    signed = sign_hls(playlist, base_url=BASE, **terms)
    assert signed.endswith("\n{$root}/1.ts\n")
    own = sign_hls(playlist.replace("//ads.example", "/show"), base_url=BASE, **terms)
    assert re.search(
        r"\n\{\$root\}/1\.ts\?Policy=\S+\n$|\nhttps://media\.example\.com/show/a/1\.ts\?Policy=\S+\n$", own
    )
    with pytest.raises(InvalidManifestError, match=r'^line 2: variable "later" is not defined'):
        sign_hls('#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="{$later}"', base_url=BASE, **terms)


@pytest.mark.parametrize(
    ("query", "value"),
    [("v=%2F%2Fads.example", "//ads.example"), ("%76=+//ads.example&v=a", " //ads.example"), ("v=a+b&v=/", "a b")],
)
def test_parameters_are_read_as_browsers_do(query, value):
    playlist = '#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="v"\n{$v}/1.ts'
    defined = f'#EXTM3U\n#EXT-X-DEFINE:NAME="v",VALUE="{value}"\n{{$v}}/1.ts'
    signed = sign_hls(playlist, base_url=f"{BASE}?{query}", grant=WIDE, absolute=True)
    assert signed.splitlines()[2] == sign_hls(defined, base_url=BASE, grant=WIDE, absolute=True).splitlines()[2]
    assert ("Policy" in signed) == ("ads" not in value)
    with pytest.raises(InvalidManifestError, match='variable "v" is not defined'):
        sign_hls(playlist, base_url=f"{BASE}?v&v=a", grant=WIDE)


# A question mark that ends a URI is kept, and cannot be told from one that was added.
LINE = st.one_of(
    st.sampled_from([plain for plain, _ in LINES]),
    st.text(st.characters(codec="utf-8"), max_size=30).filter(lambda text: not set(text) & set("\r\n")),
    st.from_regex(r'(#EXT-X-(KEY|MEDIA|DATERANGE|DEFINE):)?(URI|NAME|VALUE|X-URI)="?[a-z{$},/:#]*"?,?', fullmatch=True),
).filter(lambda line: not re.search(r"[?](\W|$)", line))


@given(st.lists(LINE, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_without_the_signatures_it_is_the_playlist(lines, ending, is_static):
    playlist = ending.join(["#EXTM3U", *lines, "#EXT-X-ENDLIST"])
    how, query = ({"mode": "query"}, STATIC) if is_static else ({"grant": WIDE}, WIDE.query)
    try:
        signed = sign_hls(playlist, base_url=BASE, **how)
    except CloudFrontSignerError as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert str(refused).startswith(f"line {refused.line}: ")
        return
    if is_static:
        names = ("Policy", "Signature", "Key-Pair-Id")
        head = ending.join(["#EXT-X-VERSION:11", *(f'#EXT-X-DEFINE:QUERYPARAM="{name}"' for name in names)])
        signed = signed.replace(f"{ending}{head}", "", 1)
    assert re.sub(f"[?&]{re.escape(query)}", "", signed) == playlist
