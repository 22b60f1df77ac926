"""What clients change in a URL that the URL Standard leaves alone: they send something else than they were given."""

import re
from typing import NamedTuple


class Fault(NamedTuple):
    """`changes` finds what is changed: a signed URL fails in these clients if, and only if, it is found there."""

    clients: tuple[str, ...]
    changes: re.Pattern[str]
    reason: str
    example: str


def _escapes(characters):
    return "%(?:" + "|".join(f"{ord(character):02X}" for character in characters) + ")"


_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_IN_PATH = r"^[^?]*"
_IN_QUERY = r"\?.*"

FAULTS = [
    Fault(
        ("requests", "urllib3", "aiohttp"),
        re.compile("%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])"),
        "escapes are written in upper case: %2f becomes %2F (urllib3.util.url, yarl)",
        "http://media.example/a%2fb",
    ),
    Fault(
        ("requests", "aiohttp"),
        re.compile(_escapes(_UNRESERVED), re.IGNORECASE),
        "escapes of letters, digits, '-', '.', '_', '~' are decoded: %7E becomes ~ (requests.utils.requote_uri, yarl)",
        "http://media.example/a%7Eb",
    ),
    Fault(
        ("aiohttp",),
        re.compile(_IN_PATH + _escapes("!$&'()*,:;=@")),
        "escapes of what a path may hold raw are decoded: %2A becomes *; `yarl.URL(url, encoded=True)` helps",
        "http://media.example/a*b",
    ),
    Fault(
        ("aiohttp",),
        re.compile(_IN_QUERY + _escapes("!$'()*,/:?@")),
        "escapes of what a query may hold raw are decoded: %27 becomes '; `yarl.URL(url, encoded=True)` helps",
        "http://media.example/a?b=it's",
    ),
]


def known_fault(client, signed):
    """Whether that client is known to change that URL."""
    sent = signed.partition("#")[0]
    return any(client in fault.clients and fault.changes.search(sent) for fault in FAULTS)
