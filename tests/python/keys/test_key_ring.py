"""The current key pair, the next one, and the moment between them."""

import copy
import inspect
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, InvalidPolicyError, PrivateKey
from cloudfront_signer.keys import KeyRing, KeySource, following

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
RESOURCE = "https://d111111abcdef8.cloudfront.net/*"
END = 2_000_000_000
NOW = END - 60
SWITCH = 1_900_000_100
TERMS = {"expires": END}
# What each of them signs is checked with the key pair id in it.
SIGN = {
    "sign_url": lambda signer: signer.sign_url(URL, **TERMS),
    "sign_urls": lambda signer: signer.sign_urls([URL], **TERMS)[0],
    "sign_cookies": lambda signer: signer.sign_cookies(RESOURCE, **TERMS),
    "signed_parameters": lambda signer: "{}?{}".format(
        URL, "&".join("=".join(pair) for pair in signer.signed_parameters(RESOURCE, **TERMS).items())
    ),
    "sign_stream": lambda signer: f"https://a/{signer.sign_stream('videos/a', escape=False, **TERMS)}",
    "grant": lambda signer: signer.grant(RESOURCE, **TERMS).url(URL),
    "generate_presigned_url": lambda signer: signer.generate_presigned_url(URL, date_less_than=END),
}


@pytest.fixture(scope="module")
def keys():
    return PrivateKey.generate(), PrivateKey.generate("ecdsa-p256")


@pytest.fixture
def ring(keys, clock):
    return KeyRing(("K1", keys[0]), ("K2", keys[1]), switch_at=SWITCH)


def key_id_of(signed):
    if not isinstance(signed, str):
        return signed["CloudFront-Key-Pair-Id"]
    return signed.partition("Key-Pair-Id=")[2].partition("&")[0]


@pytest.mark.parametrize("name", SIGN)
def test_every_method_signs_with_the_current_pair(ring, clock, name):
    signer, verifier = ring.signer(), ring.verifier()
    for now, key_id in ((SWITCH - 0.001, "K1"), (SWITCH, "K2"), (SWITCH + 1e6, "K2")):
        clock.now = now
        signed = SIGN[name](signer)
        assert key_id_of(signed) == key_id == ring.key_pair_id == signer.key_id
        if name == "sign_stream":
            continue
        url, cookies = (signed, None) if isinstance(signed, str) else (URL, signed)
        decision = verifier.check(url, cookies=cookies, now=NOW)
        assert decision.allowed
        assert decision.key_id == key_id


def test_a_clock_that_is_set_back_over_the_switch(ring, clock):
    signer, found = ring.signer(), []
    for clock.now in (SWITCH - 1, SWITCH + 1, SWITCH - 1):
        found.append(signer.key_id)
    assert found == ["K1", "K2", "K1"]


def test_no_method_of_a_signer_is_forgotten():
    public = {name for name in vars(CloudFrontSigner) if not name.startswith("_")} - {"from_env"}
    assert public <= vars(following.FollowingSigner).keys()
    methods = {name for name in public if callable(getattr(CloudFrontSigner, name))}
    assert methods == SIGN.keys() | {"build_policy"}


def test_the_methods_take_what_those_of_a_signer_take():
    for name in (*SIGN, "build_policy"):
        ours, theirs = (inspect.signature(getattr(cls, name)) for cls in (following.FollowingSigner, CloudFrontSigner))
        # Without self.
        names = [(one.name, one.kind, one.default) for one in theirs.parameters.values()][1:]
        assert [(one.name, one.kind, one.default) for one in ours.parameters.values()][1:] == names, name


def test_all_terms_are_passed_on(ring):
    signer = ring.signer()
    plain = CloudFrontSigner("K1", signer.rsa_signer)
    terms = {"expires": END, "not_before": 1_000_000_000, "ip_address": "192.0.2.0/24", "align": 3600}
    assert signer.sign_url(URL, resource=RESOURCE, **terms) == plain.sign_url(URL, resource=RESOURCE, **terms)
    assert signer.sign_urls([URL], resource=RESOURCE, **terms) == plain.sign_urls([URL], resource=RESOURCE, **terms)
    assert dict(signer.sign_cookies(RESOURCE, **terms)) == dict(plain.sign_cookies(RESOURCE, **terms))
    assert signer.signed_parameters(RESOURCE, **terms) == plain.signed_parameters(RESOURCE, **terms)
    assert signer.grant(RESOURCE, **terms).query == plain.grant(RESOURCE, **terms).query
    policy = plain.build_policy(RESOURCE, END, 1_000_000_000, "192.0.2.0/24")
    assert signer.build_policy(RESOURCE, END, 1_000_000_000, "192.0.2.0/24") == policy
    for name in ("sign_url", "generate_presigned_url"):
        assert getattr(signer, name)(URL, policy=policy) == getattr(plain, name)(URL, policy=policy)
    assert signer.sign_urls([URL], policy=policy) == plain.sign_urls([URL], policy=policy)
    assert dict(signer.sign_cookies(policy=policy)) == dict(plain.sign_cookies(policy=policy))
    assert signer.signed_parameters(policy=policy) == plain.signed_parameters(policy=policy)
    for escape in (True, False):
        stream = plain.sign_stream("videos/a", expires=END, escape=escape, align=7)
        assert signer.sign_stream("videos/a", expires=END, escape=escape, align=7) == stream


def test_verifiers_accept_both_before_and_after(ring, clock):
    signer, early = ring.signer(), ring.verifier()
    first = signer.sign_url(URL, **TERMS)
    clock.now = SWITCH + 1
    late = ring.verifier()
    second = signer.sign_url(URL, **TERMS)
    assert {key_id_of(first), key_id_of(second)} == {"K1", "K2"}
    for verifier in (early, late):
        assert sorted(verifier.key_ids) == ring.key_pair_ids == ["K1", "K2"]
        assert verifier.check(first, now=NOW)
        assert verifier.check(second, now=NOW)


def test_one_pair_needs_no_switch(keys):
    ring = KeyRing(("K1", keys[0]))
    assert ring.key_pair_id == "K1"
    assert ring.key_pair_ids == ring.verifier().key_ids == ["K1"]
    assert key_id_of(ring.signer().sign_url(URL, **TERMS)) == "K1"


def test_an_id_and_a_key_are_never_mixed(keys):
    """While threads sign, the clock goes back and forth over the switch."""
    ring = KeyRing(("K1", keys[1]), ("K2", PrivateKey.generate("ecdsa-p256")), switch_at=SWITCH)
    signer, verifier, times = ring.signer(), ring.verifier(), [SWITCH - 1.0, SWITCH + 1.0]
    calls = iter(range(10**9))
    with pytest.MonkeyPatch.context() as patch:
        for module in (following, sys.modules["cloudfront_signer.keys.ring"]):
            patch.setattr(module, "time", lambda: times[next(calls) // 7 % 2])
        found = []

        def work():
            found.extend(signer.sign_url(f"{URL}?{number}", **TERMS) for number in range(100))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    decisions = [verifier.check(url, now=NOW) for url in found]
    assert len(decisions) == 800
    assert all(decisions)
    assert {one.key_id for one in decisions} == {"K1", "K2"}


def test_sources_in_a_ring(clock):
    calls = []

    def source(name):
        key = PrivateKey.generate("ecdsa-p256")

        def fetch():
            calls.append(name)
            return key

        return KeySource(fetch, name=name, lifetime=50)

    ring = KeyRing(("K1", source("old")), ("K2", source("new")), switch_at=SWITCH)
    signer = ring.signer()
    assert calls == []
    signer.sign_url(URL, **TERMS)
    signer.sign_url(URL, **TERMS)
    assert calls == ["old"], "the next key is not needed yet"
    clock.now += 60
    while calls == ["old"]:
        signer.sign_url(URL, **TERMS)
    assert calls == ["old", "old"]
    # The lifetime of the old key reaches over the switch.
    clock.now = SWITCH
    assert key_id_of(signer.sign_url(URL, **TERMS)) == "K2"
    assert ring.verifier().check(signer.sign_url(URL, **TERMS), now=NOW)


def test_options(ring, clock):
    signer = ring.signer(hash_algorithm="SHA256", expires=timedelta(hours=1), align=60, domain="a.example")
    assert (signer.hash_algorithm, signer.domain, signer.align) == ("SHA256", "a.example", timedelta(seconds=60))
    assert ring.signer().hash_algorithm == "SHA1"
    clock.now = SWITCH
    assert ring.signer().hash_algorithm == "SHA256"
    with pytest.raises(ValueError, match="domain"):
        ring.signer(domain="a/b")


def test_a_callable_brings_its_hash_algorithm(keys):
    class Remote:
        hash_algorithm = "SHA256"

        def __call__(self, message):
            return keys[0].sign(message, "SHA256")

    def plain(message):
        return keys[0].sign(message, "SHA1")

    for remote in (Remote(), plain):
        ring = KeyRing(("K1", remote))
        url = ring.signer().sign_url(URL, **TERMS)
        assert KeyRing(("K1", keys[0])).verifier().check(url, now=NOW)
        with pytest.raises(InvalidKeyError, match=r"^K1: a (Remote|function) has no public key: make a Verifier"):
            ring.verifier()


@pytest.mark.parametrize(
    "moment",
    [
        SWITCH,
        float(SWITCH),
        datetime.fromtimestamp(SWITCH, UTC),
        datetime.fromtimestamp(SWITCH, UTC).isoformat(),
    ],
)
def test_moments(keys, clock, moment):
    ring = KeyRing(("K1", keys[0]), ("K2", keys[1]), switch_at=moment)
    found = []
    for clock.now in (SWITCH - 0.5, SWITCH):
        found.append(ring.key_pair_id)
    assert found == ["K1", "K2"]


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        (timedelta(days=1), "^switch_at: a timedelta would begin anew in each process"),
        (datetime(2030, 1, 1), "^switch_at: a datetime without a time zone"),
        (5, "^switch_at: time 5 is before 2001"),
        (1e13, "^switch_at: .* milliseconds"),
        ("soon", "^switch_at: .*ISO 8601"),
    ],
)
def test_what_is_no_moment(keys, moment, message):
    with pytest.raises(InvalidPolicyError, match=message):
        KeyRing(("K1", keys[0]), ("K2", keys[1]), switch_at=moment)


def test_arguments(keys):
    for wrong in ({"next": ("K2", keys[1])}, {"switch_at": SWITCH}):
        with pytest.raises(TypeError, match="give next and switch_at together, or neither"):
            KeyRing(("K1", keys[0]), **wrong)
    for pair in (keys[0], "K1", ("K1",)):
        with pytest.raises(TypeError, match=r"^current: expected a key pair id and a key, found"):
            KeyRing(pair)
    with pytest.raises(ValueError, match="key"):
        KeyRing(("", keys[0]))
    with pytest.raises(TypeError, match="switch_at"):
        KeyRing(("K1", keys[0]), ("K2", keys[1]), switch_at=[])
    with pytest.raises(TypeError, match="rsa_signer"):
        KeyRing(("K1", 7))


def test_attributes_cannot_be_replaced(ring):
    signer = ring.signer()
    for name in ("key_id", "rsa_signer", "expires"):
        with pytest.raises(AttributeError):
            setattr(signer, name, "K3")


def test_copies_and_reprs(ring):
    assert copy.copy(ring) is copy.deepcopy(ring) is ring
    assert repr(ring) == "<KeyRing K1, K2>"
    assert repr(ring.signer()) == "<CloudFrontSigner of <KeyRing K1, K2>>"
