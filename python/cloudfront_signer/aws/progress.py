"""What a run reports while it works: events with names for programs and a text for people."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from cloudfront_signer._text import MaskedRepr


class Kind(Enum):
    """What happened."""

    CREATED = auto()
    FOUND = auto()
    UPLOADED = auto()
    # Access changed: of the public to the bucket, of distributions to the bucket, or of keys in a key group.
    CLOSED = auto()
    GRANTED = auto()
    UNTRUSTED = auto()
    # A distribution: deployed everywhere or not yet, and the domain name to point at it.
    READY = auto()
    DEPLOYING = auto()
    DNS = auto()
    DELETED = auto()
    KEPT = auto()
    # What the person who chose the options should know.
    NOTE = auto()


@dataclass(frozen=True, slots=True, repr=False)
class Event(MaskedRepr):
    """One thing that happened."""

    kind: Kind
    text: str


Progress = Callable[[Event], None]


def quiet(_event: Event) -> None:
    """Report nothing."""
