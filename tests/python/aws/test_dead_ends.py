"""Where people got stuck: one line says what to do, and nothing loops, is lost or ends in a traceback."""

import json
from functools import partial

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer
from werkzeug.wrappers import Response

from cloudfront_signer import PrivateKey, aws
from cloudfront_signer.aws import SetupError, bucket, keys, origin_access, state
from cloudfront_signer.aws.api import pages
from cloudfront_signer.aws.errors import explain

from support.aws import VERSION, refusal, serving
from support.stacks import NOTHING, counts

PEM = PrivateKey.generate("ecdsa-p256").public_key().to_pem()


@pytest.mark.parametrize("delete_content", [True, False])
def test_down_when_the_bucket_is_gone(up, down, client, delete_content):
    up()
    bucket.empty_bucket(client("s3"), "my-bucket")
    client("s3").delete_bucket(Bucket="my-bucket")
    lines = []
    down(delete_content=delete_content, progress=lines.append)
    assert "bucket my-bucket no longer exists" in lines
    assert counts(client) == NOTHING
    assert bucket.empty_bucket(client("s3"), "my-bucket") == 0


@pytest.mark.parametrize("name", ["my-bukcet", "My Bucket", "a/b", "x" * 300])
def test_a_misspelt_bucket_in_the_state_file(up, down, settings, name, client):
    made = up()
    values = json.loads(settings.state_path.read_text())
    settings.state_path.write_text(json.dumps({**values, "bucket": name}))
    with pytest.raises(SetupError, match="bucket has an unexpected value, expected my-bucket: restore"):
        down()
    settings.state_path.write_text(json.dumps(values))
    assert state.load(settings.state_path) == made


def test_objects_that_stay(client):
    stubbed = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(stubbed) as stub:
        version = {"Key": "a", "VersionId": "1"}
        stub.add_response("list_object_versions", {"Versions": [version], "IsTruncated": False})
        stub.add_response("delete_objects", {"Errors": [{"Key": "a", "Code": "AccessDenied"}]})
        with pytest.raises(SetupError, match="1 objects were not deleted, a among them: AccessDenied"):
            bucket.empty_bucket(stubbed, "my-bucket")


def group(number):
    return {
        "KeyGroup": {"Id": f"G{number}", "LastModifiedTime": 0, "KeyGroupConfig": {"Name": f"g{number}", "Items": []}}
    }


def public_key(number):
    return {"Id": f"K{number}", "Name": f"k{number}", "CreatedTime": 0, "EncodedKey": PEM}


def control(number):
    return {
        "Id": f"E{number}",
        "Name": f"c{number}",
        "Description": "",
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }


LISTS = [
    ("list_key_groups", "KeyGroupList", group, lambda one: keys.find_key_groups(one, "g250")),
    ("list_public_keys", "PublicKeyList", public_key, lambda one: keys.find_public_keys(one, "k250", PEM)),
    (
        "list_origin_access_controls",
        "OriginAccessControlList",
        control,
        lambda one: origin_access.find_origin_access_controls(one, "c250"),
    ),
]


@pytest.mark.parametrize(("operation", "name", "item", "find"), LISTS)
def test_what_is_beyond_the_first_page_is_found(operation, name, item, find):
    client = boto3.client("cloudfront", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        for page in range(3):
            items = [item(number) for number in range(page * 100, page * 100 + 100)]
            told = {"MaxItems": 100, "Quantity": 100, "Items": items}
            if name == "OriginAccessControlList":
                told |= {"Marker": "", "IsTruncated": page < 2}
            if page < 2:
                told["NextMarker"] = f"M{page + 1}"
            stub.add_response(operation, {name: told}, {"Marker": f"M{page}"} if page else {})
        (found,) = find(client)
        assert found.id.endswith("250")
        stub.assert_no_pending_responses()


def test_a_marker_that_repeats_ends():
    def answer(Marker="M0"):
        return {"L": {"Quantity": 1, "Items": [1], "NextMarker": "M1" if Marker == "M2" else f"M{int(Marker[1]) + 1}"}}

    with pytest.raises(SetupError, match="the same page came twice"):
        list(pages(answer, "L"))


def html(status):
    return Response("<html><body>welcome to the hotel's network</body></html>", status, {"Content-Type": "text/html"})


@pytest.mark.parametrize("status", [200, 404, 405, 502])
@pytest.mark.parametrize("path", [f"{VERSION}/public-key", r"/my-bucket\?tagging"])
def test_answers_that_are_no_xml(up, fake, status, path):
    up()
    fake.refusals["GET", path] = html(status)
    with pytest.raises(SetupError, match="AWS API") as raised:
        up()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("policy", ["{", "[]", '{"Version": "2012-10-17"}'])
def test_a_bucket_policy_that_cannot_be_read(up, fake, policy):
    fake.refusals["GET", r"/my-bucket\?policy"] = Response(policy, 200)
    with pytest.raises(SetupError, match="its policy is not readable"):
        up()


ANSWERS = {
    "ExpiredToken": "credentials have expired: log in again",
    "ExpiredTokenException": "credentials have expired: log in again",
    "InvalidClientTokenId": "does not know this access key id",
    "InvalidAccessKeyId": "does not know this access key id",
    "UnrecognizedClientException": "does not know this access key id",
    "SignatureDoesNotMatch": "secret access key is wrong",
    "InvalidToken": "log in again",
    "RequestTimeTooSkewed": "clock is wrong: set it",
    "RequestExpired": "clock is wrong: set it",
    "Throttling": "throttles",
    "ThrottlingException": "throttles",
    "SlowDown": "throttles",
    "TooManyRequestsException": "throttles",
    "RequestLimitExceeded": "throttles",
    "CNAMEAlreadyExists": "another distribution has this alias",
    "InvalidViewerCertificate": "rejects the certificate",
    "PublicKeyAlreadyExists": "another run created it meanwhile",
    "TooManyPublicKeys": "quota is reached",
}


@pytest.mark.parametrize(("code", "advice"), ANSWERS.items())
def test_one_line_of_advice(code, advice):
    error = ClientError({"Error": {"Code": code, "Message": "long\nand winding"}}, "CreateDistribution")
    told = str(explain(error))
    assert advice in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "message", ["Signature expired: 20260101T000000Z is now earlier", "Signature not yet current: x"]
)
def test_a_wrong_clock_looks_like_a_wrong_secret(message):
    error = ClientError({"Error": {"Code": "SignatureDoesNotMatch", "Message": message}}, "GetCallerIdentity")
    assert "clock is wrong" in str(explain(error))


@pytest.mark.parametrize(
    "error",
    [
        UnauthorizedSSOTokenError(),
        SSOTokenLoadError(error_msg="x"),
        TokenRetrievalError(provider="sso", error_msg="x"),
    ],
)
def test_a_login_that_has_ended(error):
    assert "aws sso login" in str(explain(error))


def test_an_address_where_nobody_is():
    assert "Could not connect" in str(explain(EndpointConnectionError(endpoint_url="http://127.0.0.1:9")))


@pytest.mark.parametrize("call", ["up", "down"])
def test_refusals_of_credentials_on_the_first_call(up, down, fake, call, settings):
    """They come from STS, before anything is made or removed."""
    if call == "down":
        up()
    fake.refusals["POST", "^/$"] = refusal(403, "ExpiredToken")
    with pytest.raises(SetupError, match="log in again"):
        {"up": up, "down": down}[call]()
    assert settings.state_path.exists() == (call == "down")


def without_deletion(fake, path):
    fake.refusals["DELETE", path] = html(500)


def test_down_where_the_api_lacks_an_operation(up, down, fake, client, settings):
    made = up()
    without_deletion(fake, f"{VERSION}/key-group/")
    message = f"key group {made.key_group}, public key {made.public_key} .* keeps them.: DeleteKeyGroup"
    for _ in range(2):
        with pytest.raises(SetupError, match=message):
            down(delete_content=True)
    assert counts(client) == {**NOTHING, "keys": 1, "groups": 1}, "all else is removed"
    left = state.load(settings.state_path)
    assert (left.key_group, left.public_key, left.bucket) == (made.key_group, made.public_key, "")
    fake.refusals.clear()
    down()
    assert counts(client) == NOTHING
    assert not settings.state_path.exists()


def test_bare_moto(fake, tmp_path):
    """Where the small application is not beside it: `up` again and `down` end cleanly, and say what moto cannot do."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        session = boto3.session.Session()
        settings = aws.Settings("my-bucket", tmp_path / "state.json", tmp_path / "key.pem", interval=0.0)
        made = aws.up(session, settings, endpoint_url=endpoint)
        assert aws.up(session, settings, endpoint_url=endpoint) == made
        remove = partial(aws.down, session, settings.state_path, interval=0.0, endpoint_url=endpoint)
        with pytest.raises(SetupError, match=f"not removed: key group {made.key_group}"):
            remove()
        assert settings.state_path.exists()
        assert session.client("s3", endpoint_url=endpoint).list_buckets()["Buckets"] == []
    finally:
        server.stop()


def test_nobody_answers_for_aws(session, tmp_path, fake):
    """A web server that knows nothing of AWS."""
    with serving(html(200)) as address:
        settings = aws.Settings("my-bucket", tmp_path / "state.json", tmp_path / "key.pem")
        with pytest.raises(SetupError, match="not from an AWS API: check --endpoint-url"):
            aws.up(session, settings, endpoint_url=address)
    assert list(tmp_path.iterdir()) == []
