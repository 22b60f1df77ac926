"""Settings of the frameworks: the words of ``CloudFrontSigner.from_env``, as text or as Python objects.

Every error is one line that begins with the name of the setting.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from cloudfront_signer import (
    CloudFrontSigner,
    CloudFrontSignerError,
    InvalidPolicyError,
    InvalidUrlError,
    PrivateKey,
    SignedCookies,
    SigningError,
)
from cloudfront_signer._native import excerpt, holds_key
from cloudfront_signer._text import MaskedRepr

# The words of a signer, in the order in which they are documented.
SIGNER_WORDS = ("DOMAIN", "KEY_PAIR_ID", "PRIVATE_KEY", "PASSPHRASE", "HASH_ALGORITHM", "EXPIRES", "ALIGN")
COOKIE_WORDS = {
    "COOKIE_DOMAIN": "domain",
    "COOKIE_PATH": "path",
    "COOKIE_SECURE": "secure",
    "COOKIE_SAMESITE": "same_site",
}
WORDS = (*SIGNER_WORDS, "BASE_URL", *COOKIE_WORDS)

# A smaller number is a duration: as a point in time it would be before 2001.
_FIRST_TIME = 978_307_200
_DURATION = re.compile(r"(\d{1,12})([smhd]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_BASE_URL = re.compile(r"https?://[^/?#@\s]+/?")


@dataclass(frozen=True, slots=True, repr=False)
class Settings(MaskedRepr):
    """What an application is configured with.

    ``base_url`` is where viewers fetch the content, without a slash at its end, or None. ``cookie_attributes`` are
    keyword arguments of ``SignedCookies.set_on``.
    """

    signer: CloudFrontSigner
    base_url: str | None = None
    cookie_attributes: Mapping[str, Any] = field(default_factory=dict)


def read_settings(get: Callable[[str], Any], named: Callable[[str], str]) -> Settings:
    """Read and check all settings.

    ``get`` returns the value of a word such as ``KEY_PAIR_ID``, or None; an empty text counts as not set. ``named``
    returns the name of the setting that messages show.

    Raises CloudFrontSignerError for the first setting that is missing or not valid.
    """
    reader = _Reader(get, named)
    signer = reader.signer()
    base_url = reader.text("BASE_URL")
    if base_url is not None and not _BASE_URL.fullmatch(base_url):
        raise InvalidUrlError(
            f"{named('BASE_URL')}: '{excerpt(base_url)}': expected https:// and a host, such as http://127.0.0.1:8080"
        )
    # Not that of the signer, which may have to fetch its key for an answer.
    domain = reader.text("DOMAIN")
    if base_url is None and domain is not None:
        base_url = f"https://{domain}"
    return Settings(signer, base_url.rstrip("/") if base_url else None, reader.cookie_attributes())


def environment(name: str) -> str | None:
    """Return the environment variable of a setting."""
    return os.environ.get(name)


def check_known(names: list[str], prefix: str) -> None:
    """Refuse a name that begins with the prefix and is not a setting: it is misspelt and would have no effect."""
    known = [prefix + word for word in WORDS]
    for name in names:
        # The engine is chosen by an environment variable, which a configuration may have copied.
        if name in known or name == f"{prefix}ENGINE" or not name.startswith(prefix):
            continue
        near = get_close_matches(name.removeprefix(prefix), WORDS, 1)
        advice = f"did you mean {prefix}{near[0]}?" if near else f"expected one of {', '.join(known)}"
        raise SigningError(f"{excerpt(name)}: no such setting; {advice}")


def missing_extra(missing: ModuleNotFoundError, what: str, extra: str) -> ModuleNotFoundError:
    """Return the error that names the extra to install for ``what``."""
    line = f"{what} needs an extra ({missing.name} is missing): pip install 'cloudfront-signer[{extra}]'"
    return ModuleNotFoundError(line, name=missing.name)


def parse_expiry(value: Any) -> Any:
    """Read the text of an expiry: a duration (``3600``, ``30m``, ``2h``, ``7d``), or a point in time (ISO 8601 with an
    offset, or seconds since 1970).

    Other objects are returned unchanged, for the signer to check.

    >>> parse_expiry("5m")
    datetime.timedelta(seconds=300)
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if duration := _DURATION.fullmatch(text):
        seconds = int(duration[1]) * _UNITS[duration[2]]
        if not duration[2] and seconds >= _FIRST_TIME:
            return seconds
        try:
            return timedelta(seconds=seconds)
        except OverflowError:
            pass
    elif re.match(r"\d{4}-", text):
        return text
    raise InvalidPolicyError(
        f"'{excerpt(value)}': expected a duration (3600, 30m, 2h, 7d) or ISO 8601 with an offset (2030-01-31T12:00:00Z)"
    )


class _Reader:
    """Reads the words one after the other and names the one that is refused."""

    def __init__(self, get: Callable[[str], Any], named: Callable[[str], str]) -> None:
        self._get, self._named = get, named

    def signer(self) -> CloudFrontSigner:
        key_id, given = self.text("KEY_PAIR_ID"), self._value("PRIVATE_KEY")
        # Objects of cloudfront_signer.keys make their signers, and may know the key pair id.
        source = callable(getattr(given, "signer", None))
        needed = {"KEY_PAIR_ID": source or key_id, "PRIVATE_KEY": given}
        if missing := [self._named(word) for word, value in needed.items() if value is None]:
            raise SigningError(f"{' and '.join(missing)}: not set, or empty")
        with self._naming("PRIVATE_KEY", "rsa_signer"):
            key = _private_key(given, self._value("PASSPHRASE"))
            checked = _no_signature if source else key
            CloudFrontSigner("K1", checked)
        with self._naming("KEY_PAIR_ID", "key_id"):
            CloudFrontSigner(key_id or "K1", checked)
        keywords = self._keywords(checked)
        if not source:
            return CloudFrontSigner(key_id or "", key, **keywords)
        with self._naming("PRIVATE_KEY", "rsa_signer"):
            made: CloudFrontSigner = key.signer(*([key_id] if key_id else []), **keywords)
            return made

    def _keywords(self, key: Any) -> dict[str, Any]:
        """The keyword arguments of the signer, each checked by itself."""
        keywords: dict[str, Any] = {}
        for word, parse in (("DOMAIN", None), ("HASH_ALGORITHM", None), ("EXPIRES", _expiry), ("ALIGN", _grid)):
            value = self._value(word)
            if value is None:
                continue
            argument = word.lower()
            with self._naming(word, argument):
                value = value.strip() if isinstance(value, str) else value
                keywords[argument] = parse(value) if parse else value
                CloudFrontSigner("K1", key, **{argument: keywords[argument]})
        return keywords

    def cookie_attributes(self) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        for word, argument in COOKIE_WORDS.items():
            value = self._value(word)
            if value is None:
                continue
            with self._naming(word, argument):
                attributes[argument] = _truth(value) if word == "COOKIE_SECURE" else value
                SignedCookies.clear_on(_NoResponse(), **attributes)
        return attributes

    def text(self, word: str) -> str | None:
        value = self._value(word)
        if value is not None and not isinstance(value, str):
            raise SigningError(f"{self._named(word)}: expected str, found {type(value).__name__}")
        # Secrets that are mounted into the environment end in a newline.
        return None if value is None else value.strip()

    def _value(self, word: str) -> Any:
        value = self._get(word)
        return None if isinstance(value, str) and not value.strip() else value

    @contextmanager
    def _naming(self, word: str, argument: str) -> Iterator[None]:
        try:
            yield
        except (CloudFrontSignerError, TypeError) as error:
            kind = type(error) if isinstance(error, CloudFrontSignerError) else SigningError
            raise kind(f"{self._named(word)}: {str(error).removeprefix(f'{argument}: ')}") from None


class _NoResponse:
    """Takes cookies and sends none: what checks attributes without a signature."""

    def delete_cookie(self, name: str, **attributes: Any) -> None:
        pass


def _no_signature(_message: bytes) -> bytes:
    """Takes the place of a key that is fetched later, while settings are checked."""
    return b""


def _private_key(given: Any, passphrase: Any) -> Any:
    """Read a key from a path or from one of its text forms; keep keys and callables."""
    if isinstance(given, os.PathLike):
        return PrivateKey.from_file(given, passphrase)
    if not isinstance(given, str | bytes):
        return given
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else given
    # Damaged base64 of PEM is not a key, nor a path.
    if holds_key(text) or text.lstrip().startswith(("-----BEGIN", "LS0tLS1")):
        return PrivateKey.from_pem(given, passphrase)
    return PrivateKey.from_file(text.strip(), passphrase)


def _expiry(value: Any) -> Any:
    # TOML and JSON have numbers, and no durations.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _FIRST_TIME:
        return timedelta(seconds=value)
    return parse_expiry(value)


def _grid(value: Any) -> Any:
    duration = parse_expiry(value) if isinstance(value, str) else value
    if isinstance(value, str) and not isinstance(duration, timedelta):
        raise InvalidPolicyError(f"'{excerpt(value)}': expected a duration (3600, 30m, 2h, 7d)")
    return duration


def _truth(value: Any) -> bool:
    spelt = {"true": True, "1": True, "false": False, "0": False}
    found = value if isinstance(value, bool) else spelt.get(str(value).strip().lower())
    if found is None:
        raise SigningError(f"'{excerpt(value)}': expected true or false")
    return found
