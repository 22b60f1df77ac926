"""The times that ``aws cloudfront sign`` takes, and spans from now."""

import math
import re
import warnings
from datetime import UTC, datetime, timedelta

import typer
from dateutil import parser

from cloudfront_signer._native import excerpt

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

HELP = (
    "a date (2030-01-31), a date and time (2030-01-31T12:00:00+01:00, UTC without an offset), seconds since 1970, or a "
    "span from now (30s, 5m, 2h, 7d)."
)

# Two days that differ in everything: what a text leaves out is filled in from them.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))


def parse_time(text: str) -> int | datetime | timedelta:
    """Read a time. A number is always seconds since 1970, never a date; a time without an offset is in UTC.

    Dates may be written as ``aws`` takes them, in any form that python-dateutil reads, but whole.

    >>> parse_time("Jan 31 2030")
    datetime.datetime(2030, 1, 31, 0, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("2h")
    datetime.timedelta(seconds=7200)
    >>> parse_time("1767290400")
    1767290400
    """
    if span := re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII):
        return timedelta(**{_UNITS[span[2]]: int(span[1])})
    if (seconds := _seconds(text)) is not None:
        return seconds
    try:
        moment, other = (_parse(text, default) for default in _DEFAULTS)
    except parser.UnknownTimezoneWarning:
        raise typer.BadParameter(
            f"'{excerpt(text)}' is in a time zone that has no one meaning: expected an offset, such as +01:00, or UTC"
        ) from None
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"'{excerpt(text)}' is no time: expected {HELP}") from None
    if moment != other:
        raise typer.BadParameter(f"'{excerpt(text)}' is no whole date: expected {HELP}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(text: str) -> int | None:
    """Read a number as ``aws`` does, which takes all that float() takes; its fraction is cut off."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    if not math.isfinite(seconds):
        return None
    return int(text) if re.fullmatch(r"-?\d+", text, re.ASCII) else math.floor(seconds)


def _parse(text: str, default: datetime) -> datetime:
    with warnings.catch_warnings():
        # As UTC, which is what dateutil makes of an unknown zone, the time would be hours off in silence.
        warnings.simplefilter("error", parser.UnknownTimezoneWarning)
        # GMT is UTC, whatever the machine's own zone calls itself in winter.
        return parser.parse(text, default=default, tzinfos={"GMT": UTC})
