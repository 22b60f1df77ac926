"""The state file: the resources of a stack, without secrets, written before and after each step."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cloudfront_signer._atomic_file import translated, write_atomically
from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.bucket import check_name
from cloudfront_signer.aws.errors import SetupError

_VERSION = 2

# The ownership of a part: recorded before it is created, and when it is known to exist. A part with an ID and without
# ownership existed before.
PLANNED, OURS = "planned", "ours"
DISTRIBUTIONS = ("open", "signed")
_PARTS = {
    "bucket",
    "origin_access_control",
    "public_key",
    "next_public_key",
    "retired_public_key",
    "key_group",
    "cache_policy",
    "response_headers_policy",
    *DISTRIBUTIONS,
}
_PREFIX = "cloudfront-signer-"


def stack_name(bucket: str) -> str:
    """The name of the stack's resources in the account."""
    return f"{_PREFIX}{bucket}"


def bucket_of(stack: "State") -> str:
    """The stack's bucket, created or not."""
    return stack.name.removeprefix(_PREFIX)


@dataclass(slots=True, repr=False)
class State(MaskedRepr):
    """A stack. Its own resources are those that ``ownership`` names; ``down`` deletes no other."""

    name: str
    account: str
    region: str
    # Part of the mark (a tag, a comment, a caller reference) by which each resource names its creator.
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    ownership: dict[str, str] = field(default_factory=dict)
    bucket: str = ""
    origin_access_control: str = ""
    public_key: str = ""
    private_key: str = ""
    # During a rotation: the next key, and then the one to be removed.
    next_public_key: str = ""
    next_private_key: str = ""
    retired_public_key: str = ""
    removed_public_keys: list[str] = field(default_factory=list)
    key_group: str = ""
    cache_policy: str = ""
    response_headers_policy: str = ""
    # By kind: "open" and "signed".
    distributions: dict[str, str] = field(default_factory=dict)
    domain_names: dict[str, str] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The mark of this stack's resources."""
        return f"made by cloudfront-signer, stack {self.token}"

    @property
    def sid(self) -> str:
        """The name of this stack's statements in the bucket policy."""
        return f"CloudFrontSigner{self.token}"

    def id_of(self, part: str) -> str:
        """The ID of a part; empty if unknown. A part has the name of its field, a distribution the name of its kind."""
        _check_part(part)
        if part in DISTRIBUTIONS:
            return self.distributions.get(part, "")
        return str(getattr(self, part))

    def set_id(self, part: str, identity: str) -> None:
        """Record the ID of a part; an empty one removes it."""
        _check_part(part)
        if part not in DISTRIBUTIONS:
            setattr(self, part, identity)
        elif identity:
            self.distributions[part] = identity
        else:
            self.distributions.pop(part, None)

    def is_ours(self, part: str) -> bool:
        """Whether a run of this file created it."""
        return self.ownership.get(part) == OURS

    def ours(self) -> list[str]:
        """The IDs of the parts that the runs of this file created."""
        return [self.id_of(part) for part in self.ownership if self.is_ours(part)]

    def forget(self, part: str) -> None:
        """Remove a part from the record, when it is deleted or stays for others."""
        self.set_id(part, "")
        self.ownership.pop(part, None)

    def for_signers(self) -> "State":
        """The state for applications: during a rotation they sign with the next key, as soon as it is trusted."""
        if not self.next_public_key:
            return self
        return replace(self, public_key=self.next_public_key, private_key=self.next_private_key)

    def save(self, path: Path) -> None:
        """Write the file, completely or not at all."""
        text = json.dumps({"version": _VERSION, **asdict(self)}, indent=2) + "\n"
        with translated(SetupError, path):
            write_atomically(path, text, 0o644)


def _check_part(part: str) -> None:
    if part not in _PARTS:
        raise SetupError(f"{excerpt(part)}: not a part of a stack: expected one of {', '.join(sorted(_PARTS))}")


def load(path: Path) -> State | None:
    """Read a state file; None if there is none. Raises SetupError if it is damaged."""
    advice = "give another --state, or restore this one"
    try:
        with translated(SetupError, path, advice), suppress(FileNotFoundError):
            return _parse(path, json.loads(path.read_text("utf-8")))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise SetupError(f"{path}: it is damaged; {advice}") from None
    return None


def _parse(path: Path, values: Any) -> State:
    if not isinstance(values, dict) or values.pop("version", None) != _VERSION:
        raise SetupError(f"{path}: not a state file of this version; give another --state")
    known = {one.name: one for one in fields(State)}
    for name, value in values.items():
        if name not in known or not _fits(name, value):
            raise SetupError(f"{path}: {name} has an unexpected value; give another --state, or restore this one")
    try:
        stack = State(**values)
    except TypeError:
        raise SetupError(f"{path}: it is incomplete; give another --state, or restore this one") from None
    if stack.bucket not in ("", bucket_of(stack)):
        expected = excerpt(bucket_of(stack))
        raise SetupError(f"{path}: bucket has an unexpected value, expected {expected}: restore the file")
    check_name(bucket_of(stack))
    return stack


def _fits(name: str, value: Any) -> bool:
    if name == "ownership":
        return isinstance(value, dict) and all(
            part in _PARTS and status in (PLANNED, OURS) for part, status in value.items()
        )
    if name in ("uploaded", "removed_public_keys"):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name in ("distributions", "domain_names"):
        return isinstance(value, dict) and all(
            kind in DISTRIBUTIONS and isinstance(one, str) for kind, one in value.items()
        )
    return isinstance(value, str)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a state file for one run, by a file next to it. The lock ends with the process that holds it."""
    lock = path.with_name(f"{path.name}.lock")
    descriptor = _lock(lock)
    try:
        yield
    finally:
        # Remove it while it is held: a run that starts now creates another one.
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _lock(lock: Path) -> int:
    while True:
        with translated(SetupError, lock):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock_descriptor(descriptor)
        except OSError:
            os.close(descriptor)
            raise SetupError(f"{lock}: another run uses this state file: wait until it ends") from None
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        # This is the lock of a run that has just ended.
        os.close(descriptor)


def _lock_descriptor(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
