"""``up``, ``status`` and ``down`` against moto over HTTP, stopped at every point, and refused at every call."""

import json
import re

import pytest
from moto.moto_api import state_manager

from cloudfront_signer.aws import SetupError, rotation, stack, state
from cloudfront_signer.aws.errors import permission
from cloudfront_signer.aws.permissions import iam_policy

from support.aws import VERSION
from support.stacks import NOTHING, WHOLE, counts, killed_at

# Everything that can be asked for: the most calls.
ALL = {
    "open_paths": ("/public/*",),
    "open_distribution": True,
    "domain": "media.example.com",
    "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1-2",
    "cors_origins": ("https://www.example.com",),
    "allow_download_names": True,
    "list_bucket": True,
}
WHOLE_OF_ALL = {**WHOLE, "policies": 2, "distributions": 2}


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
    arn = f"arn:aws:cloudfront::123456789012:distribution/{made.distributions['signed']}"
    assert statement["Condition"]["StringEquals"]["AWS:SourceArn"] in (arn, [arn])
    signed = cloudfront.get_distribution(Id=made.distributions["signed"])["Distribution"]["DistributionConfig"]
    assert signed["DefaultCacheBehavior"]["TrustedKeyGroups"]["Items"] == [made.key_group]
    assert signed["Origins"]["Items"][0]["DomainName"] == "my-bucket.s3.eu-west-1.amazonaws.com"
    assert up() == made
    settings.state_path.unlink()
    again = up()
    assert counts(client) == WHOLE
    assert (again.distributions, again.public_key) == (made.distributions, made.public_key)
    assert again.ours() == [], "without the state nobody knows, so all stays"
    rows = stack.status(session, made, endpoint_url=endpoint)
    assert ("signed distribution", made.distributions["signed"]) in [row[:2] for row in rows]
    assert all("existed before" in row[2] for row in stack.status(session, again, endpoint_url=endpoint))


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
    with pytest.raises(SetupError, match="no such file: there is nothing to remove"):
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
    made, lines = up(), []
    both = json.loads(client("s3").get_bucket_policy(Bucket="my-bucket")["Policy"])["Statement"]
    assert [one["Sid"] for one in both] == ["Theirs", made.sid]
    down(progress=lines.append, delete_content=True)
    assert client("s3").list_objects_v2(Bucket="my-bucket")["KeyCount"] == 2, "its content stays with it"
    assert any("it stays, with the 2 uploaded files" in line for line in lines)
    assert counts(client) == {**NOTHING, "buckets": 1}
    assert json.loads(client("s3").get_bucket_policy(Bucket="my-bucket")["Policy"])["Statement"] == [theirs]


@pytest.mark.parametrize("point", [0, 1])
def test_a_run_that_is_killed_is_taken_up_again(up, down, client, point):
    """Before and after every call."""
    while killed_at(point, lambda: up(**ALL)):
        up(**ALL)
        assert counts(client) == WHOLE_OF_ALL, f"killed at point {point}"
        down(delete_content=True)
        assert counts(client) == NOTHING, f"killed at point {point}"
        point += 2
    assert point > 50


def test_a_run_that_is_killed_is_undone(up, down, client, settings):
    """Also without a second ``up``: what was made and not yet written down says itself whose it is."""
    point = 0
    while killed_at(point, up):
        if settings.state_path.exists():
            down(delete_content=True)
        assert counts(client) == NOTHING, f"killed at point {point}"
        point += 1
    assert point > 30


def test_a_removal_that_is_killed_is_taken_up_again(up, down, client, settings):
    up(**ALL)
    point = 0
    while killed_at(point, lambda: down(delete_content=True)):
        if settings.state_path.exists():
            down(delete_content=True)
        assert counts(client) == NOTHING, f"killed at point {point}"
        up(**ALL)
        point += 1
    assert point > 40


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
    anywhere = re.sub(r"/(distribution|key\\-group)/[A-Z0-9]+", r"/\1/[A-Z0-9]+", re.escape(path))
    return f"^{anywhere}$"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("TooManyPublicKeys", "quota is reached"),
        ("ThrottlingException", "throttles"),
        ("SomethingElse", "SomethingElse: refused"),
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
        ("[]", "not a state file"),
        (json.dumps({**whole, "version": 1}), "not a state file of this version"),
        (json.dumps({**whole, "distributions": []}), "distributions has an unexpected value"),
        (json.dumps({**whole, "ownership": {"bucket": "theirs"}}), "ownership has an unexpected value"),
        (json.dumps({**whole, "ownership": {"colour": "ours"}}), "ownership has an unexpected value"),
        (json.dumps({**whole, "domain_names": {"signed": 1}}), "domain_names has an unexpected value"),
        (json.dumps({**whole, "colour": "red"}), "colour has an unexpected value"),
        (json.dumps({**whole, "bucket": "my-bukcet"}), "expected my-bucket"),
        (json.dumps({**whole, "name": "cloudfront-signer-My Bucket", "bucket": "My Bucket"}), "3 to 63"),
        ("[" * 200_000, "damaged|not a state file"),
        (json.dumps({"version": 2, "name": "x"}), "incomplete"),
        (json.dumps({**whole, "account": "999999999999"}), "belongs to account 999999999999"),
        (
            json.dumps({**whole, "name": "cloudfront-signer-other", "bucket": "other"}),
            "belongs to cloudfront-signer-other",
        ),
    ]:
        path.write_text(text)
        with pytest.raises(SetupError, match=message):
            up()
    path.write_text(json.dumps({**whole, "account": "999999999999"}))
    with pytest.raises(SetupError, match="check --profile"):
        down()
    path.write_text(json.dumps(whole))
    assert state.load(path) == made


@pytest.mark.parametrize("name", ["ab", "My_Videos", "A.B", "a.b.c", "-ab", "a" * 64, "xn--x", "amzn-s3-demo-x", "b\n"])
def test_bucket_names(tmp_path, name):
    with pytest.raises(SetupError, match=r"3 to 63|reserves such names"):
        stack.Settings(name, tmp_path / "state.json", tmp_path / "key.pem")


def test_a_long_bucket_name(session, endpoint, tmp_path, client):
    """CloudFront's names of controls end sooner than S3's names."""
    settings = stack.Settings("b" * 63, tmp_path / "state.json", tmp_path / "key.pem", interval=0.0)
    made = stack.up(session, settings, endpoint_url=endpoint)
    assert stack.up(session, settings, endpoint_url=endpoint) == made
    control = client("cloudfront").get_origin_access_control(Id=made.origin_access_control)["OriginAccessControl"]
    assert len(control["OriginAccessControlConfig"]["Name"]) == 64


def test_least_privilege(up, down, fake, session, endpoint, settings, tmp_path):
    """Every operation that is called stands in the policy that `aws permissions` prints."""
    called = set()
    session.events.register("before-call.*.*", lambda model, **_: called.add(model.name))
    made = up(**ALL)
    up(**{**ALL, "cors_origins": ("https://other.example.com",)}, update=True)
    options = {"endpoint_url": endpoint}
    rotation.begin(session, settings.state_path, tmp_path / "new.pem", print, **options)
    rotation.end(session, settings.state_path, made.public_key, print, **options)
    rotation.end(session, settings.state_path, made.public_key, print, **options)
    down(delete_content=True)
    allowed = {action for one in iam_policy("my-bucket")["Statement"] for action in one["Action"]}
    needed = {permission(name) for name in called} | {"s3:TagResource"}
    assert len(needed) > 25
    assert needed <= allowed, needed - allowed


def test_a_dry_run_does_nothing(settings, client):
    lines = stack.plan(settings)
    assert "upload 2 files" in lines[1]
    assert counts(client) == NOTHING
