"""What is no MPD or cannot be signed, is refused with its line; nothing is expanded, and memory is bounded."""

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
from cloudfront_signer.manifest import sign_dash

from support.manifests import END, GRANT, SIGNER, VERIFIER, WIDE
from support.manifests import MPD_URL as BASE
from support.mpd import DASH, requests

START, END_TAGS = (
    f'<MPD xmlns="{DASH}">\n<Period><AdaptationSet><Representation>\n',
    ("</Representation></AdaptationSet></Period></MPD>"),
)


def sign(text, **terms):
    return sign_dash(text, base_url=BASE, **(terms or {"grant": GRANT}))


LAUGHS = (
    '<!DOCTYPE MPD [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + f"]>\n{START}<BaseURL>&m;</BaseURL>{END_TAGS}"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "^the manifest is empty"),
        ("\ufeff \n", "^the manifest is empty"),
        ("\ufeff\ufeff<MPD/>", '^line 1: not an MPD: expected an MPD element, found "'),
        ("hello", '^line 1: not an MPD: expected an MPD element, found "hello"'),
        ("#EXTM3U\n1.ts", '^line 1: not an MPD: .* found "#EXTM3U"'),
        ("<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>", '^line 2: not an MPD: .* found "<Error>"'),
        ('{"a": 1}', "^line 1: not an MPD"),
        ("<!-- only -->", "not an MPD"),
        ('<Patch xmlns="urn:mpeg:dash:schema:mpd-patch:2020"/>', 'found "<Patch>"'),
        ("<MPD>", "the MPD ends before its last element does: it is cut off"),
        (START, "cut off"),
        (START[:-9], "not well-formed XML"),
        (f"{START}<BaseURL>v.m", "cut off"),
        (f"{START}<BaseURL", "^line 3: not well-formed XML"),
        (f"{START}</Period>", "^line 3: not well-formed XML: .*expected `</Representation>`"),
        (f"{START}<BaseURL>a</BaseUrl>", "^line 3: not well-formed XML"),
        (f"{START}<SegmentTemplate media=a/>", "^line 3: not well-formed XML"),
        (f"{START}<SegmentTemplate media='a' media/>", "^line 3: not well-formed XML"),
        (f"{START}<!-- <BaseURL>", "^line 3: not well-formed XML"),
        (f"{START}<BaseURL><![CDATA[v.mp4</BaseURL>", "^line 3: not well-formed XML"),
        ("<MPD/>\n<MPD/>", '^line 2: "MPD" comes after the end of the MPD'),
        ("<MPD/>\nmore", '"more" comes after the end'),
        ("<MPD><x:a/></MPD>", 'element "x:a" has a prefix without a namespace'),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><MPD/>", '^line 1: the MPD declares the encoding "ISO-8859-1"'),
        ("<?xml version='1.0' encoding='UTF-16'?><MPD/>", "save it as UTF-8"),
        (LAUGHS, "^line 1: the document type has declarations"),
        ('<!DOCTYPE MPD [<!ENTITY x SYSTEM "file:///etc/passwd">]><MPD>&x;</MPD>', "document type has declarations"),
        ('<!DOCTYPE MPD [<!ATTLIST BaseURL a CDATA "b">]><MPD/>', "the document type has declarations"),
        (f"{START}<BaseURL>&x;</BaseURL>{END_TAGS}", '^line 3: URI "&x;" has a reference other than &amp;'),
        (f"{START}<SegmentTemplate media='a&nbsp;b'/>{END_TAGS}", "^line 3: URI .* has a reference other than"),
        (f"{START}<BaseURL>a&#10;b</BaseURL>{END_TAGS}", "^line 3: URI .* holds a control character"),
        (f"{START}<BaseURL>a&#32;</BaseURL>{END_TAGS}", "^line 3: URI .* holds a control character"),
        (f"{START}<BaseURL>a<b/></BaseURL>{END_TAGS}", '^line 3: URI "b" contains markup'),
        (f"{START}<BaseURL>{'<!-- -->a' * 20}</BaseURL>{END_TAGS}", "^line 3: URI .* contains markup"),
        (
            f"{START}<SegmentTemplate media='a'/>\n<BaseURL>b/</BaseURL>{END_TAGS}",
            '^line 4: BaseURL "b/" comes after URIs that are relative to it',
        ),
        ("<a>" * 1_000_000, 'found "<a>"'),
        ("<MPD>" + "<a>" * 1_000_000, "elements are nested more than 100 deep"),
        (f"{START}<SegmentTemplate media='\n", "^line 3: not well-formed XML"),
        ("<MPD " + " ".join(f"xmlns:a{n}='u'" for n in range(10_000)) + "/>", "not well-formed XML"),
        (START + "".join(f"<BaseURL>{n}/</BaseURL>" for n in range(300)) + "<SegmentURL media='a'/>", "more than 256"),
    ],
)  # fmt: skip
def test_what_is_no_mpd(text, message):
    with pytest.raises(InvalidManifestError, match=message) as caught:
        sign(text)
    assert len(str(caught.value)) < 500
    with pytest.raises(InvalidManifestError):
        sign(text, mode="query")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<MPD/>".encode("utf-16"), "^this is UTF-16 text"),
        ("<MPD/>".encode("utf-16-le"), "^this is UTF-16 text"),
        ("<MPD/>".encode("utf-16-be"), "^this is UTF-16 text"),
        (
            "<MPD>\n<Location>é</Location></MPD>".encode("latin-1"),
            "^line 2: the manifest holds bytes that are not UTF-8",
        ),
        (b"\x00" * 1000, "not an MPD"),
        (b"\x1f\x8b\x08\x00", "not UTF-8"),
    ],
)
def test_other_encodings(text, message):
    with pytest.raises(InvalidManifestError, match=message):
        sign(text)


@pytest.mark.parametrize(
    "start",
    [
        "<?xml version='1.0'?>",
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>',
        "<?xml version='1.1' encoding='US-ASCII'?>",
        '<!DOCTYPE MPD SYSTEM "http://127.0.0.1:9/mpd.dtd">',
        '<!DOCTYPE MPD PUBLIC "-//a//b" "file:///etc/passwd">',
    ],
)
def test_nothing_is_loaded(start):
    text = f"{start}{START}<BaseURL>v.mp4</BaseURL>{END_TAGS}"
    assert sign(text) == text.replace("v.mp4", f"v.mp4?{GRANT.query.replace('&', '&amp;')}")


@pytest.mark.parametrize(
    ("uri", "kind", "message"),
    [
        ("v.mp4?Policy=p", InvalidUrlError, "already carries Policy"),
        ("v.mp4?x=1&amp;Signature=s", InvalidUrlError, "already carries Signature"),
        ("/else/v.mp4", InvalidPolicyError, "covers https://media.example.com/show/\\*, which does not cover https://media"),
        ("../else/v.mp4", InvalidPolicyError, "does not cover https://media.example.com/else/v.mp4"),
        ("http://media.example.com/show/v.mp4", InvalidPolicyError, "does not cover http:"),
        ("https://me@media.example.com/v.mp4", InvalidUrlError, "user name"),
        ("https:v.mp4", InvalidUrlError, "no host"),
        ("x" * 8_000 + ".mp4", InvalidUrlError, "accepts at most 8192"),
        ("x" * 100_000 + ".mp4", InvalidUrlError, "accepts at most 8192"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_is_named(uri, kind, message):
    for content in (f"<BaseURL>{uri}</BaseURL>", f"<SegmentList>\n<SegmentURL media='{uri}'/></SegmentList>"):
        with pytest.raises(kind, match=f"^line [34]: .*{message}") as caught:
            sign(START + content + END_TAGS)
        assert caught.value.line == 3 + content.count("\n")


@pytest.mark.parametrize(
    ("resource", "media", "is_covered"),
    [
        ("https://media.example.com/show/*", "$RepresentationID$/$Number$.m4s", True),
        ("https://media.example.com/show/a*", "a$Number$.m4s", True),
        ("https://media.example.com/show/a*", "$Number$.m4s", False),
        ("https://media.example.com/show/1*", "$Number$.m4s", False),
        ("https://media.example.com/show/$Number$*", "$Number$.m4s", False),
        ("https://media.example.com/show/*.m4s*", "$Number$.m4s", True),
        ("https://media.example.com/show/$a*", "$$a.m4s", True),
    ],
)
def test_a_grant_covers_all_segments_of_a_template(resource, media, is_covered):
    text = (
        START.replace("<Representation>", "<Representation id='1'>") + f"<SegmentTemplate media='{media}'/>{END_TAGS}"
    )
    grant = SIGNER.grant(resource, expires=END)
    if is_covered:
        assert all(VERIFIER.check(requested) for requested in requests(sign(text, grant=grant), BASE))
        return
    with pytest.raises(InvalidPolicyError, match=r"^line 3: .* does not cover https://media.example.com/show/\*\.m4s"):
        sign(text, grant=grant)


IDS = (
    "../../other //evil.example //evil.example/a /a a/ a//b a?b a#b https://evil.example %2e%2e %2E./a . .. a/../b "
    "a\\b a&#9;b a&#35;b a&#63;b &#32; &#47;evil.example video:1"
)


@pytest.mark.parametrize("terms", [{"grant": WIDE}, {"mode": "query"}], ids=["inline", "static"])
@pytest.mark.parametrize("representation", ["", *(f' id="{id}"' for id in (*IDS.split(), "", " a"))])
@pytest.mark.parametrize(
    "segments",
    [
        '<SegmentTemplate media="$RepresentationID$/evil.example/$Number$.m4s"/>',
        '<SegmentTemplate media="$Number$.m4s" initialization="/$RepresentationID$/evil.example/i.mp4"/>',
        '<SegmentTemplate media="&#36;&#82;epresentationID$//evil.example/$Number$.m4s"/>',
        # dash.js replaces identifiers in lists, too.
        '<SegmentList><SegmentURL media="$RepresentationID$"/></SegmentList>',
    ],
)
def test_the_id_of_a_representation_cannot_lead_elsewhere(segments, representation, terms):
    # The colon is harmless after a slash.
    if "video:1" in representation and "/$RepresentationID" in segments:
        representation = ' id="../video:1"'
    start = START.replace("<Representation>", f"<Representation{representation}>")
    for text in (f"{start}{segments}{END_TAGS}", start.replace("<Rep", f"{segments}<Rep") + END_TAGS):
        with pytest.raises(
            InvalidManifestError, match=r"^line 2: id .* of a Representation changes which host or folder"
        ):
            sign(text, **terms)
        # No signature goes there.
        foreign = text.replace("<AdaptationSet>", "<AdaptationSet><BaseURL>https://o.example/</BaseURL>")
        assert sign(foreign, **terms) == foreign


@pytest.mark.parametrize("terms", [{"grant": WIDE}, {"mode": "query"}], ids=["inline", "static"])
def test_other_ids_are_names(terms):
    for id, media in [
        ("video=400000", "$RepresentationID$/$Number$.m4s"),
        ("a b+c,d@e;f(1)!*~-_.é%20$", "$RepresentationID$.m4s"),
        ("1080p/main", "$RepresentationID$/$Number$.m4s"),
        ("video:1", "v/$RepresentationID$/$Number$.m4s"),
        ("../x", "$Number$/$Bandwidth$.m4s"),
    ]:
        text = f"{START}<SegmentTemplate media='{media}'/>{END_TAGS}".replace("tion>", f'tion id="{id}">', 1)
        found = list(requests(sign(text, **terms), GRANT.url(BASE)))
        assert found
        assert all(VERIFIER.check(requested) for requested in found)


@pytest.mark.parametrize("terms", [{"grant": WIDE}, {"mode": "query"}], ids=["inline", "static"])
def test_no_other_host_receives_a_signature(terms):
    """However it is spelled."""
    scheme = f"{START}<SegmentTemplate media='$RepresentationID$://evil.example/'/>{END_TAGS}"
    with pytest.raises(InvalidManifestError, match=r"^line 3: template .* takes its scheme from the id"):
        sign(scheme, **terms)
    for uri in (
        "&#32;//evil.example/1",
        "&#47;/evil.example/1",
        "&#x68;ttps://evil.example/1",
        "&#32;https://evil.example/1",
    ):
        text = f"{START}<SegmentList><SegmentURL media='{uri}'/></SegmentList>{END_TAGS}"
        assert sign(text, **terms) == text
    for base in ("https://media.example.com\\@evil.example/", "//media.example.com\\@evil.example/"):
        text = f"{START}<BaseURL>{base}</BaseURL><SegmentTemplate media='$Number$.m4s'/>{END_TAGS}"
        with pytest.raises(InvalidUrlError, match=r"^line 3: .*backslashes around its host"):
            sign(text, **terms)


def test_a_foreign_proxy_of_content_steering_is_refused():
    """Its requests have the URL of the steering server."""
    tag = '<ContentSteering proxyServerURL="https://o.example/">{}</ContentSteering>'
    text = f"<MPD>\n{tag.format('https://media.example.com/show/s.json')}</MPD>"
    message = r'^line 2: the steering server "https://media.* through a proxy of another host.*\(hosts=\["HOST"\]\)$'
    with pytest.raises(InvalidManifestError, match=message):
        sign(text)
    named = sign(text, grant=WIDE, hosts=["o.example"])
    assert named.count("Policy=") == 2


def test_a_policy_that_players_outgrow_is_refused():
    resource = "https://media.example.com/show/index.mpd"
    for terms in (
        {"grant": SIGNER.grant(resource, expires=END)},
        {"signer": SIGNER, "policy": Policy(resource, expires=END)},
    ):
        with pytest.raises(InvalidManifestError, match=r"does not end in \*"):
            sign(START + END_TAGS, **terms)


@pytest.mark.parametrize("scope", ["presentation", "uri"])
def test_an_exception_of_the_signer_is_raised(scope):
    def fails(message):
        raise RuntimeError("no connection")

    text = f"{START}<BaseURL>v.mp4</BaseURL>{END_TAGS}"
    with pytest.raises(RuntimeError, match="no connection"):
        sign(text, signer=CloudFrontSigner("K1", fails), expires=END, scope=scope)


@pytest.mark.parametrize(
    "large",
    [
        "<!--" + "x" * 100_000_000 + "-->",
        "<x>" + "x" * 100_000_000 + "</x>",
        "<x a='" + "x" * 100_000_000 + "'/>",
        "<SegmentTimeline>" + '<S d="1"/>' * 1_000_000 + "</SegmentTimeline>",
        "<x " + 'a="1" ' * 1_000_000 + "/>",
    ],
    ids=["comment", "text", "attribute", "timeline", "attributes"],
)
def test_what_is_large_and_has_nothing_to_sign(large):
    text = (START + large + END_TAGS).encode()
    assert sign(text) == text


MEASURED = """
import re, sys
from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer.manifest import sign_dash

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024

grant = CloudFrontSigner("K1", PrivateKey.generate("ecdsa-p256")).grant("*", expires=2_000_000_000)
urls = "".join(f'<SegmentURL media="v/{n:08}.m4s"/>\\n' for n in range(500_000))
start, between, end = {
    "own": ("", "<Representation>", "</Representation>"),
    "inherited": ("<Representation/>", "", ""),
}[sys.argv[1]]
content = f"{start}{between}<SegmentList>{urls}</SegmentList>{end}"
mpd = f"<MPD><Period><AdaptationSet>{content}</AdaptationSet></Period></MPD>"
del urls, content
mpd = mpd.encode()
how = {"mode": "query"} if sys.argv[2] == "static" else {"grant": grant}
before = peak()
signed = sign_dash(mpd, base_url="https://media.example.com/show/index.mpd", **how)
print(len(mpd), len(signed), peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the process's memory from /proc")
@pytest.mark.parametrize("mode", ["static", "inline"])
@pytest.mark.parametrize("where", ["own", "inherited"])
def test_memory_is_three_times_the_mpd_and_the_result(where, mode):
    command = [sys.executable, "-c", MEASURED, where, mode]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size, result, added = map(int, done.stdout.split())
    assert added <= result + 3 * size
