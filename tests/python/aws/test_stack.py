"""``up``, ``status`` and ``down`` against moto over HTTP, stopped at every point, and refused at every call."""

import json
import os
import re

import pytest
from moto.moto_api import state_manager

from cloudfront_signer.aws import SetupError, stack, state
from cloudfront_signer.aws.errors import permission
from cloudfront_signer.aws.permissions import iam_policy

from support.aws import VERSION


@pytest.fixture
def settings(tmp_path):
    content = tmp_path / "content"
    (content / "v").mkdir(parents=True)
    (content / "index.html").write_text("<p>hello</p>")
    (content / "v" / "a.mp4").write_bytes(b"video")
    return stack.Settings("my-bucket", tmp_path / "state.json", tmp_path / "key.pem", content, interval=0.0)


@pytest.fixture
def up(session, endpoint, settings):
    return lambda **options: stack.up(session, settings, endpoint_url=endpoint, **options)


@pytest.fixture
def down(session, endpoint, settings):
    return lambda **options: stack.down(session, settings.state_path, endpoint_url=endpoint, interval=0.0, **options)


def counts(client):
    """How many there are of each kind."""
    cloudfront = client("cloudfront")
    return {
        "buckets": len(client("s3").list_buckets()["Buckets"]),
        "controls": cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Quantity", 0),
        "keys": cloudfront.list_public_keys()["PublicKeyList"].get("Quantity", 0),
        "groups": cloudfront.list_key_groups()["KeyGroupList"].get("Quantity", 0),
        "distributions": cloudfront.list_distributions()["DistributionList"].get("Quantity", 0),
    }


WHOLE = {"buckets": 1, "controls": 1, "keys": 1, "groups": 1, "distributions": 2}
NOTHING = dict.fromkeys(WHOLE, 0)


def test_up_makes_everything_and_again_makes_nothing(up, client, settings, session, endpoint):
    lines = []
    # As at AWS, a distribution is deployed some time after it was made.
    state_manager.set_transition("cloudfront::distribution", {"progression": "manual", "times": 6})
    made = up(progress=lines.append)
    assert counts(client) == WHOLE
    assert any("being deployed" in line for line in lines)
    assert settings.private_key.stat().st_mode & 0o777 == 0o600
    written = settings.state_path.read_text()
    assert "PRIVATE" not in written
    assert json.loads(written)["uploaded"] == ["index.html", "v/a.mp4"]
    s3, cloudfront = client("s3"), client("cloudfront")
    assert s3.head_object(Bucket="my-bucket", Key="v/a.mp4")["ContentType"] == "video/mp4"
    assert s3.get_bucket_location(Bucket="my-bucket")["LocationConstraint"] == "eu-west-1"
    block = s3.get_public_access_block(Bucket="my-bucket")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    (statement,) = json.loads(s3.get_bucket_policy(Bucket="my-bucket")["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert len(statement["Condition"]["StringEquals"]["AWS:SourceArn"]) == 2
    signed = cloudfront.get_distribution(Id=made.distributions["signed"])["Distribution"]["DistributionConfig"]
    assert signed["DefaultCacheBehavior"]["TrustedKeyGroups"]["Items"] == [made.key_group]
    assert signed["Origins"]["Items"][0]["DomainName"] == "my-bucket.s3.eu-west-1.amazonaws.com"
    assert up() == made
    settings.state_path.unlink()
    again = up()
    assert counts(client) == WHOLE
    assert (again.distributions, again.public_key) == (made.distributions, made.public_key)
    assert not again.bucket_is_ours, "without the state nobody knows, so it stays"
    rows = stack.status(session, made, endpoint_url=endpoint)
    assert ("open distribution", made.distributions["open"]) in [row[:2] for row in rows]


def test_down_removes_what_is_ours(up, down, client, settings):
    up()
    with pytest.raises(SetupError, match="--delete-content"):
        down()
    lines = []
    down(delete_content=True, progress=lines.append)
    assert counts(client) == NOTHING
    assert not settings.state_path.exists()
    assert settings.private_key.exists(), "a key is never deleted"
    assert "2 objects deleted" in lines
    with pytest.raises(SetupError, match="nothing is known to be ours"):
        down()


def test_a_bucket_that_was_there_stays(up, down, client):
    location = {"LocationConstraint": "eu-west-1"}
    client("s3").create_bucket(Bucket="my-bucket", CreateBucketConfiguration=location)
    theirs = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::my-bucket/x",
    }
    policy = {"Version": "2012-10-17", "Statement": theirs}
    client("s3").put_bucket_policy(Bucket="my-bucket", Policy=json.dumps(policy))
    up()
    both = json.loads(client("s3").get_bucket_policy(Bucket="my-bucket")["Policy"])["Statement"]
    assert [one["Sid"] for one in both] == ["Theirs", "CloudFrontSigner"]
    down()
    assert counts(client) == {**NOTHING, "buckets": 1}
    assert json.loads(client("s3").get_bucket_policy(Bucket="my-bucket")["Policy"])["Statement"] == [theirs]


def killed_at(call, work):
    """Run in a child that ends, as by kill -9, just before its call of that number; whether it came so far."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    import botocore.httpsession

    send, seen = botocore.httpsession.URLLib3Session.send, 0

    def counted(self, request):
        nonlocal seen
        if seen == call:
            os._exit(9)
        seen += 1
        return send(self, request)

    botocore.httpsession.URLLib3Session.send = counted
    try:
        work()
        os._exit(0)
    except BaseException:
        os._exit(1)


def test_a_run_that_is_killed_is_taken_up_again(up, down, client):
    call = 0
    while killed_at(call, up):
        up()
        assert counts(client) == WHOLE, f"killed before call {call}"
        down(delete_content=True)
        assert counts(client) == NOTHING, f"killed before call {call}"
        call += 1
    assert call > 15, "it makes that many calls"


def test_a_removal_that_is_killed_is_taken_up_again(up, down, client, settings):
    up()
    call = 0
    while killed_at(call, lambda: down(delete_content=True)):
        if settings.state_path.exists():
            down(delete_content=True)
        assert counts(client) == NOTHING, f"killed before call {call}"
        up()
        call += 1
    assert call > 8


def test_what_is_refused_is_named(up, down, fake, client):
    """Every call of a first run is refused once: its permission is named, and the next run goes on from there."""
    fake.calls.clear()
    up()
    calls = list(dict.fromkeys((method, generalised(path)) for method, path in fake.calls))
    assert len(calls) > 12
    for call in calls:
        down(delete_content=True)
        fake.refusals[call] = (403, "AccessDenied")
        with pytest.raises(SetupError, match=r"permission [a-z0-9]+:[A-Za-z]+ is needed|s3:ListBucket is missing"):
            up()
        fake.refusals.clear()
        up()
        assert counts(client) == WHOLE


def generalised(path):
    """The same call in a later run: without what differs from run to run."""
    anywhere = re.sub(r"/distribution/[A-Z0-9]+", "/distribution/[A-Z0-9]+", re.escape(path))
    return f"^{anywhere}$"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("TooManyPublicKeys", "quota is reached"),
        ("ThrottlingException", "throttles"),
        ("SomethingElse", "SomethingElse: refused"),
        ("InvalidClientTokenId", "does not know these credentials"),
    ],
)
def test_other_refusals(up, fake, code, message):
    fake.refusals["GET", f"{VERSION}/public-key"] = (400, code)
    with pytest.raises(SetupError, match=message):
        up()


def test_a_change_in_between(up, down, fake):
    up()
    fake.refusals["PUT", f"{VERSION}/distribution/"] = (412, "PreconditionFailed")
    with pytest.raises(SetupError, match="run it again"):
        down()


def test_a_key_group_in_use(up, down, fake, client):
    up()
    fake.refusals["DELETE", f"{VERSION}/key-group/"] = (409, "ResourceInUse")
    with pytest.raises(SetupError, match="still uses it"):
        down(delete_content=True)
    fake.refusals.clear()
    down(delete_content=True)
    assert counts(client) == NOTHING


def test_state_files(up, down, settings):
    made = up()
    path = settings.state_path
    whole = json.loads(path.read_text())
    for text, message in [
        ("{", "damaged"),
        ("[]", "no state file"),
        (json.dumps({**whole, "version": 2}), "no state file of this version"),
        (json.dumps({**whole, "distributions": []}), "distributions is not what was written"),
        (json.dumps({**whole, "colour": "red"}), "colour is not what was written"),
        (json.dumps({"version": 1, "name": "x"}), "not whole"),
        (json.dumps({**whole, "account": "999999999999"}), "belongs to account 999999999999"),
        (json.dumps({**whole, "name": "cloudfront-signer-other"}), "belongs to cloudfront-signer-other"),
    ]:
        path.write_text(text)
        with pytest.raises(SetupError, match=message):
            up()
    path.write_text(json.dumps({**whole, "account": "999999999999"}))
    with pytest.raises(SetupError, match="check --profile"):
        down()
    path.write_text(json.dumps(whole))
    assert state.load(path) == made


@pytest.mark.parametrize("name", ["ab", "My-bucket", "a.b.c", "-ab", "a" * 64])
def test_bucket_names(session, endpoint, tmp_path, name):
    settings = stack.Settings(name, tmp_path / "state.json", tmp_path / "key.pem")
    with pytest.raises(SetupError, match="3 to 63"):
        stack.up(session, settings, endpoint_url=endpoint)


def test_least_privilege(up, down, fake, session):
    """Every operation that is called stands in the policy that `aws permissions` prints."""
    called = set()
    session.events.register("before-call.*.*", lambda model, **_: called.add(model.name))
    up()
    down(delete_content=True)
    allowed = {action for one in iam_policy("my-bucket")["Statement"] for action in one["Action"]}
    special = {"ListBuckets": "s3:ListAllMyBuckets"}
    needed = {special.get(name) or permission(name) for name in called}
    assert len(needed) > 15
    assert needed <= allowed, needed - allowed


def test_a_dry_run_does_nothing(settings, client):
    lines = stack.plan(settings)
    assert "upload 2 files" in lines[1]
    assert counts(client) == NOTHING
