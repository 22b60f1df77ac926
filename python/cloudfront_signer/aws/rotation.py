"""Changing keys with the state file: a run killed at any point is taken up by running it again, or by ``up``.

First half: the new key is trusted beside the old one, and signers are switched. Second half, once what the old key
signed has expired: it is no longer trusted, and deleted. What is on its way out is written down before anything is
asked of AWS, so that nothing trusts it again.
"""

from pathlib import Path
from typing import Any

from cloudfront_signer._native import excerpt
from cloudfront_signer.aws import keys, state
from cloudfront_signer.aws.account import check_account, clients
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.ownership import Ledger, Progress
from cloudfront_signer.aws.state import State


def begin(
    session: Any, state_path: Path, private_key: Path, progress: Progress, *, endpoint_url: str | None = None
) -> str:
    """Trust the key of a file, made if it is not there, beside the current one; gives its key pair id."""
    with state.locked(state_path):
        ledger, cloudfront = _open(session, state_path, progress, endpoint_url)
        stack = ledger.state
        finish(ledger, cloudfront)
        if stack.next_private_key not in ("", str(private_key)):
            raise SetupError(
                f"a rotation to {stack.next_private_key} is under way: end it with --remove {stack.public_key}, "
                f"or take it back with --remove {stack.next_public_key or 'next'}"
            )
        pem = keys.ensure_private_key(private_key).public_key().to_pem()
        same = keys.find_public_keys(cloudfront, keys.key_name(stack.name, pem), pem)
        if any(one.id == stack.public_key for one in same):
            raise SetupError(f"{private_key}: it is the current key, {stack.public_key}: give another file")
        stack.next_private_key = str(private_key)
        ledger.save()
        ensure_key(ledger, cloudfront, "next_public_key", private_key)
        trust(ledger, cloudfront)
        return stack.next_public_key


def end(session: Any, state_path: Path, key_id: str, progress: Progress, *, endpoint_url: str | None = None) -> None:
    """Stop trusting one of the two keys of a rotation, and delete it; the other one is the current key then."""
    with state.locked(state_path):
        ledger, cloudfront = _open(session, state_path, progress, endpoint_url)
        stack = ledger.state
        if stack.retired_public_key == key_id:
            finish(ledger, cloudfront)
            return
        finish(ledger, cloudfront)
        if stack.next_private_key and not stack.next_public_key:
            # It was stopped half-way: whether the key was made already is found out by making it.
            ensure_key(ledger, cloudfront, "next_public_key", Path(stack.next_private_key))
        if key_id == stack.public_key and stack.next_public_key:
            _move(stack, "public_key", "retired_public_key")
            _move(stack, "next_public_key", "public_key")
            stack.private_key, stack.next_private_key = stack.next_private_key, ""
        elif stack.next_public_key and key_id in (stack.next_public_key, "next"):
            _move(stack, "next_public_key", "retired_public_key")
            stack.next_private_key = ""
        elif key_id == stack.public_key:
            raise SetupError(f"{key_id}: it is the only key: begin with --private-key, and switch the signers first")
        elif key_id in stack.removed_public_keys:
            progress(f"public key {key_id} is no longer trusted already")
            return
        else:
            raise SetupError(f"{excerpt(key_id)}: it is no key of this state file; `aws status` shows them")
        ledger.save()
        finish(ledger, cloudfront)


def finish(ledger: Ledger, cloudfront: Any) -> None:
    """Take out what is on its way out, if anything is."""
    if ledger.state.retired_public_key:
        trust(ledger, cloudfront)


def trust(ledger: Ledger, cloudfront: Any) -> None:
    """The group trusts the current and the next key; what was retired is no longer trusted, and deleted if it is ours.

    From a group that is not ours nothing else is taken out.
    """
    stack = ledger.state
    retired = stack.retired_public_key
    if stack.is_ours("key_group"):
        for one in keys.set_key_group(cloudfront, stack.key_group, trusted(stack)):
            ledger.progress(f"{one} is no longer trusted")
    else:
        removed = [retired] if retired else []
        keys.change_key_group(cloudfront, stack.key_group, add=trusted(stack), remove=removed)
    if not retired:
        return
    if stack.is_ours("retired_public_key"):
        keys.delete_public_key(cloudfront, retired)
        told = f"public key {retired} is no longer trusted, and deleted"
    else:
        told = f"public key {retired} is no longer trusted; it was there before, so it stays"
    stack.removed_public_keys.append(retired)
    stack.forget("retired_public_key")
    ledger.say(told)


def trusted(stack: State) -> list[str]:
    """The keys that are to be trusted."""
    return [one for one in (stack.public_key, stack.next_public_key) if one]


def ensure_key(ledger: Ledger, cloudfront: Any, part: str, path: Path) -> None:
    """The public half of a file's key is at CloudFront. Raises SetupError where the file does not hold that key."""
    stack = ledger.state
    known = stack.id_of(part)
    if known and not path.exists():
        raise SetupError(
            f"{path}: no such file, and it has the key of {known}: restore it, or change keys with "
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


def _open(session: Any, state_path: Path, progress: Progress, endpoint_url: str | None) -> tuple[Ledger, Any]:
    stack = state.load(state_path)
    if stack is None or not stack.key_group:
        raise SetupError(f"{state_path}: no stack with a key group is written there: `aws up` makes one")
    made = clients(session, endpoint_url)
    check_account(stack, made.account, state_path)
    return Ledger(stack, state_path, progress), made.cloudfront
