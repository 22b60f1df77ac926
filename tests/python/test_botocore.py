"""Byte for byte what botocore gives, wherever botocore's result could work."""

from datetime import UTC, datetime, timedelta, timezone

import botocore.signers
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import cloudfront_signer.boto2
from cloudfront_signer import InvalidPolicyError, Policy, rsa_signer

# What RFC 3986 allows in each; botocore signs the rest raw, and clients encode it on the way.
PATH = st.lists(st.sampled_from([*"abcXYZ019-._~!$'()+,;:@/=&", "%2a", "%7E"]), max_size=40).map("".join)
QUERY = st.lists(st.sampled_from([*"abcXYZ019-._~!$()+,;:@/=&", "%2a", "%27"]), min_size=1, max_size=30).map("".join)
URLS = st.builds(
    lambda scheme, path, query: f"{scheme}://d111111abcdef8.cloudfront.net/{path}" + (f"?{query}" if query else ""),
    st.sampled_from(["http", "https"]),
    PATH,
    st.none() | QUERY,
)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=45))])
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


@pytest.fixture(scope="session")
def theirs(rsa_reference):
    def sign(message):
        return rsa_reference.sign(message, padding.PKCS1v15(), hashes.SHA1())

    return botocore.signers.CloudFrontSigner("K2JCJMDEHXQW5F", sign)


@settings(max_examples=150, deadline=None)
@given(url=URLS, end=TIMES)
def test_canned(theirs, signer, url, end):
    assert signer.generate_presigned_url(url, date_less_than=end) == theirs.generate_presigned_url(url, end)


@settings(max_examples=150, deadline=None)
@given(
    path=PATH,
    end=TIMES,
    before=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=300)),
    address=st.none() | st.sampled_from(["192.0.2.1", "192.0.2.0/24", "12.34.56.78/9", "10.52.17.9/0"]),
)
def test_custom(theirs, signer, path, end, before, address):
    resource, start = "https://d111111abcdef8.cloudfront.net/*", before and end - before
    policy = theirs.build_policy(resource, end, start, address)
    assert signer.build_policy(resource, end, start, address) == policy
    url = f"https://d111111abcdef8.cloudfront.net/{path}"
    assert signer.generate_presigned_url(url, policy=policy) == theirs.generate_presigned_url(url, policy=policy)


@given(resource=st.text(st.characters(max_codepoint=127), max_size=30) | st.text(max_size=30), end=TIMES)
@example(resource="videos/a.flv", end=datetime(2030, 1, 1))
@example(resource='mp4:\x7f\x00\n"\\/ü€🎬', end=datetime(2030, 1, 1))
@example(resource="rtmp://a/b {}", end=datetime(2030, 1, 1))
def test_a_resource_may_be_any_text(theirs, signer, resource, end):
    assume(not resource.startswith(("*", "http://", "https://")))
    policy = signer.build_policy(resource, end)
    assert policy == theirs.build_policy(resource, end)
    assert Policy.from_json(policy).resource == resource


def test_a_distant_second_is_rounded_as_botocore_does(theirs, signer):
    end = datetime(2515, 1, 1, 23, 59, 58, 999999)
    assert signer.build_policy("https://a/*", end) == theirs.build_policy("https://a/*", end)


def test_botocores_class_with_our_signer(theirs, rsa_key):
    mixed = botocore.signers.CloudFrontSigner("K2JCJMDEHXQW5F", rsa_signer(rsa_key))
    end = datetime(2030, 1, 1)
    url = "https://d111111abcdef8.cloudfront.net/a"
    assert mixed.generate_presigned_url(url, end) == theirs.generate_presigned_url(url, end)


def test_pretty_policies_keep_their_bytes(theirs, signer):
    policy = '{ "Statement": [{"Condition": {"DateLessThan": {"AWS:EpochTime": 1}}}] }\n'
    url = "https://d111111abcdef8.cloudfront.net/a"
    assert signer.generate_presigned_url(url, policy=policy) == theirs.generate_presigned_url(url, policy=policy)


def test_both_or_neither(signer):
    with pytest.raises(InvalidPolicyError, match="neither"):
        signer.generate_presigned_url("https://a/b")
    with pytest.raises(InvalidPolicyError, match="both"):
        signer.generate_presigned_url("https://a/b", datetime(2030, 1, 1), policy="{}")


def test_boto2_custom_policy_order(rsa_key):
    url = cloudfront_signer.boto2.create_signed_url(
        "https://a/b", "K1", 1900000000, 1800000000, "192.0.2.1", "https://a/*", private_key_string=rsa_key.to_pem()
    )
    policy = cloudfront_signer.Policy.from_encoded(url.split("Policy=")[1].split("&")[0])
    assert policy.to_json() == (
        '{"Statement":[{"Resource":"https://a/*","Condition":{"DateLessThan":{"AWS:EpochTime":1900000000},'
        '"DateGreaterThan":{"AWS:EpochTime":1800000000},"IpAddress":{"AWS:SourceIp":"192.0.2.1/32"}}}]}'
    )
