"""What the demo reports: one event per step, with a name."""

from dataclasses import dataclass
from enum import Enum

from cloudfront_signer._text import MaskedRepr


class Step(Enum):
    """A step, with its number among the eight of the set-up and what it is called on the screen."""

    UPLOAD = "1 bucket and upload"
    BUCKET = "1 the bucket itself"
    ACCESS_CONTROL = "2 origin access control"
    GRANT = "3 grant in the bucket policy"
    DISTRIBUTIONS = "4 distributions"
    KEYS = "6 key pair and key group"
    OPEN = "5 the unsigned distribution"
    UNSIGNED = "5 the signed one, unsigned"
    SIGNED = "7 a signed URL"
    RANGE = "8 a range of it"
    COOKIES = "8 with signed cookies"
    TAMPERED = "8 tampered: a later expiry"
    EXPIRED = "8 expired"


@dataclass(frozen=True, slots=True, repr=False)
class Event(MaskedRepr):
    """What a step created, or how a request was answered; ``expected`` says what should have come instead."""

    step: Step
    seen: str
    expected: str | None = None

    @property
    def fine(self) -> bool:
        """Whether the step went as expected."""
        return self.expected is None

    def __str__(self) -> str:
        fault = "" if self.fine else f"   NOT AS EXPECTED: {self.expected}"
        return f"  {self.step.value:<30}{self.seen}{fault}"
