"""System checks of ``CLOUDFRONT_SIGNER``: each message names the setting.

Errors are ``cloudfront_signer.E001`` to ``E013``, warnings ``W001`` to ``W003``; the numbers are those below.
"""

import os
import re
import stat
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from cloudfront_signer import CloudFrontSignerError, Policy
from cloudfront_signer._native import holds_key
from cloudfront_signer.django.conf import ConfiguredDistribution, Words, names, unchecked_signature, words_of
from cloudfront_signer.django.key_sources import find_key

_SHAPE, _UNKNOWN = "E001", "E002"
# By word; what follows a wrong one is checked without it.
_WORDS = {
    "key_pair_id": ("E003", "Set it to the id that CloudFront shows for the public key, such as K2JCJMDEHXQW5F."),
    "private_key": ("E004", "Set it to the path of the private key, its PEM, or the name of an environment variable."),
    "passphrase": ("E004", None),
    "domain": ("E005", "Set it to the host name alone, without https:// and without a path."),
    "hash_algorithm": ("E006", None),
    "expires": ("E007", None),
    "align": ("E008", None),
    "base_url": ("E009", None),
    "cookie_domain": ("E010", None),
    "cookie_path": ("E010", None),
    "cookie_secure": ("E010", None),
    "cookie_samesite": ("E010", None),
    "cookie_resource": ("E011", None),
    "cookie_expires": ("E011", None),
}
_NO_DOMAIN = "E005"
_UNREACHABLE = "E012"
_STORAGE = "E013"
_OPEN_KEY, _LONG, _HOST_ONLY = "W001", "W002", "W003"
_ANY_URL = "https://d111111abcdef8.cloudfront.net/"
# In seconds; a second more for the clock.
_WEEK = 7 * 86_400 + 1
_REQUIRED = {"key_pair_id": "K1", "private_key": unchecked_signature}


def check_settings(**_: Any) -> list[CheckMessage]:
    """Check every signer of the settings, and the storages that name one."""
    try:
        found = [words_of(name) for name in names()]
    except ImproperlyConfigured as error:
        return [Error(str(error), id=_id(_SHAPE))]
    messages: list[CheckMessage] = []
    for words in found:
        # A word that several signers inherit is reported once.
        messages += [message for message in _check(words) if message not in messages]
    return [*messages, *_check_storages({words.name for words in found})]


def _check(words: Words) -> Iterator[CheckMessage]:
    for problem in words.unknown():
        yield Error(problem, id=_id(_UNKNOWN))
    yield from _check_key_file(words)
    distribution, reported = None, set()
    for _ in range(len(_WORDS) + 1):
        try:
            distribution = ConfiguredDistribution(words)
            break
        except CloudFrontSignerError as error:
            wrong = _named_in(str(error), words)
            if not wrong:
                yield Error(str(error), id=_id(_SHAPE))
                break
            for word in wrong:
                number, hint = _WORDS[word]
                text = f"{words.named(word)}: not set, or empty" if len(wrong) > 1 else str(error)
                yield Error(text, hint=hint, id=_id(number))
            reported.update(wrong)
            words = words.without(wrong, _REQUIRED)
    if distribution is not None:
        yield from _check_expiry(words, distribution)
        if distribution.settings.base_url is not None and "cookie_domain" not in reported:
            yield from _check_hosts(words, distribution, distribution.settings.base_url)
        if distribution.settings.base_url is None and not reported & {"domain", "base_url"}:
            missing = f"{words.named('domain')}: not set, or empty"
            yield Error(missing, hint=_WORDS["domain"][1], id=_id(_NO_DOMAIN))


def _named_in(message: str, words: Words) -> list[str]:
    """The words that a message names: two may be missing at once."""
    return [word for word in _WORDS if message.startswith(words.named(word)) or f" and {words.named(word)}:" in message]


def _check_key_file(words: Words) -> Iterator[CheckMessage]:
    try:
        key = find_key(words.get("private_key"), None)
    except CloudFrontSignerError:
        return
    if not isinstance(key, str | os.PathLike) or (isinstance(key, str) and holds_key(key)):
        return
    try:
        mode = os.stat(key.strip() if isinstance(key, str) else key).st_mode
    except (OSError, ValueError):
        # Not a file; what it is instead, or that there is none, is found when the key is read.
        return
    if os.name == "posix" and stat.S_ISREG(mode) and mode & 0o077:
        yield Warning(
            f"{words.named('private_key')}: the key file can be read by others (mode {stat.S_IMODE(mode):04o})",
            hint="Run chmod 600 on it.",
            id=_id(_OPEN_KEY),
        )


def _check_expiry(words: Words, distribution: ConfiguredDistribution) -> Iterator[CheckMessage]:
    for word, expires in (("expires", distribution.signer_expires), ("cookie_expires", distribution.cookie_expires)):
        # A policy reads a time in each of its forms.
        if expires is not None and Policy(_ANY_URL, expires=expires).expires - time.time() > _WEEK:
            yield Warning(
                f"{words.named(word)}: access lasts longer than a week, and CloudFront cannot revoke a URL",
                hint="Sign for minutes or hours, and again for each page.",
                id=_id(_LONG),
            )


def _check_hosts(words: Words, distribution: ConfiguredDistribution, base_url: str) -> Iterator[CheckMessage]:
    if distribution.cookie_resource is None:
        return
    host = urlsplit(base_url).hostname or ""
    domain = distribution.settings.cookie_attributes.get("domain")
    if domain and not re.search(rf"(^|\.){re.escape(domain.lower())}$", host):
        yield Error(
            f"{words.named('cookie_domain')}: browsers do not send cookies of '{domain}' to '{host}'",
            hint="Set cookie_domain to a domain that the site and the distribution share, such as example.com.",
            id=_id(_UNREACHABLE),
        )
    if not domain and not _serves(host):
        yield Warning(
            f"{words.named('cookie_domain')}: not set, so browsers send the cookies to the site's own host only, "
            f"and not to '{host}'",
            hint="Set it to a domain that the site and the distribution share, or add the host to ALLOWED_HOSTS.",
            id=_id(_HOST_ONLY),
        )


def _serves(host: str) -> bool:
    """Whether the distribution has the name of the site itself. Django allows these names if none is set in DEBUG."""
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1"]
    return any(one in ("*", host) or (one.startswith(".") and f".{host}".endswith(one)) for one in allowed)


def _check_storages(known: set[str]) -> Iterator[CheckMessage]:
    for alias, storage in settings.STORAGES.items():
        if not str(storage.get("BACKEND", "")).startswith("cloudfront_signer.django."):
            continue
        name = storage.get("OPTIONS", {}).get("signer", "default")
        if name not in known:
            yield Error(
                f"STORAGES['{alias}']['OPTIONS']['signer']: CLOUDFRONT_SIGNER has no signer {name!r}",
                hint=f"There are: {', '.join(sorted(known))}.",
                id=_id(_STORAGE),
            )


def _id(number: str) -> str:
    return f"cloudfront_signer.{number}"
