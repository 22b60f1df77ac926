"""What HTTP clients send is what was signed: real clients, and the bytes that they put on the wire.

Dot segments are resolved by most clients, and are apart at the end.
"""

import base64
import itertools
import json
import re

import aiohttp
import pytest
import yarl
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given

from cloudfront_signer import Policy, Verifier

from support.clients import CLIENTS, SLOW_CLIENTS
from support.faults import FAULTS, known_fault
from support.node import running_node
from support.recorder import recording
from support.urls import explicit_urls, random_urls, urls

KEY_ID = "K2JCJMDEHXQW5F"
EXPIRES = 4_000_000_000
NOT_BEFORE = 1_000_000_000
NOW = 2_000_000_000
VIEWER = "192.0.2.7"
EVERYTHING = "http://*"

# How a URL can be signed. The policy of the first four names the URL itself, that of the others covers it.
EXACT = {
    "canned": lambda signer, url: signer.sign_url(url, expires=EXPIRES),
    "start": lambda signer, url: signer.sign_url(url, expires=EXPIRES, not_before=NOT_BEFORE),
    "ip range": lambda signer, url: signer.sign_url(url, expires=EXPIRES, ip_address="192.0.2.0/24"),
    "botocore's": lambda signer, url: signer.generate_presigned_url(url, EXPIRES),
}
COVERING = {
    "resource": lambda signer, url: signer.sign_url(url, expires=EXPIRES, resource=EVERYTHING),
    "grant": lambda signer, url: signer.grant(EVERYTHING, expires=EXPIRES).url(url),
    "policy": lambda signer, url: signer.generate_presigned_url(url, policy=Policy(EVERYTHING, expires=EXPIRES)),
}
WAYS = {**EXACT, **COVERING}

_in_browser = pytest.mark.xdist_group("browser")


def client_parameters(*tables):
    return [
        pytest.param(name, send, id=name, marks=_in_browser if name.startswith("chromium") else ())
        for table in tables
        for name, send in table.items()
    ]


@pytest.fixture(scope="module")
def recorder():
    with recording() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def node():
    with running_node() as node:
        yield node


@pytest.fixture(scope="module")
def plain_urls(recorder):
    """What is to be signed. An IP address cannot be led elsewhere: it is the recorder's own."""
    own = [f"http://{host}:{recorder.port}/a b'c?d e'f{{}}" for host in ("127.0.0.1", "LocalHost")]
    return explicit_urls() + random_urls(300) + own


@pytest.fixture(scope="module")
def verifier(rsa_key):
    return Verifier({KEY_ID: rsa_key.public_key()})


class Sent:
    """The outcome of one signed URL in one client."""

    def __init__(self, url, signed, received):
        self.url, self.signed, self.received = url, signed, received

    def allowed(self, verifier):
        return self.received is not None and bool(verifier.check(self.received.url, ip_address=VIEWER, now=NOW))

    def __repr__(self):
        received = self.received and self.received.url
        return f"{self.url!r}: signed {_shown(self.signed)}, received {_shown(received)}"


def _shown(url):
    """Without its signature."""
    return ascii(url and re.sub("(Signature=)[^&#]*", r"\1…", url))


def send(client, recorder, urls, signed):
    """Sends every signed URL at once, and gives what the recorder received of each."""
    client(recorder, list(enumerate(signed)))
    return [Sent(url, text, recorder.take(number)) for number, (url, text) in enumerate(zip(urls, signed, strict=True))]


def denied(verifier, outcomes):
    return [sent for sent in outcomes if not sent.allowed(verifier)]


# --- The URL Standard ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_browsers_find_nothing_to_change(way, node, signer, plain_urls):
    chosen = list(plain_urls)
    if way in EXACT:
        chosen += [re.sub("^http", "https", url, flags=re.IGNORECASE) for url in plain_urls]
    signed = [WAYS[way](signer, url) for url in chosen]
    found = zip(chosen, signed, node.ask("href", urls=signed), strict=True)
    assert [change for change in found if change[1] != change[2]] == []


@given(url=urls("https") | urls("http"))
def test_browsers_find_nothing_to_change_in_any_url(node, signer, url):
    signed = [sign(signer, url) for sign in EXACT.values()]
    signed.append(signer.sign_url(url, expires=EXPIRES, resource="*"))
    assert node.ask("href", urls=signed) == signed


# --- The wire ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("client", "function"), client_parameters(CLIENTS))
def test_what_is_sent_is_what_was_signed(client, function, recorder, signer, verifier, rsa_reference, plain_urls):
    ways, chosen = zip(*_in_their_ways(plain_urls), strict=True)
    outcomes = send(function, recorder, chosen, [WAYS[way](signer, url) for way, url in zip(ways, chosen, strict=True)])
    wrong = denied(verifier, outcomes)
    expected = [
        sent for way, sent in zip(ways, outcomes, strict=True) if way in EXACT and known_fault(client, sent.signed)
    ]
    count = f"{client}: {len(plain_urls)} URLs, signed and sent {len(outcomes)} times"
    print(f"{count}, {len(wrong)} denied, {len(expected)} of them for known faults of the client")
    assert wrong == expected, _difference(wrong, expected)
    for way, sent in zip(ways, outcomes, strict=True):
        if sent not in wrong:
            check_independently(sent.received.url, rsa_reference.public_key(), exact=way in EXACT)


@pytest.mark.parametrize(("client", "function"), client_parameters(SLOW_CLIENTS))
def test_what_images_and_links_ask_for_is_what_was_signed(
    client, function, recorder, signer, verifier, rsa_reference, plain_urls
):
    chosen = plain_urls[:: len(plain_urls) // 50] + [url for url in plain_urls if re.search("[é'|{]", url)][:20]
    outcomes = send(function, recorder, chosen, [signer.sign_url(url, expires=EXPIRES) for url in chosen])
    print(f"{client}: {len(chosen)} URLs, signed and sent once, {len(denied(verifier, outcomes))} denied")
    assert denied(verifier, outcomes) == []
    for sent in outcomes:
        check_independently(sent.received.url, rsa_reference.public_key(), exact=True)


def _in_their_ways(urls):
    """Every URL with a canned policy, and in one of the other ways."""
    others = [way for way in WAYS if way != "canned"]
    return [("canned", url) for url in urls] + list(zip(itertools.cycle(others), urls, strict=False))


def _difference(wrong, expected):
    new = [sent for sent in wrong if sent not in expected]
    gone = [sent for sent in expected if sent not in wrong]
    return "\n".join(["denied:", *map(repr, new), "known as a fault of the client, but allowed:", *map(repr, gone)])


def check_independently(url, public_key, *, exact):
    """What the edge does, without any of our code."""
    resource, signing = split_off_signing_parameters(url)
    policy = _from_base64(signing["Policy"]) if "Policy" in signing else canned_policy(resource, signing["Expires"])
    public_key.verify(_from_base64(signing["Signature"]), policy, padding.PKCS1v15(), hashes.SHA1())
    assert json.loads(policy)["Statement"][0]["Resource"] == (resource if exact else EVERYTHING)


def split_off_signing_parameters(url):
    address, _, query = url.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    signing = {name: value for name, _, value in pairs if name in ("Expires", "Policy", "Signature", "Key-Pair-Id")}
    own = "&".join(name + equals + value for name, equals, value in pairs if name not in signing)
    return (f"{address}?{own}" if own else address), signing


def canned_policy(resource, expires):
    condition = f'{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}'
    return f'{{"Statement":[{{"Resource":"{resource}","Condition":{condition}}}]}}'.encode()


def _from_base64(text):
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)


# --- Cookies -------------------------------------------------------------------------------------------------------


def test_cookies_for_a_url_open_what_is_sent(recorder, signer, verifier, rsa_reference, plain_urls):
    # Others are patterns: in a host, and behind the first one, a `?` is any one character, not a `%3F`.
    plain = re.compile(r"http://[^/?]+/([^?*]*|[^?*#]*\?[^?*#]+)")
    chosen = [url for url in plain_urls if plain.fullmatch(url)]
    canned = 0
    for sent in send(
        CLIENTS["node fetch"], recorder, chosen, [signer.sign_url(url, expires=EXPIRES) for url in chosen]
    ):
        request, _ = split_off_signing_parameters(sent.received.url)
        cookies = dict(signer.sign_cookies(sent.url, expires=EXPIRES))
        assert verifier.check(request, cookies=cookies, now=NOW), sent
        if "CloudFront-Expires" in cookies:
            canned += 1
            policy = canned_policy(request, cookies["CloudFront-Expires"])
            signature = _from_base64(cookies["CloudFront-Signature"])
            rsa_reference.public_key().verify(signature, policy, padding.PKCS1v15(), hashes.SHA1())
    print(f"cookies: {len(chosen)} URLs, {canned} with a canned policy, none denied")
    assert canned > len(chosen) // 4


# --- Faults of clients ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "fault"), [pytest.param(client, fault, id=client) for fault in FAULTS for client in fault.clients]
)
def test_a_known_fault_is_still_there(client, fault, recorder, signer, verifier):
    signed = signer.sign_url(fault.example, expires=EXPIRES)
    assert known_fault(client, signed)
    (sent,) = send(CLIENTS[client], recorder, [fault.example], [signed])
    assert sent.received is not None, "nothing was sent"
    assert not sent.allowed(verifier), f"{client} no longer does that: {fault.reason}"


def test_aiohttp_sends_what_was_signed_when_told_that_it_is_encoded(monkeypatch, recorder, signer, verifier):
    get = aiohttp.ClientSession.get
    as_encoded = lambda session, url, **options: get(session, yarl.URL(url, encoded=True), **options)  # noqa: E731
    monkeypatch.setattr(aiohttp.ClientSession, "get", as_encoded)
    chosen = [fault.example for fault in FAULTS if "aiohttp" in fault.clients]
    outcomes = send(CLIENTS["aiohttp"], recorder, chosen, [signer.sign_url(url, expires=EXPIRES) for url in chosen])
    assert [sent for sent in outcomes if not sent.allowed(verifier)] == []


# --- Dot segments --------------------------------------------------------------------------------------------------

RAW_DOTS = {"/a/../b": "/b", "/a/./b": "/a/b", "/a/..": "/", "/a/b/.": "/a/b/"}
ENCODED_DOTS = {"/a/%2E%2E/b": "/b", "/a/%2E/b": "/a/b", "/a/.%2E/b": "/b"}
NO_DOT_SEGMENTS = {path: path for path in ("/a/...", "/a/..b", "/a?b=/../c", "/a/..%2Fb")}


@pytest.mark.parametrize(("client", "function"), client_parameters(CLIENTS))
def test_who_resolves_dot_segments(client, function, recorder, signer, verifier):
    """They are signed as they stand, and some clients send something else: that is denied."""
    resolved = dict(NO_DOT_SEGMENTS)
    if client != "urllib":
        resolved |= RAW_DOTS
    if client in ("node fetch", "chromium fetch", "aiohttp"):
        resolved |= ENCODED_DOTS
    if client == "httpx":
        resolved["/a/b/."] = "/a/b"
    paths = [*RAW_DOTS, *ENCODED_DOTS, *NO_DOT_SEGMENTS]
    urls = [f"http://media.example{path}" for path in paths]
    outcomes = send(function, recorder, urls, [signer.sign_url(url, expires=EXPIRES) for url in urls])
    for path, sent in zip(paths, outcomes, strict=True):
        received, _ = split_off_signing_parameters(sent.received.url)
        if not known_fault(client, sent.signed):
            assert received == f"http://media.example{resolved.get(path, path)}"
        assert sent.allowed(verifier) == (received == sent.url)
