"""Times on the command line: the formats of ``aws cloudfront sign``, and durations from now."""

import math
import re
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import typer
from dateutil import parser

from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

FORMATS = (
    "a date (2030-01-31), a date and time (2030-01-31T12:00:00+01:00; UTC if there is no offset), seconds since 1970, "
    "or a duration from now (30s, 5m, 2h, 7d)"
)

# Two days that differ in every field: dateutil fills in what a text leaves out from them.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))


@dataclass(frozen=True, slots=True, repr=False)
class Time(MaskedRepr):
    """A point in time, as every command gets it.

    ``value`` is what the library takes. A number stays a number, so that the library can tell seconds since 1970 from
    milliseconds and durations. A duration is added to the current time here, once: all batches of a long run expire
    together. ``text`` is what was typed.
    """

    value: int | datetime
    text: str

    @property
    def seconds(self) -> int:
        """Seconds since 1970."""
        return self.value if isinstance(self.value, int) else int(self.value.timestamp())

    @property
    def is_past(self) -> bool:
        """Whether it is over. A negative number is no time at all: the library rejects it."""
        return 0 <= self.seconds < int(datetime.now(UTC).timestamp())

    @classmethod
    def now(cls) -> "Time":
        """The current time."""
        return cls(datetime.now(UTC), "now")


def parse_time(text: str) -> Time:
    """Parse a time. A number is always seconds since 1970, never a date; a time without an offset is in UTC.

    A date may have any format that python-dateutil parses, as for ``aws``, but must be complete.

    >>> parse_time("Jan 31 2030").value
    datetime.datetime(2030, 1, 31, 0, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("2h").value.tzinfo
    datetime.timezone.utc
    >>> parse_time("1767290400").value
    1767290400
    """
    if duration := re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII):
        return Time(datetime.now(UTC) + timedelta(**{_UNITS[duration[2]]: int(duration[1])}), text)
    seconds = _seconds(text)
    return Time(_date(text) if seconds is None else seconds, text)


def _seconds(text: str) -> int | None:
    """Parse a number as ``aws`` does, which accepts whatever float() accepts; drop the fraction."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    if not math.isfinite(seconds):
        return None
    return int(text) if re.fullmatch(r"-?\d+", text, re.ASCII) else math.floor(seconds)


def _date(text: str) -> datetime:
    try:
        time, other = (_parse(text, default) for default in _DEFAULTS)
    except parser.UnknownTimezoneWarning:
        raise typer.BadParameter(
            f"'{excerpt(text)}' has an ambiguous time zone: expected an offset, such as +01:00, or UTC"
        ) from None
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"'{excerpt(text)}' is not a time: expected {FORMATS}") from None
    if time != other:
        raise typer.BadParameter(f"'{excerpt(text)}' is not a complete date: expected {FORMATS}")
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _parse(text: str, default: datetime) -> datetime:
    with warnings.catch_warnings():
        # dateutil takes an unknown zone for UTC: the time would silently be hours off.
        warnings.simplefilter("error", parser.UnknownTimezoneWarning)
        # GMT is UTC, even where the machine's own zone is called GMT in winter only.
        return parser.parse(text, default=default, tzinfos={"GMT": UTC})
