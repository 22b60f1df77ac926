"""What a stack consists of, in a small file without secrets, written before and after each step."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cloudfront_signer._atomic_file import write_atomically
from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.bucket import check_name
from cloudfront_signer.aws.errors import SetupError

_VERSION = 2

# A part's ownership: said before it is made, and once it is known to be made. A part with an id and without ownership
# was there before.
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
    """What the parts of a bucket's stack are called in the account."""
    return f"{_PREFIX}{bucket}"


def bucket_of(stack: "State") -> str:
    """The bucket that a stack is about, made or not."""
    return stack.name.removeprefix(_PREFIX)


@dataclass(slots=True, repr=False)
class State(MaskedRepr):
    """Only what ``ownership`` names was made by a run of this file, and only that is deleted by ``down``."""

    name: str
    account: str
    region: str
    # In what each part says of itself (a tag, a comment, a caller reference): who made it.
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    ownership: dict[str, str] = field(default_factory=dict)
    bucket: str = ""
    origin_access_control: str = ""
    public_key: str = ""
    private_key: str = ""
    # During a rotation: what takes their place, and then what is on its way out.
    next_public_key: str = ""
    next_private_key: str = ""
    retired_public_key: str = ""
    removed_public_keys: list[str] = field(default_factory=list)
    key_group: str = ""
    cache_policy: str = ""
    response_headers_policy: str = ""
    # By what they are: "open" and "signed".
    distributions: dict[str, str] = field(default_factory=dict)
    domain_names: dict[str, str] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What the parts of this stack say of themselves."""
        return f"made by cloudfront-signer, stack {self.token}"

    @property
    def sid(self) -> str:
        """The name of this stack's statements in the bucket policy."""
        return f"CloudFrontSigner{self.token}"

    def id_of(self, part: str) -> str:
        """A part's id; empty if it is not known. Parts are called as the fields are, distributions by what they are."""
        _check_part(part)
        if part in DISTRIBUTIONS:
            return self.distributions.get(part, "")
        return str(getattr(self, part))

    def set_id(self, part: str, identity: str) -> None:
        """Write down a part's id; an empty one takes it out."""
        _check_part(part)
        if part not in DISTRIBUTIONS:
            setattr(self, part, identity)
        elif identity:
            self.distributions[part] = identity
        else:
            self.distributions.pop(part, None)

    def is_ours(self, part: str) -> bool:
        """Whether a run of this file made it."""
        return self.ownership.get(part) == OURS

    def ours(self) -> list[str]:
        """The ids of the parts that a run of this file made."""
        return [self.id_of(part) for part in self.ownership if self.is_ours(part)]

    def forget(self, part: str) -> None:
        """Take a part out, when it is deleted or stays for others."""
        self.set_id(part, "")
        self.ownership.pop(part, None)

    def for_signers(self) -> "State":
        """What applications should sign with: during a rotation the next key, as soon as it is trusted."""
        if not self.next_public_key:
            return self
        return replace(self, public_key=self.next_public_key, private_key=self.next_private_key)

    def save(self, path: Path) -> None:
        """Write the file; it is whole or as it was."""
        text = json.dumps({"version": _VERSION, **asdict(self)}, indent=2) + "\n"
        try:
            write_atomically(path, text, 0o644)
        except OSError as error:
            raise SetupError(f"{path}: {error.strerror}") from None


def _check_part(part: str) -> None:
    if part not in _PARTS:
        raise SetupError(f"{excerpt(part)}: a stack has no such part")


def load(path: Path) -> State | None:
    """Read a state file; None if there is none. Raises SetupError if it is not one."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        problem = error.strerror if isinstance(error, OSError) else "it is damaged"
        raise SetupError(f"{path}: {problem}; give another --state, or restore this one") from None
    return _parse(path, values)


def _parse(path: Path, values: Any) -> State:
    if not isinstance(values, dict) or values.pop("version", None) != _VERSION:
        raise SetupError(f"{path}: this is no state file of this version; give another --state")
    known = {one.name: one for one in fields(State)}
    for name, value in values.items():
        if name not in known or not _fits(name, value):
            raise SetupError(f"{path}: {name} is not what was written there; give another --state, or restore this one")
    try:
        stack = State(**values)
    except TypeError:
        raise SetupError(f"{path}: it is not whole; give another --state, or restore this one") from None
    if stack.bucket not in ("", bucket_of(stack)):
        expected = excerpt(bucket_of(stack))
        raise SetupError(f"{path}: bucket is not what was written there, expected {expected}: restore it")
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
    """One run at a time works with a state file: a lock beside it, which ends with the process that holds it."""
    lock = path.with_name(f"{path.name}.lock")
    descriptor = _lock(lock)
    try:
        yield
    finally:
        # While it is held: whoever opens it from now on makes another one.
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _lock(lock: Path) -> int:
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise SetupError(f"{lock}: {error.strerror}") from None
        try:
            _lock_descriptor(descriptor)
        except OSError:
            os.close(descriptor)
            raise SetupError(f"{lock}: another run works with this state file: wait until it has ended") from None
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        # It was the lock of a run that has just ended.
        os.close(descriptor)


def _lock_descriptor(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
