"""Which parts are ours: written down before each is made, and once it is known to be made.

A run may be killed between the call and its answer; the part then says itself who made it, by a mark in its comment,
description, tag or caller reference. What says nothing, or names another state file, was there before.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.state import OURS, PLANNED, State

Progress = Callable[[str], None]

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
    """A part's name in a message."""
    return WORDS.get(part, "part")


@dataclass(frozen=True, slots=True, repr=False)
class Found(MaskedRepr):
    """Something in the account: its id, and what it says of who made it."""

    id: str
    mark: str


@dataclass(frozen=True, slots=True, repr=False)
class Ledger(MaskedRepr):
    """The state and its file: what is said is also written."""

    state: State
    path: Path
    progress: Progress

    def save(self) -> None:
        """Write the state file."""
        self.state.save(self.path)

    def say(self, line: str) -> None:
        """Write the state file, then tell."""
        self.save()
        self.progress(line)

    def ensure(
        self, part: str, candidates: Iterable[Found], create: Callable[[], str], *, id_proves: bool = True
    ) -> bool:
        """Find a part, or make it; True if it was made now. Its id and whose it is are in the state afterwards.

        ``candidates`` are those of its name or id. ``id_proves``: an id is never given again, so the one that was
        written down needs no further proof; the name of a bucket may be.
        """
        there = self._choose(part, list(candidates))
        if there is None:
            self.state.forget(part)
            self.state.ownership[part] = PLANNED
            self.save()
            self.state.set_id(part, create())
            self.state.ownership[part] = OURS
            self.say(f"{words(part)} {self.state.id_of(part)} made")
            return True
        known = id_proves and there.id == self.state.id_of(part)
        if part in self.state.ownership and (known or self.proves(there)):
            self.state.ownership[part] = OURS
            self.state.set_id(part, there.id)
            self.say(f"{words(part)} {there.id}")
        else:
            self.state.ownership.pop(part, None)
            self.state.set_id(part, there.id)
            self.say(f"{words(part)} {there.id} was there before: `down` leaves it alone")
        return False

    def _choose(self, part: str, candidates: list[Found]) -> Found | None:
        """The one that was written down; else one that is ours; else the first of that name."""
        known = self.state.id_of(part)
        preferred = [one for one in candidates if one.id == known] or [one for one in candidates if self.proves(one)]
        return next(iter(preferred or candidates), None)

    def proves(self, found: Found) -> bool:
        """Whether it says itself that this stack made it."""
        return self.state.token in found.mark
