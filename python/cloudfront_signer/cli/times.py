"""The times that ``aws cloudfront sign`` takes, and spans from now."""

import re
from datetime import datetime, timedelta

import typer

from cloudfront_signer._native import excerpt

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

HELP = "2030-01-31, 2030-01-31T12:00:00[+01:00] (UTC by default), seconds since 1970, or from now on: 30s, 5m, 2h, 7d."


def parse_time(text: str) -> int | datetime | timedelta:
    """Read a time; a number is always seconds since 1970, never a date.

    >>> parse_time("2h")
    datetime.timedelta(seconds=7200)
    >>> parse_time("1767290400")
    1767290400
    """
    if re.fullmatch(r"-?\d+", text, re.ASCII):
        return int(text)
    if span := re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII):
        return timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{excerpt(text)}' is no time: give {HELP}") from None
