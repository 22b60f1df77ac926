"""The ``aws`` commands as people run them, against moto."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta

import pexpect
import pytest

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
from cloudfront_signer.aws.checks import Answer
from cloudfront_signer.cli.aws.check import explain

COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer.cli", "aws"]


@pytest.fixture
def run(endpoint, tmp_path):
    def run(command, *arguments, status=0, at=endpoint):
        flags = [] if at is None else ["--endpoint-url", at]
        done = subprocess.run(
            [*COMMAND, command, *map(str, arguments), *flags],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "PRIVATE KEY" not in done.stdout + done.stderr
        return done

    return run


def test_step_by_step(run, tmp_path, fake):
    (tmp_path / "video.mp4").write_bytes(b"video")
    assert run("bucket", "my-bucket", "--upload", "video.mp4").stdout == "s3://my-bucket/video.mp4\n"
    assert "exists already" in run("bucket", "my-bucket").stderr
    control = run("origin-access", "mine").stdout.strip()
    key_id, group = run("key", "mine", "--private-key", "key.pem", "--secret", "mine").stdout.split()
    flags = ["--bucket", "my-bucket", "--origin-access-control", control, "--wait"]
    made, arn, domain = run("distribution", "mine", *flags, "--key-group", group).stdout.split()
    assert domain.endswith(".cloudfront.net")
    assert run("distribution", "mine", *flags, "--key-group", group).stdout.split()[0] == made
    assert f"key groups: found {group}, expected none" in run("distribution", "mine", *flags, status=1).stderr
    assert run("distribution", "mine", *flags, "--update").stdout.split()[0] == made
    run("distribution", "mine", *flags, "--key-group", group, "--update")
    tenants = run("distribution", "saas", *flags, "--key-group", group, "--multi-tenant", "--alias", "a.b", status=1)
    assert "multi-tenant" in tenants.stderr
    assert "1 distributions" in run("grant", "--bucket", "my-bucket", "--distribution", arn).stderr
    new = run("rotate", group, "--name", "new", "--private-key", "new.pem").stdout.strip()
    assert new != key_id
    assert "deleted" in run("rotate", group, "--remove", key_id).stderr
    assert "--remove" in run("rotate", group, status=2).stderr
    assert "--name" in run("rotate", group, "--private-key", "third.pem", status=2).stderr
    assert "aws up" in run("rotate", "--private-key", "third.pem", status=1).stderr
    assert "--distribution" in run("grant", "--bucket", "my-bucket", status=2).stderr


def test_the_guides_way(run, fake):
    run("bucket", "my-bucket")
    identity, canonical = run("origin-access", "mine", "--legacy").stdout.split()
    missing = run(
        "grant", "--bucket", "my-bucket", "--legacy", "--canonical-user", canonical, "--key", "none", status=1
    )
    assert "NoSuchKey" in missing.stderr
    assert "--canonical-user" in run("grant", "--bucket", "my-bucket", "--legacy", status=2).stderr
    flags = ["--bucket", "my-bucket", "--identity", identity, "--trusted-signer", "self"]
    assert "--legacy" in run("distribution", "old", *flags, status=2).stderr
    assert len(run("distribution", "old", *flags, "--legacy").stdout.split()) == 3
    streaming = run("distribution", "rtmp", *flags, "--legacy", "--streaming")
    assert "discontinued RTMP" in streaming.stderr
    assert "s1.cloudfront.net" in streaming.stdout
    assert run("key", "x", "--private-key", "pk-APKA1234.pem", "--legacy").stdout == "APKA1234\n"


def test_all_at_once(run, tmp_path):
    (tmp_path / "video.mp4").write_bytes(b"video")
    flags = ["--bucket", "my-bucket", "--upload", "video.mp4"]
    planned = run("up", *flags, "--dry-run").stdout
    assert "upload 1 files" in planned
    assert not (tmp_path / "cloudfront-signer.json").exists()
    done = run("up", *flags, "--print", "env")
    assert "CLOUDFRONT_SIGNER_KEY_PAIR_ID=" in done.stdout
    assert "bucket policy" in done.stderr
    assert "--print takes settings, env, django, flask" in run("up", *flags, "--print", "rails", status=2).stderr
    shown = run("status").stdout
    assert "deployed at" in shown
    told = json.loads(run("status", "--json").stdout)
    assert (told["bucket"], told["region"]) == ("my-bucket", "eu-west-1")
    assert [set(part) for part in told["parts"]] == [{"part", "id", "status"}] * len(shown.splitlines())
    assert all(part["part"] in shown and part["id"] in shown and part["status"] in shown for part in told["parts"])
    new = run("rotate", "--private-key", "new.pem")
    assert "switch the signers" in new.stderr
    settings = run("up", "--bucket", "my-bucket", "--print", "env").stdout
    assert new.stdout.strip() in settings, "applications are told the next key"
    assert "new.pem" in settings
    assert f"next public key        {new.stdout.strip()}" in run("status").stdout
    group = re.search(r"key group +(\w+)", run("status").stdout)[1]
    old = re.search(r"^public key +(\w+)", run("status").stdout, re.MULTILINE)[1]
    assert "no longer trusted, and deleted" in run("rotate", group, "--remove", old).stderr
    assert old not in run("status").stdout
    run("up", "--bucket", "my-bucket")
    stream = run("try", "video.mp4", "--legacy", at=None)
    assert stream.stdout.startswith("streamer: rtmp://")
    assert "file: video%3FExpires%3D" in stream.stdout
    run("down", "--yes", "--delete-content")
    assert not (tmp_path / "cloudfront-signer.json").exists()
    assert "aws up" in run("status", status=1).stderr


def test_options_of_up_and_template(run, tmp_path):
    flags = ["--bucket", "my-bucket", "--open", "/public/*", "--list-bucket", "--allow-download-names"]
    flags += ["--cors-origin", "https://www.example.com", "--domain", "media.example.com"]
    flags += ["--certificate", "arn:aws:acm:us-east-1:123456789012:certificate/1-2", "--legacy"]
    for command in (["up", *flags], ["up", *flags, "--dry-run"]):
        told = run(*command)
        assert "no signature is needed for /public/*" in told.stdout + told.stderr
        assert "makes every object of the bucket public" in told.stdout + told.stderr
    public = PrivateKey.from_file(tmp_path / "private_key.pem").public_key().to_pem()
    (tmp_path / "public.pem").write_text(public)
    for form in ("cloudformation", "terraform"):
        told = run("template", *flags, "--public-key", "public.pem", "--format", form, at=None)
        assert "media.example.com" in told.stdout
        assert "makes every object" in told.stderr
    # Names are checked by each of them alike.
    for command in (["up"], ["up", "--dry-run"], ["template", "--public-key", "public.pem"], ["permissions"]):
        at = {} if command[0] == "up" else {"at": None}
        assert "3 to 63 of a-z" in run(*command, "--bucket", "My_Videos", status=1, **at).stderr
    assert "3 to 63 of a-z" in run("bucket", "A.B", status=1).stderr
    assert "opens the whole bucket" in run("up", "--dry-run", "--bucket", "b-b", "--open", "/*", status=1).stderr


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["rotate", "--remove", ""], "--remove"),
        (["rotate", "--remove="], "--remove"),
        (["rotate", "", "--remove", "K1"], "an argument"),
        (["up", "--bucket", ""], "--bucket"),
        (["up", "--bucket", "my-bucket", "--upload", ""], "--upload"),
        (["up", "--bucket", "my-bucket", "--domain", "", "--certificate", ""], "--domain"),
        (["down", "--yes", "--state", ""], "--state"),
        (["bucket", "my-bucket", "--upload", ""], "--upload"),
        (["origin-access", ""], "an argument"),
        (["grant", "--bucket", "my-bucket", "--distribution", ""], "--distribution"),
        (["distribution", "", "--bucket", "my-bucket", "--update"], "an argument"),
        (["distribution", "mine", "--bucket", "my-bucket", "--key-group", ""], "--key-group"),
        (["key", "mine", "--private-key", "key.pem", "--secret", ""], "--secret"),
        (["try", ""], "an argument"),
        (["up", "--bucket", "my-bucket", "--profile", ""], "--profile"),
    ],
)
def test_an_empty_value_is_a_variable_that_is_not_set(run, tmp_path, command, named):
    refused = run(*command, status=2, at=None).stderr
    assert re.search(rf"\b{named.lstrip('-')}\b.* is empty: give ", refused)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_root_object_is_the_default(run):
    made = run("distribution", "mine", "--bucket", "my-bucket", "--default-root-object", "").stdout.split()
    assert made[2].endswith(".cloudfront.net")


def test_down_asks_first(run, endpoint, tmp_path):
    run("up", "--bucket", "my-bucket")
    child = pexpect.spawn(
        sys.executable,
        ["-m", "cloudfront_signer.cli", "aws", "down", "--endpoint-url", endpoint],
        cwd=str(tmp_path),
        timeout=60,
        encoding="utf-8",
        env={**os.environ, "TERM": "xterm"},
    )
    child.expect("Delete my-bucket, [A-Z0-9, ]+[?]")
    child.sendline("n")
    child.read()
    child.close()
    assert child.exitstatus == 130
    assert "my-bucket" in run("status").stdout


def test_down_without_a_terminal(run):
    run("up", "--bucket", "my-bucket")
    assert run("down", status=1).stderr.endswith(
        "\ncloudfront-signer: not confirmed, so nothing was deleted: answer y, or give --yes\n"
    )
    assert "my-bucket" in run("status").stdout


def test_what_does_not_answer(run, tmp_path):
    """The distributions' names are put onto a port of this machine where nobody listens."""
    (tmp_path / "video.mp4").write_bytes(b"video")
    run("up", "--bucket", "my-bucket", "--upload", "video.mp4", "--open-distribution")
    path = tmp_path / "cloudfront-signer.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "domain_names": {"open": "127.0.0.1:9", "signed": "127.0.0.1:9"}}))
    checked = run("check", "video.mp4", status=1).stdout.splitlines()
    assert [line.split()[0] for line in checked] == ["bucket", "open", "signed"]
    assert all("no response" in line for line in checked[1:])
    told = json.loads(run("check", "video.mp4", "--json", status=1).stdout)
    assert not told["fine"]
    assert [one["check"] for one in told["checks"]] == ["bucket", "open", "signed"]
    assert [set(one) for one in told["checks"]] == [{"check", "url", "expected", "seen", "fine", "advice"}] * 3
    tried = run("try", "video.mp4", at=None, status=1)
    assert tried.stdout.startswith("https://127.0.0.1:9/video.mp4?Expires=")
    assert "no response" in tried.stderr
    for key, quoted in {
        "a+b c.txt": "a%2Bb%20c.txt",
        "what?#1.txt": "what%3F%231.txt",
        "100%.txt": "100%25.txt",
    }.items():
        assert f"/{quoted}?Expires=" in run("try", key, at=None, status=1).stdout
        assert "no response" in run("check", key, status=1).stdout
    for key in ("caf\udce9", "a\nb", "/", "../x", "\\"):
        run("try", key, at=None, status=1)
        run("check", key, status=1)


def test_an_answer_is_explained():
    key = PrivateKey.generate("ecdsa-p256")
    verifier, signer = Verifier({"K1": key.public_key()}), CloudFrontSigner("K1", key)
    denied = Answer(403, "<Code>AccessDenied</Code>")
    expired = explain(signer.sign_url("https://d.example/a", expires=1_000_000_000), denied, verifier)
    assert expired[0] == "403 AccessDenied"
    assert expired[1].endswith("sign it again with a later expiry")
    good = signer.sign_url("https://d.example/a", expires=timedelta(hours=1))
    assert "key group" in explain(good, denied, verifier)[1]
    assert explain(good, Answer(200, ""), verifier) == ["200: the object is served"]


def test_templates_and_permissions(run, tmp_path):
    run("key", "mine", "--private-key", "key.pem")
    keygen = [sys.executable, "-m", "cloudfront_signer.cli", "keygen", "--out", tmp_path / "k.pem"]
    subprocess.run(keygen, check=True, capture_output=True)
    flags = ["--bucket", "my-bucket", "--public-key", tmp_path / "k.pub.pem"]
    assert "AWSTemplateFormatVersion" in run("template", *flags, at=None).stdout
    assert 'resource "aws_s3_bucket"' in run("template", *flags, "--format", "terraform", at=None).stdout
    assert "--format takes" in run("template", *flags, "--format", "pulumi", at=None, status=2).stderr
    assert "cloudfront:CreateDistribution" in run("permissions", "--bucket", "my-bucket", at=None).stdout


def test_profiles_that_are_not_there(run):
    assert "list-profiles" in run("bucket", "my-bucket", "--profile", "none", status=1).stderr
