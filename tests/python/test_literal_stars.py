"""What is signed for one name opens no other: a `*` or a later `?` in a URL is a character of the name, no wildcard.

The signed bytes of a canned URL are a policy like any other, and whoever holds the URL can send them as ``Policy=``.
"""

import base64
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from cloudfront_signer import InvalidUrlError, Policy, Verifier, boto2, signed_url

from support.keys import pem_of

KEY_ID = "K2JCJMDEHXQW5F"
HOST = "https://media.example"
EXPIRES = 4_000_000_000
NOW = 2_000_000_000
VIEWER = "192.0.2.7"
TERMS = {"expires": EXPIRES}


def _boto2(signer, url, **terms):
    pem = signer.rsa_signer.to_pem()
    return boto2.create_signed_url(url, KEY_ID, EXPIRES, private_key_string=pem, **terms)


WAYS = {
    "sign_url": lambda signer, url: signer.sign_url(url, **TERMS),
    "align": lambda signer, url: signer.sign_url(url, **TERMS, align=3600),
    "ip_address": lambda signer, url: signer.sign_url(url, **TERMS, ip_address="192.0.2.0/24"),
    "not_before": lambda signer, url: signer.sign_url(url, **TERMS, not_before=1_000_000_000),
    "all of them": lambda signer, url: signer.sign_url(url, **TERMS, align=3600, ip_address=VIEWER, not_before=10**9),
    "sign_urls": lambda signer, url: signer.sign_urls([f"{HOST}/other", url, url], **TERMS)[1],
    "sign_urls, ip_address": lambda signer, url: signer.sign_urls([url, f"{HOST}/a"], **TERMS, ip_address=VIEWER)[0],
    "sign_urls, align": lambda signer, url: signer.sign_urls([url, f"{HOST}/a"], **TERMS, align=3600)[0],
    "generate_presigned_url": lambda signer, url: signer.generate_presigned_url(url, EXPIRES),
    "signed_url": lambda signer, url: signed_url(url, key_id=KEY_ID, private_key=signer.rsa_signer, **TERMS),
    "signed_url, not_before": lambda signer, url: signed_url(
        url, key_id=KEY_ID, private_key=signer.rsa_signer, **TERMS, not_before=1_000_000_000
    ),
    "boto 2": _boto2,
    "boto 2, ip_address": lambda signer, url: _boto2(signer, url, ip_address=VIEWER),
    "boto 2, valid_after_time": lambda signer, url: _boto2(signer, url, valid_after_time=1_000_000_000),
}
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module")
def verifier(rsa_key):
    return Verifier({KEY_ID: rsa_key.public_key()})


class Capability:
    """What somebody has who holds a signed URL: the policy's bytes, and their signature."""

    def __init__(self, signed):
        self.url, self.parameters = _split(signed)
        if "Policy" in self.parameters:
            self.policy = _from_base64(self.parameters["Policy"])
        else:
            # Written out here, so that nothing of ours is trusted.
            condition = f'{{"DateLessThan":{{"AWS:EpochTime":{self.parameters["Expires"]}}}}}'
            self.policy = f'{{"Statement":[{{"Resource":"{self.url}","Condition":{condition}}}]}}'.encode()

    @property
    def signature(self):
        return _from_base64(self.parameters["Signature"])

    def requests(self, url):
        """That URL with all that can be sent for it: the policy itself, and `Expires` if that is what there was."""
        separator = "&" if "?" in url else "?"
        signature = f"Signature={self.parameters['Signature']}&Key-Pair-Id={KEY_ID}"
        yield f"{url}{separator}Policy={_to_base64(self.policy)}&{signature}"
        if "Expires" in self.parameters:
            yield f"{url}{separator}Expires={self.parameters['Expires']}&{signature}"

    def opened(self, url, verifier):
        return [bool(verifier.check(request, ip_address=VIEWER, now=NOW)) for request in self.requests(url)]


def _split(signed):
    address, _, query = signed.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    signing = {name: value for name, _, value in pairs if name in ("Expires", "Policy", "Signature", "Key-Pair-Id")}
    own = "&".join(name + equals + value for name, equals, value in pairs if name not in signing)
    return (f"{address}?{own}" if own else address), signing


def _to_base64(data):
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))


def _from_base64(text):
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)


def siblings(name):
    """Other names, which this one would match if its `*`, and its `?` behind the first, were wildcards."""
    first = name.find("?")
    wild = [at for at, character in enumerate(name) if character == "*" or (character == "?" and at != first)]
    found = set()
    for at in wild:
        # None of them holds anything that would be escaped, so each is sent as it stands.
        others = ("", "x", "x/y", "-other/secret-", "%2F", "x?a=b") if name[at] == "*" else "xX.-/="
        found |= {name[:at] + other + name[at + 1 :] for other in others}
    found.add("".join("x" if at in wild else character for at, character in enumerate(name)))
    return found - {name}


PIECES = ["*", "?", "**", "??", "a", "b/", ".pdf", "report", "=", "&", "%41", "é"]
NAMES = [
    "reports/a*b.pdf",
    "????????.pdf",
    "*",
    "**/*",
    "a?b*c?d*",
    "?*",
    "??",
    "a?b=c?d",
    "a*?b",
    "a?b?",
    "a*/b*.ts?t=*",
]


def check(signed, name, verifier):
    """What was signed opens its own name, and no other one, however it is sent."""
    capability = Capability(signed)
    policy = Policy.from_json(capability.policy)
    assert policy.resource == capability.url
    assert "*" not in capability.url
    assert capability.url.count("?") <= 1
    assert all(capability.opened(capability.url, verifier))
    for sibling in siblings(name):
        assert not any(capability.opened(f"{HOST}/{sibling}", verifier)), sibling


@every_way
@given(name=st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_a_url_opens_no_other_name(way, name, signer, verifier):
    check(WAYS[way](signer, f"{HOST}/{name}"), name, verifier)


@every_way
@pytest.mark.parametrize("name", NAMES)
def test_a_url_of_these_opens_no_other_name(way, name, signer, verifier, rsa_reference):
    assert siblings(name)
    signed = WAYS[way](signer, f"{HOST}/{name}")
    check(signed, name, verifier)
    capability = Capability(signed)
    rsa_reference.public_key().verify(capability.signature, capability.policy, padding.PKCS1v15(), hashes.SHA1())


@pytest.mark.parametrize("more", [[], ["--ip-address", VIEWER], ["--date-greater-than", "1000000000"]])
def test_a_url_of_the_command_line_opens_no_other_name(more, tmp_path, rsa_reference, verifier):
    urls = [argument for name in NAMES for argument in ("--url", f"{HOST}/{name}")]
    signed = run_sign(tmp_path, rsa_reference, *urls, *more)
    assert len(signed) == len(NAMES)
    for name, line in zip(NAMES, signed, strict=True):
        check(line, name, verifier)


def run_sign(tmp_path, reference, *arguments):
    (tmp_path / "key.pem").write_bytes(pem_of(reference))
    command = [sys.executable, "-m", "cloudfront_signer.cli", "sign", "--key-pair-id", KEY_ID]
    command += ["--private-key", str(tmp_path / "key.pem"), "--date-less-than", str(EXPIRES), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@every_way
def test_the_first_question_mark_is_the_one_exception(way, signer, verifier):
    """It starts the query, and cannot be written otherwise: it opens names that have some other character there."""
    capability = Capability(WAYS[way](signer, f"{HOST}/a?b=c?d"))
    resent, *as_it_was = capability.opened(f"{HOST}/axb=c%3Fd", verifier)
    assert resent
    assert not any(as_it_was)
    assert not any(capability.opened(f"{HOST}/axxb=c%3Fd", verifier))


@every_way
def test_a_star_in_a_host_is_refused(way, signer):
    with pytest.raises(InvalidUrlError, match="host"):
        WAYS[way](signer, "https://*.example/a")


@pytest.mark.parametrize("name", ["*", "**", "*.example/a", "*.example/*", "videos/*", "*media.example*"])
def test_a_streams_name_opens_no_url(name, signer):
    """A lone star is everything; and a name can have no escape for it, for players send it as it is."""
    with pytest.raises(InvalidUrlError, match="stream name"):
        signer.sign_stream(name, expires=EXPIRES)


# --- Wildcards that are meant -------------------------------------------------------------------------------------

PATTERN = f"{HOST}/reports/a*b?.pdf"
COVERED = [f"{HOST}/reports/a-other/secret-bc.pdf", f"{HOST}/reports/abx.pdf"]
WITH_A_PATTERN = {
    "resource": lambda signer, url: signer.sign_url(url, **TERMS, resource=PATTERN),
    "resource, all terms": lambda signer, url: signer.sign_url(
        url, **TERMS, resource=PATTERN, align=60, ip_address=VIEWER, not_before=1_000_000_000
    ),
    "policy": lambda signer, url: signer.sign_url(url, policy=Policy(PATTERN, **TERMS)),
    "sign_urls, resource": lambda signer, url: signer.sign_urls([url], **TERMS, resource=PATTERN)[0],
    "sign_urls, policy": lambda signer, url: signer.sign_urls([url], policy=Policy(PATTERN, **TERMS))[0],
    "botocore's policy": lambda signer, url: signer.generate_presigned_url(
        url, policy=signer.build_policy(PATTERN, EXPIRES)
    ),
    "signed_url, resource": lambda signer, url: signed_url(
        url, key_id=KEY_ID, private_key=signer.rsa_signer, **TERMS, resource=PATTERN
    ),
    "grant": lambda signer, url: signer.grant(PATTERN, **TERMS).url(url),
    "boto 2's policy_url": lambda signer, url: _boto2(signer, url, policy_url=PATTERN),
}


@pytest.mark.parametrize("way", WITH_A_PATTERN)
@pytest.mark.parametrize("url", [PATTERN, COVERED[0]], ids=["the pattern itself", "another"])
def test_a_resource_and_a_policy_keep_their_wildcards(way, url, signer, verifier):
    signed = WITH_A_PATTERN[way](signer, url)
    # The URL itself is left as it was given, too.
    assert signed.startswith(f"{url}{'&' if '?' in url else '?'}Policy=")
    check_the_pattern(signed, verifier)


def test_the_command_line_keeps_the_wildcards_of_a_resource(tmp_path, rsa_reference, verifier):
    (signed,) = run_sign(tmp_path, rsa_reference, "--url", COVERED[0], "--policy-resource", PATTERN)
    check_the_pattern(signed, verifier)


def test_cookies_keep_their_wildcards(signer, verifier):
    cookies = dict(signer.sign_cookies(PATTERN, **TERMS))
    assert all(verifier.check(url, cookies=cookies, now=NOW) for url in COVERED)


def check_the_pattern(signed, verifier):
    capability = Capability(signed)
    assert Policy.from_json(capability.policy).resource == PATTERN
    for url in COVERED:
        assert all(capability.opened(url, verifier))
    assert not any(capability.opened(f"{HOST}/reports/b.pdf", verifier))
