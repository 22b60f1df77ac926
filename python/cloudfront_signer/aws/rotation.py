"""Key rotation with the state file: a run that is killed at any point resumes if run again, or with ``up``.

First half: the new key is trusted in addition to the old one, and signers are switched. Second half, after the URLs of
the old key have expired: it is no longer trusted, and deleted. A key to be removed is recorded before any request to
AWS, so that no later run trusts it again.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from cloudfront_signer._native import excerpt
from cloudfront_signer.aws import keys, state
from cloudfront_signer.aws.api import check_account, clients
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.ownership import Ledger
from cloudfront_signer.aws.progress import Event, Kind, Progress
from cloudfront_signer.aws.state import State

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cloudfront import CloudFrontClient


def begin(
    session: "Session", state_path: Path, private_key: Path, progress: Progress, *, endpoint_url: str | None = None
) -> str:
    """Trust the key of a file, created if missing, in addition to the current one; returns its key pair ID."""
    with state.locked(state_path):
        ledger, cloudfront = _open(session, state_path, progress, endpoint_url)
        stack = ledger.state
        finish(ledger, cloudfront)
        if stack.next_private_key not in ("", str(private_key)):
            raise SetupError(
                f"a rotation to {stack.next_private_key} is in progress: finish it with --remove {stack.public_key}, "
                f"or undo it with --remove {stack.next_public_key or 'next'}"
            )
        pem = keys.ensure_private_key(private_key).public_key().to_pem()
        same = keys.find_public_keys(cloudfront, keys.key_name(stack.name, pem), pem)
        if any(one.id == stack.public_key for one in same):
            raise SetupError(f"{private_key}: it contains the current key, {stack.public_key}: give another file")
        stack.next_private_key = str(private_key)
        ledger.save()
        ensure_key(ledger, cloudfront, "next_public_key", private_key)
        trust(ledger, cloudfront)
        return stack.next_public_key


def end(
    session: "Session", state_path: Path, key_id: str, progress: Progress, *, endpoint_url: str | None = None
) -> None:
    """Stop trusting one of the two keys of a rotation, and delete it; the other one becomes the current key."""
    with state.locked(state_path):
        ledger, cloudfront = _open(session, state_path, progress, endpoint_url)
        stack = ledger.state
        # In the state file, an empty ID is that of a key that does not exist.
        if not key_id:
            raise SetupError("the ID of the key to be removed is empty: `aws status` lists them")
        if stack.retired_public_key == key_id:
            finish(ledger, cloudfront)
            return
        finish(ledger, cloudfront)
        if stack.next_private_key and not stack.next_public_key:
            # A run was killed half-way. The key may exist already: this finds or creates it.
            ensure_key(ledger, cloudfront, "next_public_key", Path(stack.next_private_key))
        if key_id == stack.public_key and stack.next_public_key:
            _move(stack, "public_key", "retired_public_key")
            _move(stack, "next_public_key", "public_key")
            stack.private_key, stack.next_private_key = stack.next_private_key, ""
        elif stack.next_public_key and key_id in (stack.next_public_key, "next"):
            _move(stack, "next_public_key", "retired_public_key")
            stack.next_private_key = ""
        elif key_id == stack.public_key:
            raise SetupError(f"{key_id}: it is the only key: first run with --private-key, and switch the signers")
        elif key_id in stack.removed_public_keys:
            progress(Event(Kind.UNTRUSTED, f"public key {key_id} is already no longer trusted"))
            return
        else:
            raise SetupError(f"{excerpt(key_id)}: not a key of this state file: `aws status` lists them")
        ledger.save()
        finish(ledger, cloudfront)


def finish(ledger: Ledger, cloudfront: "CloudFrontClient") -> None:
    """Remove the retired key, if there is one."""
    if ledger.state.retired_public_key:
        trust(ledger, cloudfront)


def trust(ledger: Ledger, cloudfront: "CloudFrontClient") -> None:
    """Make the group trust the current and the next key; stop trusting the retired key, and delete it if owned.

    Other keys stay in a group that this stack does not own.
    """
    stack = ledger.state
    retired = stack.retired_public_key
    if stack.is_ours("key_group"):
        for one in keys.set_key_group(cloudfront, stack.key_group, trusted(stack)):
            ledger.progress(Event(Kind.UNTRUSTED, f"{one} is no longer trusted"))
    else:
        removed = [retired] if retired else []
        keys.change_key_group(cloudfront, stack.key_group, add=trusted(stack), remove=removed)
    if not retired:
        return
    if stack.is_ours("retired_public_key"):
        keys.delete_public_key(cloudfront, retired)
        text = f"public key {retired} is no longer trusted, and deleted"
    else:
        text = f"public key {retired} is no longer trusted; it existed before, so it stays"
    stack.removed_public_keys.append(retired)
    stack.forget("retired_public_key")
    ledger.say(Kind.UNTRUSTED, text)


def trusted(stack: State) -> list[str]:
    """The keys that the group must trust."""
    return [one for one in (stack.public_key, stack.next_public_key) if one]


def ensure_key(ledger: Ledger, cloudfront: "CloudFrontClient", part: str, path: Path) -> None:
    """Upload the public key of a private key file. Raises SetupError if the file contains another key."""
    stack = ledger.state
    known = stack.id_of(part)
    if known and not path.exists():
        raise SetupError(
            f"{path}: no such file, and it contains the key of {known}: restore it, or rotate keys with "
            "`cloudfront-signer aws rotate`"
        )
    pem = keys.ensure_private_key(path).public_key().to_pem()
    name = keys.key_name(stack.name, pem)
    ledger.ensure(
        part,
        keys.find_public_keys(cloudfront, name, pem, known),
        lambda: keys.create_public_key(cloudfront, name, pem, stack.mark),
    )


def _move(stack: State, source: str, target: str) -> None:
    stack.set_id(target, stack.id_of(source))
    stack.ownership.pop(target, None)
    if source in stack.ownership:
        stack.ownership[target] = stack.ownership[source]
    stack.forget(source)


def _open(
    session: "Session", state_path: Path, progress: Progress, endpoint_url: str | None
) -> "tuple[Ledger, CloudFrontClient]":
    stack = state.load(state_path)
    if stack is None or not stack.key_group:
        raise SetupError(f"{state_path}: it records no stack with a key group: `aws up` creates one")
    made = clients(session, endpoint_url)
    check_account(stack, made.account, state_path)
    return Ledger(stack, state_path, progress), made.cloudfront
