"""Nothing is public by accident, and what people ask for beyond the least."""

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
from cloudfront_signer.aws import Options, SetupError, bucket_policy, distribution, policies, stack
from cloudfront_signer.aws.checks import object_url
from cloudfront_signer.aws.distribution_config import build_config

from support.stacks import NOTHING, counts

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def config_of(client):
    return lambda one: client("cloudfront").get_distribution_config(Id=one)["DistributionConfig"]


def test_up_makes_the_signed_distribution_alone(up, config_of):
    made = up()
    assert list(made.distributions) == ["signed"]
    config = config_of(made.distributions["signed"])
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"]
    assert config["CacheBehaviors"]["Quantity"] == 0


def test_open_paths_need_no_signature(up, config_of):
    lines = []
    made = up(open_paths=("/public/*",), progress=lines.append)
    assert list(made.distributions) == ["signed"]
    config = config_of(made.distributions["signed"])
    (opened,) = config["CacheBehaviors"]["Items"]
    assert (opened["PathPattern"], opened["TrustedKeyGroups"]["Enabled"]) == ("/public/*", False)
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"]
    assert "no signature is needed for /public/*: objects there are public" in lines


def test_the_open_distribution_is_asked_for_and_said(up, down, client, config_of):
    lines = []
    made = up(open_distribution=True, progress=lines.append)
    assert set(made.distributions) == {"open", "signed"}
    assert not config_of(made.distributions["open"])["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"]
    said = "the open distribution makes every object of the bucket public to anyone who knows its name"
    assert said in lines
    lines.clear()
    up(progress=lines.append)
    assert any("the open distribution" in line and "still exists" in line for line in lines)
    down(delete_content=True)
    assert counts(client) == NOTHING


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"domain": "", "certificate": ""}, "expected a name in lower case"),
        ({"open_paths": ("*",)}, "opens the whole bucket"),
        ({"open_paths": ("/*",)}, "opens the whole bucket"),
        ({"open_paths": ("/?*",)}, "opens the whole bucket"),
        ({"open_paths": ("",)}, "expected a path pattern"),
        ({"open_paths": ("/a b",)}, "expected a path pattern"),
        ({"open_paths": ("/a",) * 2}, "given twice"),
        ({"domain": "media.example.com"}, "belong together"),
        ({"certificate": CERTIFICATE}, "belong together"),
        ({"domain": "https://media.example.com/", "certificate": CERTIFICATE}, "expected a name in lower case"),
        ({"domain": "media.example.com", "certificate": CERTIFICATE.replace("us-east-1", "eu-west-1")}, "us-east-1"),
        ({"cors_origins": ("*",)}, r"without '\*', which browsers reject with credentials"),
        ({"cors_origins": ("https://www.example.com/",)}, "without a path"),
    ],
)
def test_what_options_refuse(options, message):
    with pytest.raises(SetupError, match=message):
        Options(**options)


def test_a_domain_of_ones_own(up, config_of, session, endpoint):
    lines = []
    made = up(domain="media.example.com", certificate=CERTIFICATE, progress=lines.append)
    config = config_of(made.distributions["signed"])
    assert config["Aliases"]["Items"] == ["media.example.com"]
    assert config["ViewerCertificate"]["ACMCertificateArn"] == CERTIFICATE
    assert made.domain_names["signed"] == "media.example.com", "what applications sign for"
    assert any(line.startswith("point media.example.com at ") for line in lines)
    assert any("browsers accept cookies" in line for line in lines)


def test_cors_with_credentials(up, down, client, config_of):
    lines = []
    made = up(cors_origins=("https://www.example.com",), progress=lines.append)
    assert any("cookies need --domain" in line for line in lines)
    cloudfront = client("cloudfront")

    def cors():
        policy = cloudfront.get_response_headers_policy(Id=made.response_headers_policy)["ResponseHeadersPolicy"]
        return policy["ResponseHeadersPolicyConfig"]["CorsConfig"]

    assert cors()["AccessControlAllowCredentials"]
    assert cors()["AccessControlAllowOrigins"]["Items"] == ["https://www.example.com"]
    behavior = config_of(made.distributions["signed"])["DefaultCacheBehavior"]
    assert behavior["ResponseHeadersPolicyId"] == made.response_headers_policy
    other = ("https://other.example.com",)
    with pytest.raises(SetupError, match=r"found the origins https://www\.example\.com, .*give --update"):
        up(cors_origins=other)
    up(cors_origins=other, update=True)
    assert cors()["AccessControlAllowOrigins"]["Items"] == list(other)
    down(delete_content=True)
    assert counts(client) == NOTHING


def test_download_names_reach_s3_and_sign_fine(up, client, config_of):
    made = up(allow_download_names=True)
    behavior = config_of(made.distributions["signed"])["DefaultCacheBehavior"]
    assert behavior["CachePolicyId"] == made.cache_policy
    policy = client("cloudfront").get_cache_policy(Id=made.cache_policy)["CachePolicy"]["CachePolicyConfig"]
    query = policy["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]
    assert query["QueryStrings"]["Items"] == ["response-content-disposition", "response-content-type"]
    key = PrivateKey.from_file(made.private_key)
    name = "attachment%3B%20filename%3D%22a%20b.mp4%22"
    url = f"https://{made.domain_names['signed']}/v.mp4?response-content-disposition={name}&response-content-type=a%2Fb"
    signed = CloudFrontSigner(made.public_key, key).sign_url(url, expires=4_000_000_000)
    assert signed.startswith(f"{url}&Expires=")
    verifier = Verifier({made.public_key: key.public_key()})
    assert verifier.check(signed).allowed
    assert not verifier.check(signed.replace("a%20b.mp4", "virus.exe")).allowed


def test_list_bucket(up, client, config_of):
    made = up(list_bucket=True)
    statements = bucket_policy.read_policy(client("s3"), "my-bucket")["Statement"]
    granted = {one["Sid"]: (one["Action"], one["Resource"]) for one in statements}
    assert granted == {
        made.sid: ("s3:GetObject", "arn:aws:s3:::my-bucket/*"),
        f"{made.sid}List": ("s3:ListBucket", "arn:aws:s3:::my-bucket"),
    }
    assert config_of(made.distributions["signed"])["DefaultRootObject"] == "index.html", "/ would be the bucket's list"
    up(update=True)
    assert [one["Sid"] for one in bucket_policy.read_policy(client("s3"), "my-bucket")["Statement"]] == [made.sid]


def test_what_differs_is_named_or_updated(up, config_of):
    made = up()
    with pytest.raises(SetupError, match=r"open paths: found none, expected /public/\*: give --update"):
        up(open_paths=("/public/*",))
    assert config_of(made.distributions["signed"])["CacheBehaviors"]["Quantity"] == 0
    up(open_paths=("/public/*",), update=True)
    with pytest.raises(SetupError, match=r"open paths: found /public/\*, expected none"):
        up()
    up(update=True)
    assert config_of(made.distributions["signed"])["CacheBehaviors"]["Quantity"] == 0
    assert config_of(made.distributions["signed"])["CallerReference"] == f"{made.name}-signed-{made.token}"


def built(**options):
    settings = {"reference": "r", "comment": "c", "bucket_domain": "b.s3.us-east-1.amazonaws.com", **options}
    return build_config(**settings)


def test_an_open_distribution_does_not_pass_for_a_signed_one(client, config_of):
    cloudfront = client("cloudfront")
    opened = distribution.ensure_distribution(cloudfront, built())
    with pytest.raises(SetupError, match=rf"{opened.id}, c: it exists and differs: key groups: found none, expected K"):
        distribution.ensure_distribution(cloudfront, built(key_groups=["K"]))
    signed = distribution.ensure_distribution(cloudfront, built(key_groups=["K"]), update=True)
    assert signed.id == opened.id
    assert config_of(signed.id)["DefaultCacheBehavior"]["TrustedKeyGroups"]["Items"] == ["K"]
    with pytest.raises(SetupError, match="key groups: found K, expected none"):
        distribution.ensure_distribution(cloudfront, built())


def test_an_update_keeps_what_is_not_ours():
    there = built()
    there["WebACLId"] = "acl"
    behavior = there["DefaultCacheBehavior"]
    behavior |= {"SmoothStreaming": False, "MinTTL": 5, "ResponseHeadersPolicyId": "theirs"}
    there["ViewerCertificate"] = {"ACMCertificateArn": "arn"}
    there["Logging"] = {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""}
    from cloudfront_signer.aws.difference import compare, merge

    wanted = built(key_groups=["K"], open_paths=["/public/*"])
    differing = {line.partition(" ")[0].rstrip(":") for line in compare(there, wanted)}
    assert differing == {"key", "open", "certificate", "log", "response"}
    merged = merge(there, wanted)
    assert merged["WebACLId"] == "acl"
    assert merged["DefaultCacheBehavior"]["SmoothStreaming"] is False
    assert "MinTTL" not in merged["DefaultCacheBehavior"], "a cache policy takes its place"
    assert compare(merged, wanted) == []
    report = validated(merged)
    assert not report.has_errors(), report.generate_report()


def validated(config, operation="CreateDistribution", name="DistributionConfig"):
    """botocore's own model checks what would be sent."""
    model = botocore.session.get_session().get_service_model("cloudfront")
    return ParamValidator().validate({name: config}, model.operation_model(operation).input_shape)


def test_multi_tenant_distributions():
    config = built(key_groups=["G1"], open_paths=["/public/*"], certificate=CERTIFICATE, tenants=True)
    report = validated(config)
    assert not report.has_errors(), report.generate_report()
    assert config["ConnectionMode"] == "tenant-only"
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]["Items"] == ["G1"]
    # What AWS's model says of standard distributions only.
    assert not {"Aliases", "PriceClass", "IsIPV6Enabled", "Staging", "ContinuousDeploymentPolicyId"} & set(config)
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]["Items"]):
        assert not {"TrustedSigners", "SmoothStreaming", "MinTTL"} & set(behavior)
    for options in ({"aliases": ["a.example"], "certificate": "x"}, {"trusted_signers": ["self"]}):
        with pytest.raises(SetupError, match="multi-tenant"):
            built(tenants=True, **options)
    with pytest.raises(SetupError, match="multi-tenant"):
        built(tenants=True, price_class="PriceClass_100")
    config["ConnectionMode"] = "tenants"
    assert validated({**config, "TenantConfig": "x"}).has_errors(), "the model is asked"


def test_policies_are_what_awss_model_takes():
    cache = validated(policies.cache_policy_config("n", "m"), "CreateCachePolicy", "CachePolicyConfig")
    assert not cache.has_errors(), cache.generate_report()
    cors = policies.cors_config("n", "m", ["https://a.example"])
    report = validated(cors, "CreateResponseHeadersPolicy", "ResponseHeadersPolicyConfig")
    assert not report.has_errors(), report.generate_report()
    model = botocore.session.get_session().get_service_model("cloudfront")
    shape = model.shape_for("ResponseHeadersPolicyAccessControlAllowMethodsValues")
    assert set(cors["CorsConfig"]["AccessControlAllowMethods"]["Items"]) <= set(shape.enum)


def test_a_plan_says_what_it_would_do(settings, tmp_path):
    plain = "\n".join(stack.plan(settings))
    assert f"distribution {settings.name} signed: create" in plain
    assert "note:" not in plain
    wanted = Options(open_distribution=True, cors_origins=("https://a.example",), allow_download_names=True)
    told = "\n".join(stack.plan(stack.Settings("my-bucket", tmp_path / "s", options=wanted)))
    for part in ("cache policy", "response headers policy", "open and", "note: the open distribution makes every"):
        assert part in told


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a+b c.txt", "a%2Bb%20c.txt"),
        ("what?#1.txt", "what%3F%231.txt"),
        ("100%.txt", "100%25.txt"),
        ("v/é.mp4", "v/%C3%A9.mp4"),
        ("/v.mp4", "v.mp4"),
        ("caf\udce9", "caf%EF%BF%BD%EF%BF%BD%EF%BF%BD"),
        ("a\nb", "a%0Ab"),
        ("", ""),
    ],
)
def test_object_keys_are_quoted(key, path):
    assert object_url("https://d1.example", key) == f"https://d1.example/{path}"
