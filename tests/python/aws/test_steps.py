"""Each step alone: what it makes, what it leaves alone, and what it says where AWS refuses."""

from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, NoRegionError, ProfileNotFound
from botocore.stub import Stubber

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer.aws import (
    SetupError,
    bucket,
    bucket_policy,
    checks,
    distribution,
    frameworks,
    keys,
    legacy,
    origin_access,
)
from cloudfront_signer.aws.distribution_config import build_config
from cloudfront_signer.aws.errors import explain, explained
from cloudfront_signer.aws.legacy import Identity
from cloudfront_signer.aws.state import State

PEM = PrivateKey.generate("ecdsa-p256").public_key().to_pem()


@pytest.fixture
def s3(client):
    s3 = client("s3")
    bucket.ensure_bucket(s3, "my-bucket")
    return s3


def test_buckets(client, s3, tmp_path):
    assert not bucket.ensure_bucket(s3, "my-bucket"), "it is there already"
    assert bucket.domain_name(s3, "my-bucket") == "my-bucket.s3.eu-west-1.amazonaws.com"
    (tmp_path / "large.bin").write_bytes(bytes(9 << 20))
    seen = []
    assert bucket.upload(s3, "my-bucket", bucket.files_of(tmp_path / "large.bin"), seen.append) == ["large.bin"]
    assert sum(seen) == 9 << 20
    head = s3.head_object(Bucket="my-bucket", Key="large.bin")
    assert (head["ContentLength"], head["ContentType"]) == (9 << 20, "application/octet-stream")
    assert head["ETag"].endswith('-2"'), "in two parts"
    with pytest.raises(SetupError, match="no such file or folder"):
        bucket.files_of(tmp_path / "none")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert [key for _, key in bucket.files_of(tmp_path)] == ["large.bin"], "links may lead anywhere"
    bucket.empty_bucket(s3, "my-bucket")
    bucket.delete_bucket(s3, "my-bucket")
    bucket.delete_bucket(s3, "my-bucket")


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [("403", 403, "belongs to another account"), ("301", 301, "another region"), ("SlowDown", 503, "throttles")],
)
def test_bucket_names_that_are_not_ours(code, status, message):
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_client_error("head_bucket", code, http_status_code=status)
        with pytest.raises(SetupError, match=message):
            bucket.ensure_bucket(client, "my-bucket")


def test_us_east_1_has_no_location():
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_client_error("head_bucket", "404", http_status_code=404)
        stub.add_client_error("create_bucket", "BucketAlreadyExists", expected_params={"Bucket": "my-bucket"})
        with pytest.raises(SetupError, match="choose another"):
            bucket.ensure_bucket(client, "my-bucket")


def test_origin_access(client):
    cloudfront = client("cloudfront")
    control = origin_access.ensure_origin_access_control(cloudfront, "one")
    assert origin_access.ensure_origin_access_control(cloudfront, "one") == control
    identity = legacy.ensure_origin_access_identity(cloudfront, "one")
    assert legacy.ensure_origin_access_identity(cloudfront, "one") == identity
    assert len(identity.s3_canonical_user_id) == 64


def test_statements_keep_to_themselves(s3):
    mine = {"Sid": "Mine", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    mine["Resource"] = "arn:aws:s3:::my-bucket/*"
    one = bucket_policy.distribution_statement("my-bucket", "Ours", ["arn:b", "arn:a"])
    assert one["Condition"] == {"StringEquals": {"AWS:SourceArn": ["arn:a", "arn:b"]}}
    bucket_policy.ensure_statement(s3, "my-bucket", mine)
    bucket_policy.ensure_statement(s3, "my-bucket", one)
    other = bucket_policy.distribution_statement("my-bucket", "Ours", ["arn:c"])
    bucket_policy.ensure_statement(s3, "my-bucket", other)
    assert bucket_policy.read_policy(s3, "my-bucket")["Statement"] == [mine, other]
    bucket_policy.remove_statement(s3, "my-bucket", "Ours")
    bucket_policy.remove_statement(s3, "my-bucket", "Ours")
    assert bucket_policy.read_policy(s3, "my-bucket")["Statement"] == [mine]
    bucket_policy.remove_statement(s3, "my-bucket", "Mine")
    assert bucket_policy.read_policy(s3, "my-bucket") is None
    bucket_policy.remove_statement(s3, "my-bucket", "Mine")


def test_the_guides_grants_stay_beside_those_that_are_there():
    """Against botocore's own model: moto does not keep a second grant."""
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    there = {"Grantee": {"ID": "o", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    ours = {"Grantee": {"ID": "c", "Type": "CanonicalUser"}, "Permission": "READ"}
    with Stubber(client) as stub:
        stub.add_response("get_object_acl", {"Owner": {"ID": "o"}, "Grants": [there]}, {"Bucket": "b", "Key": "new"})
        policy = {"Grants": [there, ours], "Owner": {"ID": "o"}}
        stub.add_response("put_object_acl", {}, {"Bucket": "b", "Key": "new", "AccessControlPolicy": policy})
        stub.add_response(
            "get_object_acl", {"Owner": {"ID": "o"}, "Grants": [there, ours]}, {"Bucket": "b", "Key": "old"}
        )
        assert legacy.grant_objects(client, "b", Identity("E1", "c"), ["new", "old"]) == 1
        stub.assert_no_pending_responses()


def test_a_bucket_that_refuses_acls():
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        owner = {"Owner": {"ID": "o"}, "Grants": []}
        stub.add_response("get_object_acl", owner)
        stub.add_client_error("put_object_acl", "AccessControlListNotSupported")
        with pytest.raises(SetupError, match="use the bucket policy"):
            legacy.grant_objects(client, "my-bucket", Identity("E1", "c"), ["a"])


def test_keys(client, tmp_path):
    cloudfront, path = client("cloudfront"), tmp_path / "key.pem"
    made = keys.ensure_private_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.ensure_private_key(path).to_pem() == made.to_pem()
    with pytest.raises(SetupError, match="No such file"):
        keys.ensure_private_key(tmp_path / "none" / "key.pem")
    first = keys.ensure_public_key(cloudfront, "k", PEM)
    assert keys.ensure_public_key(cloudfront, "k", PEM) == first
    with pytest.raises(SetupError, match="it does not match the private key"):
        keys.ensure_public_key(cloudfront, "k", made.public_key().to_pem())
    group = keys.ensure_key_group(cloudfront, "g", [first])
    assert keys.ensure_key_group(cloudfront, "g", [first]) == group


def test_rotation_keeps_its_order(client):
    cloudfront = client("cloudfront")
    old = keys.ensure_public_key(cloudfront, "old", PEM)
    group = keys.ensure_key_group(cloudfront, "g", [old])
    pem = PrivateKey.generate("ecdsa-p256").public_key().to_pem()
    new = keys.begin_rotation(cloudfront, group, "new", pem)
    assert cloudfront.get_key_group(Id=group)["KeyGroup"]["KeyGroupConfig"]["Items"] == [old, new]
    assert keys.begin_rotation(cloudfront, group, "new", pem) == new, "again changes nothing"
    keys.end_rotation(cloudfront, group, old)
    assert cloudfront.get_key_group(Id=group)["KeyGroup"]["KeyGroupConfig"]["Items"] == [new]
    with pytest.raises(SetupError, match="last key"):
        keys.change_key_group(cloudfront, group, remove=[new])
    with pytest.raises(SetupError, match="at most 5"):
        keys.change_key_group(cloudfront, group, add=["a", "b", "c", "d", "e"])


def test_secrets(client):
    secrets = client("secretsmanager")
    arn = keys.store_private_key(secrets, "key", "one")
    assert keys.store_private_key(secrets, "key", "two") == arn
    assert secrets.get_secret_value(SecretId="key")["SecretString"] == "two"


def test_account_keys():
    assert legacy.account_key_id(Path("pk-APKAIAZRKVIO4BQ.pem")) == "APKAIAZRKVIO4BQ"
    with pytest.raises(InvalidKeyError, match="pk-APK"):
        legacy.account_key_id(Path("key.pem"))


def config(**options):
    settings = {"reference": "r", "comment": "c", "bucket_domain": "b.s3.us-east-1.amazonaws.com", **options}
    return build_config(**settings)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {
            "origin_access_control": "E1",
            "key_groups": ["g"],
            "open_paths": ["/public/*"],
            "default_root_object": "i.html",
        },
        {"identity": "E2", "trusted_signers": ["self", "123456789012"], "price_class": "PriceClass_100"},
        {"aliases": ["a.example"], "certificate": "arn:aws:acm:us-east-1:1:certificate/x", "logging_bucket": "logs"},
    ],
)
def test_configurations_are_what_awss_model_takes(options):
    """botocore's own model checks the request before it would be sent."""
    from botocore.validate import validate_parameters

    model = botocore.session.get_session().get_service_model("cloudfront")
    built = config(**options)
    validate_parameters({"DistributionConfig": built}, model.operation_model("CreateDistribution").input_shape)
    (origin,) = built["Origins"]["Items"]
    identity = f"origin-access-identity/cloudfront/{options['identity']}" if "identity" in options else ""
    assert origin["S3OriginConfig"]["OriginAccessIdentity"] == identity
    assert origin.get("OriginAccessControlId") == options.get("origin_access_control")
    trust = built["DefaultCacheBehavior"]
    assert trust.get("TrustedKeyGroups", {}).get("Items", []) == options.get("key_groups", [])
    assert trust.get("TrustedSigners", {}).get("Items", []) == options.get("trusted_signers", [])
    assert [one["PathPattern"] for one in built["CacheBehaviors"]["Items"]] == options.get("open_paths", [])
    assert ("Logging" in built) == ("logging_bucket" in options)


def test_aliases_need_a_certificate():
    with pytest.raises(SetupError, match="belong together"):
        config(aliases=["a.example"])


def test_distributions(client):
    cloudfront = client("cloudfront")
    made = distribution.ensure_distribution(cloudfront, config())
    assert distribution.ensure_distribution(cloudfront, config()).id == made.id
    assert distribution.read(cloudfront, made.id).domain_name == made.domain_name
    assert distribution.read(cloudfront, "E0000000") is None
    with pytest.raises(SetupError, match="no longer exists"):
        distribution.wait_until_deployed(cloudfront, "E0000000")
    distribution.delete_distribution(cloudfront, made.id, interval=0.0)
    distribution.delete_distribution(cloudfront, made.id, interval=0.0)


def test_a_caller_reference_that_was_used():
    client = boto3.client("cloudfront", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        empty = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0}
        stub.add_response("list_distributions", {"DistributionList": empty})
        told = "The caller reference is associated with another distribution. Already exists: E2ABCDEFGHIJKL"
        stub.add_client_error("create_distribution", "DistributionAlreadyExists", told)
        stub.add_client_error("get_distribution_config", "AccessDenied", expected_params={"Id": "E2ABCDEFGHIJKL"})
        with pytest.raises(SetupError, match="cloudfront:GetDistributionConfig is needed"):
            distribution.ensure_distribution(client, config())


def test_streaming(client, fake):
    made = legacy.create_streaming_distribution(
        client("cloudfront"),
        reference="r",
        comment="c",
        bucket_domain="b.s3.amazonaws.com",
        identity="E1",
        trusted_signers=["self"],
    )
    assert made.domain_name == "s1.cloudfront.net"
    assert "AwsAccountNumber>self<" in fake.streams["config"]
    assert "origin-access-identity/cloudfront/E1" in fake.streams["config"]


def test_checks(endpoint, s3):
    s3.put_object(Bucket="my-bucket", Key="a", Body=b"x")
    assert checks.check_bucket(f"{endpoint}/my-bucket/a").fine
    wrong = checks.check_open(f"{endpoint}/my-bucket/a")
    assert (wrong.fine, wrong.expected, wrong.seen) == (False, "200", "403")
    assert "bucket policy" in wrong.advice
    assert not checks.check_signed(f"{endpoint}/my-bucket/a").fine
    nothing = checks.check_open("http://127.0.0.1:9/x")
    assert nothing.seen.startswith("no response")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "aws configure"),
        (NoRegionError(), "--region"),
        (ProfileNotFound(profile="p"), "list-profiles"),
        (EndpointConnectionError(endpoint_url="http://x"), "Could not connect"),
    ],
)
def test_errors_without_an_answer(error, message):
    assert message in str(explain(error))
    with pytest.raises(SetupError, match=message), explained():
        raise error


def test_frameworks():
    stack = State(
        "n", "1", "r", bucket="b", public_key="K1", private_key="key.pem", domain_names={"signed": "d.example"}
    )
    for text in (write(stack) for write in frameworks.SETTINGS.values()):
        assert "d.example" in text
        assert "K1" in text
    compile(frameworks.SETTINGS["django"](stack), "settings", "exec")
    compile(frameworks.SETTINGS["flask"](stack), "settings", "exec")
