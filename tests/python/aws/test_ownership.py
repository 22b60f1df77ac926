"""What is ours, what was there before, and two runs at once."""

import os
import subprocess
import sys
import threading

import boto3
import pytest
from botocore.stub import Stubber

from cloudfront_signer import PrivateKey, _atomic_file, aws
from cloudfront_signer.aws import SetupError, bucket, bucket_policy, keys, state

from support.stacks import NOTHING, WHOLE, counts, trusted


def test_a_second_folder_adopts_and_deletes_nothing(up, down, client, settings, tmp_path):
    first = up()
    second_state, lines = tmp_path / "second.json", []
    second = up(state_path=second_state, progress=lines.append)
    assert (second.distributions, second.public_key) == (first.distributions, first.public_key)
    adopted = [line for line in lines if "existed before: `down` keeps it" in line]
    assert len(adopted) == 5, "bucket, control, key, group, distribution"
    removed = []
    down(second_state, progress=removed.append, delete_content=True)
    assert counts(client) == WHOLE
    assert len([line for line in removed if "it stays" in line]) == 5
    assert not second_state.exists()
    assert bucket_policy.read_policy(client("s3"), "my-bucket")["Statement"][0]["Sid"] == first.sid
    assert up() == first
    down(delete_content=True)
    assert counts(client) == NOTHING


def test_a_second_folder_with_its_own_key(up, down, client, settings, tmp_path):
    """Its key joins the group that is not its own, and leaves it again."""
    first = up()
    other = {"state_path": tmp_path / "second.json", "private_key": tmp_path / "second.pem"}
    second = up(**other)
    assert set(trusted(client, first.key_group)) == {first.public_key, second.public_key}
    down(other["state_path"])
    assert trusted(client, first.key_group) == [first.public_key]
    assert counts(client) == WHOLE


def test_a_part_that_says_it_is_ours_and_was_not_written_down(up, down, client, settings):
    """A state file that is put back from before: what it does not know is not deleted."""
    made = up()
    stack = state.load(settings.state_path)
    stack.ownership.pop("key_group")
    stack.save(settings.state_path)
    lines = []
    up(progress=lines.append)
    assert f"key group {made.key_group} existed before: `down` keeps it" in lines


def test_a_bucket_that_was_made_anew_by_others_stays(up, down, client):
    up()
    s3 = client("s3")
    bucket.empty_bucket(s3, "my-bucket")
    s3.delete_bucket(Bucket="my-bucket")
    s3.create_bucket(Bucket="my-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    lines = []
    down(delete_content=True, progress=lines.append)
    assert counts(client) == {**NOTHING, "buckets": 1}
    assert any("was not created by this stack: it stays" in line for line in lines)


def test_another_accounts_bucket_does_not_pass(up, fake, client, settings):
    client("s3").create_bucket(Bucket="my-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    fake.foreign.add("my-bucket")
    with pytest.raises(SetupError, match="belongs to another account"):
        up()
    assert state.load(settings.state_path) is None, "nothing was begun"


def test_every_call_of_a_bucket_says_whose_it_is(session, endpoint, fake, up, down):
    asked = []
    session.events.register("before-call.s3", lambda model, params, **_: asked.append((model.name, params["headers"])))
    up(list_bucket=True)
    down(delete_content=True)
    without = {name for name, headers in asked if headers.get("x-amz-expected-bucket-owner") != "123456789012"}
    assert without == {"CreateBucket"}, "which has no owner yet"


def test_a_public_bucket_that_is_closed_is_said(up, client):
    s3 = client("s3")
    s3.create_bucket(Bucket="my-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    lines = []
    up(progress=lines.append)
    assert any("did not block public access: it does now" in line for line in lines)
    lines.clear()
    up(progress=lines.append)
    assert not any("block public access" in line for line in lines), "it is closed already"


def test_a_bucket_that_another_run_makes_meanwhile():
    """In us-east-1 S3 says 200 to who makes a bucket that is his account's already."""
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        tags = {"Tags": [{"Key": "cloudfront-signer", "Value": "mine"}]}
        stub.add_response("create_bucket", {}, {"Bucket": "b-b", "CreateBucketConfiguration": tags})
        stub.add_response("get_bucket_tagging", {"TagSet": [{"Key": "cloudfront-signer", "Value": "theirs"}]})
        with pytest.raises(SetupError, match="another run created it meanwhile"):
            bucket.create_bucket(client, "b-b", "mine")


RUN = """
import sys
from pathlib import Path
import boto3
from cloudfront_signer import aws
folder, endpoint, state_path = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
sys.stdin.readline()
try:
    aws.up(boto3.session.Session(), aws.Settings("my-bucket", state_path, folder / "key.pem"), endpoint_url=endpoint)
except aws.SetupError as error:
    print(error)
    raise SystemExit(1)
"""


@pytest.mark.parametrize("states", [["one.json"] * 3, ["one.json", "two.json", "three.json"]])
def test_several_at_once_keep_the_key(endpoint, client, tmp_path, states):
    """Whatever each of them ends with: the file has the key that CloudFront has, and the next run ends well."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(tmp_path), endpoint, str(tmp_path / name)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in states
    ]
    for run in runs:
        run.stdin.write("\n")
        run.stdin.flush()
    outputs = [run.communicate()[0] for run in runs]
    assert 0 in [run.returncode for run in runs], outputs
    for run, output in zip(runs, outputs, strict=True):
        assert run.returncode == 0 or "another run" in output or "meanwhile" in output, output
    again = aws.Settings("my-bucket", tmp_path / "one.json", tmp_path / "key.pem", interval=0.0)
    made = aws.up(boto3.session.Session(), again, endpoint_url=endpoint)
    pem = PrivateKey.from_file(tmp_path / "key.pem").public_key().to_pem()
    there = client("cloudfront").get_public_key(Id=made.public_key)["PublicKey"]["PublicKeyConfig"]["EncodedKey"]
    assert there.strip() == pem.strip()
    assert made.public_key in trusted(client, made.key_group)
    # Nothing but a caller reference tells distributions apart: two states may have made one each, and know it.
    assert {**counts(client), "distributions": 1} == WHOLE
    assert counts(client)["distributions"] <= len(set(states))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"key.pem", *states} | {"one.json"})


def test_a_key_file_is_never_replaced(tmp_path, monkeypatch):
    """Two runs that have both seen that there is none."""
    path, barrier, made = tmp_path / "key.pem", threading.Barrier(4), []
    generate = keys.PrivateKey.generate

    class Slow:
        from_file = keys.PrivateKey.from_file

        @staticmethod
        def generate(kind):
            barrier.wait()
            return generate(kind)

    monkeypatch.setattr(keys, "PrivateKey", Slow)
    threads = [
        threading.Thread(target=lambda: made.append(keys.ensure_private_key(path, "ecdsa-p256").to_pem()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert set(made) == {path.read_text()}
    assert list(tmp_path.iterdir()) == [path]


def test_without_hard_links(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "key.pem"
    _atomic_file.create_exclusively(path, "one", 0o600)
    with pytest.raises(FileExistsError):
        _atomic_file.create_exclusively(path, "two", 0o600)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("one", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_leftover_of_the_same_process_id_does_not_block(tmp_path):
    path = tmp_path / "key.pem"
    (tmp_path / f".key.pem.{os.getpid()}").write_text("of a run that was killed")
    _atomic_file.write_atomically(path, "one", 0o600)
    _atomic_file.create_exclusively(tmp_path / "other.pem", "two", 0o600)
    assert path.read_text() == "one"


def test_only_regular_files_are_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(OSError, match="regular file"):
            _atomic_file.write_atomically(path, "one", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


def test_the_lock_ends_with_its_run(tmp_path):
    path = tmp_path / "state.json"
    with (
        state.locked(path),
        pytest.raises(SetupError, match="another run uses this state file"),
        state.locked(path),
    ):
        pass
    (tmp_path / "state.json.lock").touch()
    with state.locked(path):
        pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SetupError, match="No such file"), state.locked(tmp_path / "none" / "state.json"):
        pass
