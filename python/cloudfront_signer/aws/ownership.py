"""Which resources a stack owns: recorded before each is created, and again when it is known to exist.

A run may be killed between the call and its response. So each resource names its creator itself, by a mark in its
comment, description, tag or caller reference. A resource without a mark, or with another stack's, existed before.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.progress import Event, Kind, Progress
from cloudfront_signer.aws.state import OURS, PLANNED, State

# The mark of what a single step creates, without a stack.
CREATOR = "made by cloudfront-signer"

WORDS = {
    "bucket": "bucket",
    "origin_access_control": "origin access control",
    "public_key": "public key",
    "next_public_key": "next public key",
    "retired_public_key": "retired public key",
    "key_group": "key group",
    "cache_policy": "cache policy",
    "response_headers_policy": "response headers policy",
    "open": "open distribution",
    "signed": "signed distribution",
}


def words(part: str) -> str:
    """The name of a resource in a message."""
    return WORDS.get(part, "part")


@dataclass(frozen=True, slots=True, repr=False)
class Found(MaskedRepr):
    """A resource in the account: its ID, and its mark."""

    id: str
    mark: str


@dataclass(frozen=True, slots=True, repr=False)
class Ledger(MaskedRepr):
    """The state and its file: every report is also recorded."""

    state: State
    path: Path
    progress: Progress

    def save(self) -> None:
        """Write the state file."""
        self.state.save(self.path)

    def say(self, kind: Kind, text: str) -> None:
        """Write the state file, then report."""
        self.save()
        self.progress(Event(kind, text))

    def ensure(
        self, part: str, candidates: Iterable[Found], create: Callable[[], str], *, id_proves: bool = True
    ) -> bool:
        """Find a resource or create it; True if it was created now. Records its ID and its owner.

        ``candidates`` have its name or ID. ``id_proves``: AWS never reuses an ID, so a recorded one needs no further
        proof; the name of a bucket may be reused.
        """
        there = self._choose(part, list(candidates))
        if there is None:
            self.state.forget(part)
            self.state.ownership[part] = PLANNED
            self.save()
            self.state.set_id(part, create())
            self.state.ownership[part] = OURS
            self.say(Kind.CREATED, f"{words(part)} {self.state.id_of(part)} created")
            return True
        known = id_proves and there.id == self.state.id_of(part)
        if part in self.state.ownership and (known or self.proves(there)):
            self.state.ownership[part] = OURS
            self.state.set_id(part, there.id)
            self.say(Kind.FOUND, f"{words(part)} {there.id}")
        else:
            self.state.ownership.pop(part, None)
            self.state.set_id(part, there.id)
            self.say(Kind.KEPT, f"{words(part)} {there.id} existed before: `down` keeps it")
        return False

    def _choose(self, part: str, candidates: list[Found]) -> Found | None:
        """The recorded one; else one of this stack; else the first."""
        known = self.state.id_of(part)
        preferred = [one for one in candidates if one.id == known] or [one for one in candidates if self.proves(one)]
        return next(iter(preferred or candidates), None)

    def proves(self, found: Found) -> bool:
        """Whether its mark names this stack."""
        return self.state.token in found.mark
