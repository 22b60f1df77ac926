"""Distributions as the CloudFront API tells of them: by moto over HTTP, and by answers that moto does not give."""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import httpx
import pytest

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError
from cloudfront_signer.edge import Configuration, read_distribution

from support.edges import KEY, SIGNER, SITE, running
from support.programs import interruptible


def distribution(cloudfront, **behavior):
    default = {
        "TargetOriginId": "bucket",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    }
    bucket = {"Id": "bucket", "DomainName": "content.s3.us-east-1.amazonaws.com", "OriginPath": ""}
    config = {
        "CallerReference": str(time.time()),
        "Comment": "",
        "Enabled": True,
        "DefaultRootObject": "index.html",
        "Origins": {"Quantity": 1, "Items": [{**bucket, "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
        "DefaultCacheBehavior": {**default, **behavior},
    }
    return cloudfront.create_distribution(DistributionConfig=config)["Distribution"]


def key_group(cloudfront):
    config = {
        "CallerReference": str(time.time()),
        "Name": f"key-{time.time()}",
        "EncodedKey": KEY.public_key().to_pem(),
    }
    key_id = cloudfront.create_public_key(PublicKeyConfig=config)["PublicKey"]["Id"]
    group = cloudfront.create_key_group(KeyGroupConfig={"Name": f"group-{time.time()}", "Items": [key_id]})
    return key_id, group["KeyGroup"]["Id"]


def test_a_distribution_is_read_from_the_api(aws):
    client, endpoint = aws
    cloudfront = client("cloudfront")
    key_id, group_id = key_group(cloudfront)
    trusted = {"Enabled": True, "Quantity": 1, "Items": [group_id]}
    made = distribution(cloudfront, TrustedKeyGroups=trusted)
    configuration = read_distribution(cloudfront, made["Id"], endpoint_url=endpoint)
    assert configuration.pretend == f"https://{made['DomainName']}"
    assert configuration.default_root_object == "index.html"
    (behavior,) = configuration.behaviors
    assert behavior.origin == "s3://content?region=us-east-1"
    assert list(behavior.public_keys) == [key_id]
    with running(configuration) as edge:
        url = CloudFrontSigner(key_id, KEY).sign_url(
            f"{configuration.pretend}/v/a%20b%2Bc.txt", expires=time.time() + 60
        )
        assert edge.get(url.removeprefix(configuration.pretend)).content == b"0123456789"
        assert edge.get("/v/a%20b%2Bc.txt").status_code == 403


def test_an_open_distribution(aws):
    client, endpoint = aws
    made = distribution(client("cloudfront"))
    configuration = read_distribution(client("cloudfront"), made["Id"], endpoint_url=endpoint)
    with running(configuration) as edge:
        assert edge.get("/").content == b"root"


class Api:
    """Answers of the CloudFront API that moto does not give."""

    def __init__(self, **config):
        self.config = config

    def get_distribution(self, Id):
        default = {"TargetOriginId": "o"}
        config = {"Origins": {"Items": []}, "DefaultCacheBehavior": default, **self.config}
        return {"Distribution": {"DomainName": "d1.example", "DistributionConfig": config}}


def test_behaviours_and_custom_origins():
    def origin(protocol):
        settings = {"OriginProtocolPolicy": protocol, "HTTPPort": 8080, "HTTPSPort": 443}
        return {"Id": protocol, "DomainName": "o.example", "OriginPath": "/p", "CustomOriginConfig": settings}

    ordered = [{"PathPattern": "/live/*", "TargetOriginId": "http-only", "AllowedMethods": {"Items": ["GET"]}}]
    api = Api(
        Origins={"Items": [origin("http-only"), origin("https-only")]},
        CacheBehaviors={"Items": ordered},
        DefaultCacheBehavior={"TargetOriginId": "https-only", "TrustedKeyGroups": {"Enabled": False}},
    )
    live, rest = read_distribution(api, "E1", pretend="https://other.example").behaviors
    assert (live.path_pattern, live.origin, live.methods) == ("/live/*", "http://o.example:8080/p", {"GET"})
    assert (rest.path_pattern, rest.origin, rest.public_keys) == ("*", "https://o.example:443/p", None)


class EmptyGroup(Api):
    def get_key_group(self, Id):
        return {"KeyGroup": {"KeyGroupConfig": {"Name": Id, "Items": []}}}


def test_a_group_without_keys_lets_nobody_in(folder):
    trusted = {"Enabled": True, "Quantity": 1, "Items": ["G1"]}
    site = {"Id": "o", "DomainName": "o.example"}
    api = EmptyGroup(
        Origins={"Items": [site]}, DefaultCacheBehavior={"TargetOriginId": "o", "TrustedKeyGroups": trusted}
    )
    (behavior,) = read_distribution(api, "E1").behaviors
    assert behavior.public_keys == {}
    with running(Configuration((replace(behavior, origin=str(folder)),), pretend=SITE)) as edge:
        assert edge.get("/video.mp4").status_code == 403
        assert edge.get(SIGNER.sign_url(f"{SITE}/video.mp4", expires=time.time() + 60)).status_code == 403


@pytest.mark.parametrize(
    ("name", "settings", "origin"),
    [
        ("b.s3.amazonaws.com", {}, "s3://b"),
        ("b.s3.eu-west-1.amazonaws.com", {}, "s3://b?region=eu-west-1"),
        ("b.s3-eu-west-1.amazonaws.com", {}, "s3://b?region=eu-west-1"),
        ("b.s3.dualstack.eu-west-1.amazonaws.com", {}, "s3://b?region=eu-west-1"),
        ("a.b.s3.cn-north-1.amazonaws.com.cn", {}, "s3://a.b?region=cn-north-1"),
        (
            "b.s3-website-eu-west-1.amazonaws.com",
            {"CustomOriginConfig": {"OriginProtocolPolicy": "http-only", "HTTPPort": 80}},
            "http://b.s3-website-eu-west-1.amazonaws.com:80",
        ),
    ],
)
def test_buckets_and_what_looks_like_one(name, settings, origin):
    api = Api(Origins={"Items": [{"Id": "o", "DomainName": name, **settings}]})
    assert read_distribution(api, "E1").behaviors[0].origin == origin


def test_the_first_of_an_origin_group_is_asked():
    sites = [{"Id": name, "DomainName": f"{name}.example"} for name in ("one", "two")]
    members = {"Items": [{"OriginId": "two"}, {"OriginId": "one"}]}
    api = Api(
        Origins={"Items": sites},
        OriginGroups={"Quantity": 1, "Items": [{"Id": "both", "Members": members}]},
        DefaultCacheBehavior={"TargetOriginId": "both"},
    )
    assert read_distribution(api, "E1").behaviors[0].origin == "https://two.example:443"


def test_the_command_serves_a_distribution(aws):
    client, endpoint = aws
    key_id, group_id = key_group(client("cloudfront"))
    trusted = {"Enabled": True, "Quantity": 1, "Items": [group_id]}
    made = distribution(client("cloudfront"), TrustedKeyGroups=trusted)
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer.cli", "edge", "--port", "0"]
    command += ["--distribution", made["Id"], "--endpoint-url", endpoint]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=interruptible
    ) as edge:
        address, site = edge.stdout.readline().strip(), f"https://{made['DomainName']}"
        try:
            url = CloudFrontSigner(key_id, KEY).sign_url(f"{site}/", expires=time.time() + 600)
            with httpx.Client(trust_env=False) as viewer:
                assert viewer.get(address + url.removeprefix(site)).content == b"root"
                assert viewer.get(f"{address}/").status_code == 403
        finally:
            edge.send_signal(signal.SIGINT)
        _, err = edge.communicate(timeout=60)
    assert edge.returncode == 0
    assert "Traceback" not in err


def test_trusted_signers_cannot_be_read():
    default = {"TargetOriginId": "o", "TrustedSigners": {"Enabled": True, "Items": ["self"]}}
    with pytest.raises(CloudFrontSignerError, match="--public-key ID=FILE"):
        read_distribution(Api(DefaultCacheBehavior=default), "E1")
