"""The setting ``CLOUDFRONT_SIGNER``: a dictionary that describes a distribution and its key.

=================== ==================================================================================================
``domain``          The host name of the distribution.
``key_pair_id``     The id that CloudFront shows for the public key.
``private_key``     A path, PEM, PEM in one line, base64 of PEM, the name of an environment variable that holds one of
                    these, the ARN of a Secrets Manager secret or of an SSM parameter, a ``PrivateKey``, or a callable.
``passphrase``      What an encrypted key was encrypted with.
``hash_algorithm``  ``"SHA1"`` or ``"SHA256"``.
``expires``         How long access lasts where a call does not say it: ``"1h"``, a ``timedelta``, or seconds.
``align``           The grid that an expiry is rounded up to, so that URLs stay the same and browsers cache them.
``base_url``        Where viewers fetch the content, if not ``https://`` and the domain: a local edge, for example.
``cookie_resource`` The path pattern, such as ``"/private/*"``, that ``SignedCookiesMiddleware`` grants.
``cookie_expires``  How long these cookies last, if not ``expires``.
``cookie_domain``   The Domain attribute of the cookies, by default ``SESSION_COOKIE_DOMAIN``.
``cookie_path``     The Path attribute, by default ``"/"``.
``cookie_secure``   Whether the cookies are sent over HTTPS only, by default true.
``cookie_samesite`` The SameSite attribute, by default ``"Lax"``.
``signers``         Further signers by name: dictionaries of the same words.
=================== ==================================================================================================

The signer of the outer dictionary is called ``"default"``. A word that a further signer omits has the outer value;
but a signer with its own key inherits nothing of the outer key, and one with its own domain no ``base_url`` and no
``cookie_resource``. Durations may also be numbers, in seconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, InvalidPolicyError, Policy
from cloudfront_signer._distribution import Distribution
from cloudfront_signer._native import excerpt
from cloudfront_signer._settings import WORDS, parse_expiry, read_settings
from cloudfront_signer.django.key_sources import find_key

SETTING = "CLOUDFRONT_SIGNER"
DEFAULT = "default"
KNOWN = (*(word.lower() for word in WORDS), "cookie_resource", "cookie_expires")
# As Django's session cookie. The site and the distribution are one site if they share a registrable domain.
_SAME_SITE = "Lax"
_MINUTE = timedelta(minutes=1)
# Any time will do where only the resource is checked.
_LATER = 4_000_000_000

# A smaller number is a duration: as a point in time it would be before 2001.
_FIRST_TIME = 978_307_200
# What a further signer does not inherit, by the words that it has.
_APART = (
    ({"key_pair_id", "private_key"}, {"key_pair_id", "private_key", "passphrase", "hash_algorithm"}),
    ({"domain"}, {"base_url", "cookie_resource"}),
)

_distributions: dict[str, "ConfiguredDistribution"] = {}


class ConfiguredDistribution(Distribution):
    """A distribution of the settings, with the words that only Django has."""

    def __init__(self, words: "Words") -> None:
        with words.naming("private_key"):
            key = find_key(words.get("private_key"), words.get("passphrase"))
        found = read_settings(lambda word: key if word == "PRIVATE_KEY" else words.get(word), words.named)
        super().__init__(found)
        # Not those of the signer, which may have to fetch its key for an answer.
        self.signer_expires: Any = _parse_expiry(words.get("expires"))
        self.is_aligned: bool = words.get("align") is not None
        with words.naming("cookie_expires"):
            self.cookie_expires: Any = _parse_expiry(words.get("cookie_expires"))
        self.cookie_resource: str | None = words.get("cookie_resource")
        if self.cookie_resource is not None:
            with words.naming("cookie_resource"):
                if not isinstance(self.cookie_resource, str):
                    found_type = type(self.cookie_resource).__name__
                    raise InvalidPolicyError(f"expected a path pattern such as '/private/*', found {found_type}")
                Policy(self.resource(self.cookie_resource), expires=_LATER)
                if self.cookie_expires is None and self.signer_expires is None:
                    raise InvalidPolicyError("the cookies need an expiry: set cookie_expires or expires")

    def terms(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keyword arguments of the signer for the terms of a call."""
        return self._terms(given)

    def _terms(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        found = super()._terms(terms)
        if "expires" in found:
            found["expires"] = _parse_expiry(found["expires"])
        if "resource" in found and not self.is_aligned:
            # Files of one page share a signature. To the second, the next second would need another.
            found.setdefault("align", _MINUTE)
        return found

    def _expires(self, expires: Any) -> Any:
        return super()._expires(_parse_expiry(expires))

    @property
    def base_url(self) -> str:
        """Where viewers fetch the content."""
        return self.settings.base_url or self._base_url("base_url")


def signer(name: str = DEFAULT) -> CloudFrontSigner:
    """Return a signer of the settings. It is made once in each process, and shared by all threads.

    Args:
        name: ``"default"``, or a name in ``CLOUDFRONT_SIGNER["signers"]``.

    Raises:
        ImproperlyConfigured: A setting is missing or not valid; the message names it.
    """
    return distribution(name).signer


def lazy_signer(name: str = DEFAULT) -> CloudFrontSigner:
    """Return a signer that is made when it is first used, for the settings module itself.

    Such as the option ``cloudfront_signer`` of django-storages' ``S3Storage``.

    Args:
        name: ``"default"``, or a name in ``CLOUDFRONT_SIGNER["signers"]``.
    """
    lazy: Any = SimpleLazyObject(lambda: signer(name))
    return lazy  # type: ignore[no-any-return]  # it behaves as the signer does


def distribution(name: str = DEFAULT) -> ConfiguredDistribution:
    """Return a distribution of the settings by the name of its signer; raises as ``signer`` does."""
    found = _distributions.get(name)
    if found is None:
        words = words_of(name)
        try:
            made = ConfiguredDistribution(words)
        except CloudFrontSignerError as error:
            raise ImproperlyConfigured(str(error)) from None
        # Of two threads that are here at once, both get the first one's.
        found = _distributions.setdefault(name, made)
    return found


def forget(*, setting: str, **_: object) -> None:
    """Read the settings again, after a test has changed them."""
    if setting in (SETTING, "SESSION_COOKIE_DOMAIN"):
        _distributions.clear()


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """What is set for one signer. ``inherited`` are the words of the outer dictionary."""

    name: str
    given: Mapping[str, Any]
    inherited: Mapping[str, Any]
    # Whether SESSION_COOKIE_DOMAIN has been found to be wrong.
    ignores_session: bool = False

    def get(self, word: str) -> Any:
        """Return the value of a word, in either case, or None."""
        word = word.lower()
        value = self._value(word)
        if value is None and word == "cookie_domain" and not self.ignores_session:
            # A session cookie may have the leading dot of RFC 2109, which no browser needs.
            return (settings.SESSION_COOKIE_DOMAIN or "").removeprefix(".") or None
        return _SAME_SITE if value is None and word == "cookie_samesite" else value

    def named(self, word: str) -> str:
        """Return the place of a word, for messages."""
        word = word.lower()
        if word == "cookie_domain" and self._value(word) is None and settings.SESSION_COOKIE_DOMAIN:
            return "SESSION_COOKIE_DOMAIN"
        inside = self.name == DEFAULT or (word not in self.given and word in self.inherited)
        return f"{SETTING}['{word}']" if inside else f"{SETTING}['signers']['{excerpt(self.name)}']['{word}']"

    @contextmanager
    def naming(self, word: str) -> Iterator[None]:
        """Let an error begin with the place of the word."""
        try:
            yield
        except (CloudFrontSignerError, TypeError) as error:
            raise CloudFrontSignerError(f"{self.named(word)}: {error}") from None

    def unknown(self) -> Iterator[str]:
        """Describe the words that have no meaning, one line each."""
        for word in self.given:
            if word in KNOWN or (word == "signers" and self.name == DEFAULT):
                continue
            near = get_close_matches(str(word), KNOWN, 1)
            advice = f"did you mean '{near[0]}'?" if near else f"expected one of {', '.join(KNOWN)}"
            yield f"{self.named(excerpt(word))}: no such word; {advice}"

    def without(self, wrong: Iterable[str], instead: Mapping[str, Any]) -> "Words":
        """Return the words without those that are wrong, so that the others can be checked."""
        given = {**self.inherited, **self.given} | {word: instead.get(word) for word in wrong}
        return replace(
            self, given=given, inherited={}, ignores_session=self.ignores_session or "cookie_domain" in wrong
        )

    def _value(self, word: str) -> Any:
        return self.given[word] if word in self.given else self.inherited.get(word)


def words_of(name: str) -> Words:
    """Return the words of one signer.

    Raises ImproperlyConfigured if there is no such signer, or the setting has another shape.
    """
    outer = getattr(settings, SETTING, None)
    if not isinstance(outer, Mapping):
        found = "not set" if outer is None else f"expected a dictionary, found {type(outer).__name__}"
        raise ImproperlyConfigured(
            f"{SETTING}: {found}; it describes a distribution by domain, key_pair_id, private_key"
        )
    named = outer.get("signers", {})
    if not isinstance(named, Mapping):
        kind = type(named).__name__
        raise ImproperlyConfigured(f"{SETTING}['signers']: expected a dictionary of names, found {kind}")
    if name == DEFAULT:
        return Words(name, outer, {})
    if name not in named:
        known = ", ".join(map(repr, [DEFAULT, *named]))
        raise ImproperlyConfigured(f"{SETTING}['signers']: no signer '{excerpt(name)}'; there are {known}")
    if not isinstance(named[name], Mapping):
        kind = type(named[name]).__name__
        raise ImproperlyConfigured(f"{SETTING}['signers']['{excerpt(name)}']: expected a dictionary, found {kind}")
    apart = {"signers"}.union(*(words for triggers, words in _APART if triggers & named[name].keys()))
    return Words(name, named[name], {word: value for word, value in outer.items() if word not in apart})


def names() -> list[str]:
    """Return the names of all signers; raises as ``words_of`` does."""
    return [DEFAULT, *words_of(DEFAULT).given.get("signers", {})]


def _parse_expiry(value: Any) -> Any:
    # Django counts durations in seconds, and a template has no timedelta.
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _FIRST_TIME:
        return timedelta(seconds=value)
    return parse_expiry(value)


def unchecked_signature(message: bytes) -> bytes:
    """Take the place of a key that cannot be checked yet; it is never called."""
    raise NotImplementedError
