"""What a notebook shows: a table, in which no text of a URL, a cookie or a policy becomes HTML, and no signature."""

import html
import json
import re
from html.parser import HTMLParser

import pytest

import cloudfront_signer
from cloudfront_signer import CloudFrontSigner, Policy, Verifier, inspect

SCRIPT = "<script>alert('&quot;\"')</script>"
SITE = "https://media.example.com"
END = 2_000_000_000


class Table(HTMLParser):
    """The tags, and the rows as pairs of texts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells = set(), []
        self.feed(text)
        self.rows = list(zip(self.cells[::2], self.cells[1::2], strict=True))

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert all(name == "style" and re.fullmatch("[a-z:;-]+", value) for name, value in attributes)
        if tag in {"th", "td"}:
            self.cells.append("")

    def handle_data(self, data):
        self.cells[-1] += data


def shown(thing):
    """The rows of the table, which is all that there is."""
    table = Table(thing._repr_html_())
    assert table.tags == {"table", "tr", "th", "td"}
    assert table.rows
    return table.rows


def cases(signer, verifier):
    """By a name: an object that a script was put into."""
    raw = json.dumps(
        {"Statement": [{"Resource": f"{SITE}/{SCRIPT}*", "Condition": {"DateLessThan": {"AWS:EpochTime": END}}}]},
        separators=(",", ":"),
    )
    cookies = signer.sign_cookies(policy=raw)
    covered = f"{SITE}/{SCRIPT.replace('&', '%26')}.mp4"
    signed = f"{covered}?{signer.sign_url(f'{SITE}/a', policy=Policy(f'{SITE}/*', expires=END)).partition('?')[2]}"
    yield "policy", Policy.from_json(raw)
    yield "cookies", cookies
    yield "grant", signer.grant(f"{SITE}/{SCRIPT}*", expires=END)
    yield "inspection of a URL", inspect(signed)
    yield "inspection of cookies", inspect(cookies)
    yield "decision, with its policy", verifier.check(f"{SITE}/{SCRIPT}", cookies=cookies)
    for name in ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"):
        parameters = {"Expires": str(END), "Signature": "aGk_", "Key-Pair-Id": signer.key_id, name: SCRIPT}
        query = "&".join(f"{one}={value.replace('&', '%26')}" for one, value in parameters.items())
        inspection = inspect(f"{SITE}/a?{query}")
        yield f"inspection, {name}", inspection
        yield f"decision, {name}", verifier.check(f"{SITE}/a?{query}")
        diagnosis = inspection.diagnose(verifier)
        yield f"diagnosis, {name}", diagnosis
        yield from ((f"mistake, {name}", mistake) for mistake in diagnosis.mistakes)


# Those that show the text. The grant's resource is percent-encoded, as it is signed.
SHOWN = {
    "policy",
    "cookies",
    "inspection of a URL",
    "inspection of cookies",
    "decision, with its policy",
    *(
        f"{kind}, {name}"
        for kind in ("inspection", "decision", "diagnosis", "mistake")
        for name in ("Expires", "Key-Pair-Id", "Hash-Algorithm")
    ),
}


def test_no_text_becomes_html(signer, rsa_key):
    verifier = Verifier({signer.key_id: rsa_key.public_key()})
    found = {}
    for name, thing in cases(signer, verifier):
        found[name] = found.get(name, False) or any("<script>" in text for _, text in shown(thing))
        assert "<script" not in thing._repr_html_()
    assert {name for name, script in found.items() if script} == SHOWN


def test_what_is_in_the_tables(signer, rsa_key):
    verifier = Verifier({signer.key_id: rsa_key.public_key()})
    grant = signer.grant(f"{SITE}/*", expires=END, not_before=END - 9, ip_address="192.0.2.0/24")
    policy = dict(shown(grant.policy))
    assert (policy["resource"], policy["IP address"]) == (f"{SITE}/*", "192.0.2.0/24")
    assert policy["expires"].startswith("2033-05-18 03:33:20 UTC, ")
    assert policy["starts"].startswith("2033-05-18 03:33:11 UTC, ")
    assert policy["policy"] == grant.policy.to_json()
    for thing in (grant, grant.cookies, inspect(grant.cookies)):
        rows = dict(shown(thing))
        assert rows.items() >= {"key pair id": signer.key_id, "signature": "256 bytes: RSA-2048"}.items()
        assert rows["resource"] == f"{SITE}/*"
    assert dict(shown(grant.cookies))["cookies"] == ", ".join(grant.cookies)
    url = grant.url(f"{SITE}/a.mp4")
    allowed = dict(shown(verifier.check(url, ip_address="192.0.2.7", now=END - 5)))
    assert allowed.items() >= {"decision": "200 allowed", "via": "url", "key pair id": signer.key_id}.items()
    assert allowed["resource"] == f"{SITE}/*"
    # The time left at another moment would be wrong.
    assert allowed["expires"] == "2033-05-18 03:33:20 UTC"
    late = dict(shown(verifier.check(url, ip_address="192.0.2.7", now=END + 720)))
    assert late["decision"] == "403 AccessDenied: Access denied"
    assert late["reason"] == "expired 12 minutes ago (2033-05-18 03:33:20 UTC)"
    assert late["resource"] == f"{SITE}/*"
    diagnosis = dict(shown(inspect(url).diagnose(verifier, ip_address="192.0.2.7", now=END + 720)))
    assert diagnosis["decision"] == late["decision"]
    assert diagnosis["wrong"].startswith("expired")
    assert "later expiry" in diagnosis["right"]
    unsigned = dict(shown(verifier.check(SITE)))
    assert unsigned["decision"] == "403 MissingKey: Missing Key-Pair-Id query parameter or cookie value"
    assert unsigned.keys() == {"decision", "reason"}


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_no_signature_and_no_cookie_is_shown(kind, rsa_key, ec_key):
    key = {"rsa": rsa_key, "ec": ec_key}[kind]
    signer = CloudFrontSigner("K1", key)
    grant = signer.grant(f"{SITE}/*", expires=END)
    url = signer.sign_url(f"{SITE}/a", expires=END)
    verifier = Verifier({"K1": key.public_key()})
    hidden = [
        grant.cookies["CloudFront-Signature"],
        grant.cookies["CloudFront-Policy"],
        url.split("Signature=")[1].split("&")[0],
    ]
    for thing in (grant, grant.cookies, grant.policy, inspect(grant.cookies), inspect(url), verifier.check(url)):
        text = html.unescape(thing._repr_html_())
        assert not any(one[start : start + 16] in text for one in hidden for start in range(0, len(one) - 15, 8))


def test_the_classes_with_a_table():
    """Those that say something; a key and a signer do not."""
    tables = {name for name in cloudfront_signer.__all__ if hasattr(getattr(cloudfront_signer, name), "_repr_html_")}
    assert tables == {"Decision", "Diagnosis", "Grant", "Inspection", "Mistake", "Policy", "SignedCookies"}
