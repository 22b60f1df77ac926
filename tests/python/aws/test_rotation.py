"""Changing keys with the state file, killed at every point, and what `up`, `status` and `down` make of it."""

import json

import pytest

from cloudfront_signer import PrivateKey
from cloudfront_signer.aws import SetupError, rotation, stack, state

from support.stacks import NOTHING, WHOLE, counts, killed_at, trusted


@pytest.fixture
def begin(session, endpoint, settings, tmp_path):
    def run(name="new.pem", progress=lambda line: None):
        return rotation.begin(
            session, settings.state_path, tmp_path / name, lambda event: progress(event.text), endpoint_url=endpoint
        )

    return run


@pytest.fixture
def end(session, endpoint, settings):
    def run(key_id, progress=lambda line: None):
        rotation.end(session, settings.state_path, key_id, lambda event: progress(event.text), endpoint_url=endpoint)

    return run


def test_a_rotation(up, down, begin, end, client, settings, session, endpoint, tmp_path):
    made = up()
    old = made.public_key
    new = begin()
    assert begin() == new, "again changes nothing"
    assert trusted(client, made.key_group) == [old, new]
    during = up(private_key=None)
    assert trusted(client, made.key_group) == [old, new], "up trusts both"
    assert (during.public_key, during.for_signers().public_key) == (old, new)
    assert during.for_signers().private_key == str(tmp_path / "new.pem")
    rows = {row[0]: row[1] for row in stack.status(session, during, endpoint_url=endpoint)}
    assert (rows["public key"], rows["next public key"]) == (old, new)
    end(old)
    end(old)
    assert trusted(client, made.key_group) == [new]
    after = up(private_key=None)
    assert (after.public_key, after.next_public_key, after.for_signers()) == (new, "", after)
    assert after.private_key == str(tmp_path / "new.pem")
    rows = [row[:2] for row in stack.status(session, after, endpoint_url=endpoint)]
    assert ("public key", new) in rows
    assert old not in str(rows)
    assert counts(client) == WHOLE, "the retired key is gone and does not come back"
    down(delete_content=True)
    assert counts(client) == NOTHING, "the new one is ours, too"


def test_a_retired_key_does_not_come_back(up, begin, end, client, settings):
    made = up()
    begin()
    end(made.public_key)
    with pytest.raises(SetupError, match=r"signs with .*new\.pem: omit --private-key"):
        up()
    assert counts(client) == WHOLE


def test_a_rotation_is_taken_back(up, begin, end, client, settings):
    made = up()
    new = begin()
    end(new)
    assert trusted(client, made.key_group) == [made.public_key]
    assert (up().public_key, up().private_key) == (made.public_key, made.private_key)
    assert counts(client) == WHOLE


def test_what_a_rotation_refuses(up, begin, end, client, settings, tmp_path):
    with pytest.raises(SetupError, match="aws up"):
        begin()
    made = up()
    with pytest.raises(SetupError, match="it contains the current key"):
        begin("key.pem")
    with pytest.raises(SetupError, match="only key"):
        end(made.public_key)
    with pytest.raises(SetupError, match="not a key of this state file"):
        end("K0000")
    with pytest.raises(SetupError, match="the key to be removed is empty"):
        end("")
    other = client("cloudfront").create_public_key(
        PublicKeyConfig={
            "CallerReference": "o",
            "Name": "theirs",
            "EncodedKey": PrivateKey.generate("ecdsa-p256").public_key().to_pem(),
        }
    )["PublicKey"]["Id"]
    with pytest.raises(SetupError, match="not a key of this state file"):
        end(other)
    begin()
    with pytest.raises(SetupError, match=r"a rotation to .*new\.pem is in progress"):
        begin("third.pem")


def test_only_the_stacks_keys_are_trusted(up, client):
    made = up()
    cloudfront = client("cloudfront")
    group = cloudfront.get_key_group(Id=made.key_group)
    config = {**group["KeyGroup"]["KeyGroupConfig"], "Items": [made.public_key, "KSOMEBODY"]}
    cloudfront.update_key_group(Id=made.key_group, IfMatch=group["ETag"], KeyGroupConfig=config)
    lines = []
    up(progress=lines.append)
    assert trusted(client, made.key_group) == [made.public_key]
    assert "KSOMEBODY is no longer trusted" in lines


def test_a_rotation_that_is_killed(up, down, begin, end, client, settings, tmp_path):
    point, halves = 0, [True, True]
    while any(halves):
        made = up()
        old = made.public_key
        halves[0] = killed_at(point, begin)
        if point % 3 == 0:
            up()
        new = begin()
        assert trusted(client, made.key_group) == [old, new], f"begin, killed at point {point}"
        halves[1] = killed_at(point, lambda old=old: end(old))
        if point % 3 == 1:
            up(private_key=None)
        end(old)
        assert trusted(client, made.key_group) == [new], f"end, killed at point {point}"
        assert up(private_key=None).public_key == new
        assert counts(client) == WHOLE
        down(delete_content=True)
        assert counts(client) == NOTHING, f"killed at point {point}"
        (tmp_path / "new.pem").replace(settings.private_key)
        point += 1
    assert point > 10


def test_a_rotation_that_is_killed_is_undone(up, down, begin, client, settings):
    point = 0
    up()
    while killed_at(point, begin):
        down(delete_content=True)
        assert counts(client) == NOTHING, f"killed at point {point}"
        up()
        point += 1
    assert point > 10


def test_a_key_that_is_lost_or_changed(up, settings):
    made = up()
    kept = settings.private_key.read_text()
    settings.private_key.unlink()
    with pytest.raises(SetupError, match=f"no such file, and it contains the key of {made.public_key}: restore it"):
        up()
    assert not settings.private_key.exists(), "no other key takes its place"
    settings.private_key.write_text(PrivateKey.generate("ecdsa-p256").to_pem())
    with pytest.raises(SetupError, match=f"public key {made.public_key}.* it does not match the private key"):
        up()
    settings.private_key.write_text(kept)
    assert up() == made


def test_the_state_file_has_no_secret(up, begin, settings):
    up()
    begin()
    text = settings.state_path.read_text()
    assert "PRIVATE" not in text
    assert state.load(settings.state_path).next_public_key == json.loads(text)["next_public_key"] != ""
