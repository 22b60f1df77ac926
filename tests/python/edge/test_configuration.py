"""Configurations from TOML and from the CloudFront API, and buckets as origins: both served by moto over HTTP."""

import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError
from cloudfront_signer.edge import Behavior, Configuration, Edge, read_distribution
from cloudfront_signer.edge.configuration import read_toml

from support.edges import KEY, SIGNER, SITE, running


@pytest.fixture
def written(tmp_path, folder):
    (tmp_path / "k1.pem").write_text(KEY.public_key().to_pem())

    def write(text):
        path = tmp_path / "edge.toml"
        path.write_text(text)
        return path

    return write


def test_a_file_says_everything(written, folder):
    configuration = read_toml(
        written(
            """
            origin = "content"
            open = ["/public/*"]
            as = "https://d1.example/"
            viewer_ip = "192.0.2.1"
            default_root_object = "index.html"
            strict = true
            timeout = 5
            cors_origins = ["https://app.example"]
            host = "127.0.0.1"
            port = 0
            [public_keys]
            K1 = "k1.pem"
            [[behaviors]]
            path = "/live/*"
            origin = "http://127.0.0.1:1"
            keys = ["K1"]
            methods = ["GET"]
            """
        )
    )
    live, public, rest = configuration.behaviors
    assert (live.path_pattern, live.methods, list(live.public_keys)) == ("/live/*", {"GET"}, ["K1"])
    assert (public.path_pattern, public.public_keys, public.origin) == ("/public/*", None, str(folder))
    assert (rest.path_pattern, list(rest.public_keys)) == ("*", ["K1"])
    assert (configuration.pretend, configuration.timeout, configuration.strict) == (SITE, 5.0, True)
    with running(configuration) as edge:
        assert edge.get("/public/a.txt").text == "open to all\n"
        assert edge.get("/video.mp4").status_code == 403


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("orgin = 'x'", "orgin is not known|origin = "),
        ("origin = 'content'\nstrickt = true", "strickt is not known: as, "),
        ("origin = 5", "origin is 5, str is due"),
        ("origin = 'content'\nport = true", "port is True, int is due"),
        ("origin = 'content'\nopen = [1]", "open holds 1, a list of strings"),
        ("origin = 'content'\nas = 'd1.example'", "https:// and a host is due"),
        ("origin = 'content'\n[public_keys]\nK1 = 5", "public_keys.K1 is 5, a string is due"),
        ("origin = 'content'\n[public_keys]\nK1 = 'none.pem'", "none.pem: no such file"),
        ("[[behaviors]]\npath = '*'", r"behaviors\[1\] has no origin"),
        ("[[behaviors]]\norigin = 'content'\nkeys = ['K2']", "'K2' is not one of public_keys"),
        ("[[behaviors]]\norigin = 'content'\npth = '*'", r"behaviors\[1\].pth is not known"),
        ("behaviors = [1]", r"behaviors\[1\] is 1, a table is due"),
        ("port = 1", "origin = '…' or"),
        ("= broken", "edge.toml: "),
    ],
)
def test_what_is_wrong_in_a_file_is_named(written, text, message):
    with pytest.raises(CloudFrontSignerError, match=message) as caught:
        read_toml(written(text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CloudFrontSignerError, match="No such file"):
        read_toml(tmp_path / "none.toml")


@pytest.fixture(scope="module")
def aws():
    """moto's server, with a bucket that holds two objects."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        session = boto3.session.Session()
        endpoint = f"http://{host}:{port}"

        def client(name):
            return session.client(name, endpoint_url=endpoint)

        client("s3").create_bucket(Bucket="content")
        client("s3").put_object(Bucket="content", Key="v/a b+c.txt", Body=b"0123456789")
        client("s3").put_object(Bucket="content", Key="index.html", Body=b"root")
        yield client, endpoint
    server.stop()


def test_a_bucket(aws):
    _, endpoint = aws
    behaviors = (Behavior("*", "s3://content/v", {"K1": KEY.public_key()}),)
    with running(Configuration(behaviors, pretend=SITE, endpoint_url=endpoint)) as edge:
        url = SIGNER.sign_url(f"{SITE}/a%20b%2Bc.txt?acl", expires=time.time() + 60)
        answer = edge.get(url)
        assert (answer.status_code, answer.content) == (200, b"0123456789")
        part = edge.get(url, headers={"Range": "bytes=2-4"})
        assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
        assert edge.get(url, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        assert edge.get(url, method="HEAD").headers["content-length"] == "10"
        assert edge.get(SIGNER.sign_url(f"{SITE}/none", expires=time.time() + 60)).status_code == 404
        assert edge.get("/a%20b%2Bc.txt").status_code == 403


def test_a_bucket_is_not_listed_nor_left(aws):
    client, endpoint = aws
    client("s3").create_bucket(Bucket="other")
    client("s3").put_object(Bucket="other", Key="a", Body=b"other")
    with running(Configuration((Behavior("*", "s3://content"),), endpoint_url=endpoint)) as edge:
        for path in ("/", "//", "/..%2fother/a", "/%2e%2e/other/a", "/v/..%5c..%5cother/a"):
            answer = edge.get(path)
            assert answer.status_code in {403, 404}, path
            assert "index.html" not in answer.text
            assert "<Code>" in answer.text
        assert edge.get("/index.html").text == "root"


def test_requests_to_a_bucket_are_signed(aws):
    from cloudfront_signer.edge.s3 import _open_session

    for given, used in (("", b"/us-east-1/s3/"), ("eu-west-1", b"/eu-west-1/s3/")):
        signer, endpoint = _open_session(aws[1], given)
        headers = dict(signer.sign("GET", f"{endpoint}/content/a"))
        assert headers[b"authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=test/")
        assert used in headers[b"authorization"]
        assert b"x-amz-date" in headers


def test_a_bucket_without_credentials(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CloudFrontSignerError, match="AWS credentials"):
        Edge(Configuration((Behavior("*", "s3://content"),)))


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


def test_trusted_signers_cannot_be_read():
    default = {"TargetOriginId": "o", "TrustedSigners": {"Enabled": True, "Items": ["self"]}}
    with pytest.raises(CloudFrontSignerError, match="--public-key ID=FILE"):
        read_distribution(Api(DefaultCacheBehavior=default), "E1")
