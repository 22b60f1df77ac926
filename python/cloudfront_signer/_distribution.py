"""Signs for one distribution, by the names of its files: what the modules of all frameworks do."""

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cloudfront_signer import (
    CloudFrontSigner,
    CloudFrontSignerError,
    Grant,
    InvalidUrlError,
    Policy,
    SignedCookies,
    inspect,
    quote_path,
)
from cloudfront_signer._native import excerpt
from cloudfront_signer._settings import Settings, parse_expiry

_NAMES = (
    "CloudFront-Policy",
    "CloudFront-Expires",
    "CloudFront-Signature",
    "CloudFront-Key-Pair-Id",
    "CloudFront-Hash-Algorithm",
)


class Response(Protocol):
    """The cookie methods that responses of Django, Flask and Starlette share."""

    def set_cookie(self, key: str, value: str = "", *args: Any, **attributes: Any) -> None:
        """Set one cookie."""

    def delete_cookie(self, key: str, *args: Any, **attributes: Any) -> None:
        """Delete one cookie."""


class Headers(Protocol):
    """What the headers of Flask and Starlette have in common."""

    def __contains__(self, name: Any, /) -> bool: ...

    def __setitem__(self, name: str, value: str, /) -> None: ...


class Distribution:
    """A signer, and the address at which viewers fetch what is signed.

    Names are those of objects, such as ``videos/summer holiday.mp4``: they are quoted and follow the base URL. A text
    that begins with ``https://`` or ``http://`` is a URL and is used unchanged.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.signer: CloudFrontSigner = settings.signer

    def url(self, name: str) -> str:
        """Return the URL of an object, not signed."""
        return name if _is_url(name) else f"{self._base_url(name)}/{quote_path(name.lstrip('/'))}"

    def resource(self, pattern: str) -> str:
        """Return the URL of a path pattern, whose ``*`` and ``?`` are wildcards."""
        return (
            pattern
            if _is_url(pattern) or pattern.startswith("*://")
            else f"{self._base_url(pattern)}/{pattern.lstrip('/')}"
        )

    def sign_url(self, name: str, terms: Mapping[str, Any]) -> str:
        """Sign the URL of one object."""
        return self.signer.sign_url(self.url(name), **self._terms(terms))

    def sign_urls(self, names: Iterable[str], terms: Mapping[str, Any]) -> list[str]:
        """Sign the URLs of many objects in one batch."""
        return self.signer.sign_urls([self.url(name) for name in names], **self._terms(terms))

    def sign_cookies(self, pattern: str, terms: Mapping[str, Any]) -> SignedCookies:
        """Sign cookies for all objects that a pattern matches."""
        return self.signer.sign_cookies(self.resource(pattern), **self._terms(terms))

    def grant(self, pattern: str, terms: Mapping[str, Any]) -> Grant:
        """Sign once for all objects that a pattern matches."""
        return self.signer.grant(self.resource(pattern), **self._terms(terms))

    def attributes(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cookies' attributes: those of a call, then those of the settings."""
        return {**self.settings.cookie_attributes, **{name: one for name, one in given.items() if one is not None}}

    def set_cookies(self, response: Response, cookies: SignedCookies, given: Mapping[str, Any]) -> None:
        """Set cookies on a response."""
        cookies.set_on(response, **self.attributes(given))

    def clear_cookies(self, response: Response, given: Mapping[str, Any]) -> None:
        """Delete the cookies on a response."""
        SignedCookies.clear_on(response, **self.attributes(given))

    def delete_leftovers(
        self, response: Response, sent: Mapping[str, str], cookies: SignedCookies, given: Mapping[str, Any]
    ) -> None:
        """Delete cookies of the request that are not among the new ones.

        After a change of the key's kind, an old CloudFront-Hash-Algorithm would spoil the new signature.
        """
        attributes = self.attributes(given)
        kept = {name: attributes[name] for name in ("domain", "path") if name in attributes}
        for name in _NAMES:
            if name in sent and name not in cookies:
                response.delete_cookie(name, **kept)

    def is_fresh(self, sent: Mapping[str, str], pattern: str, expires: Any) -> bool:
        """Whether cookies of a request are for this pattern and key, and have more than half of their time left.

        Nothing is verified: a viewer who sends other cookies only keeps the ones that the edge refuses.
        """
        sent = {name: sent[name] for name in _NAMES if name in sent}
        try:
            found = inspect(sent)
        except CloudFrontSignerError:
            return False
        wanted = Policy(self.resource(pattern), expires=self._expires(expires))
        if found.policy is None or found.expires is None or found.key_id != self.signer.key_id:
            return False
        same = (wanted.resource, wanted.not_before, wanted.ip_address, self.signer.hash_algorithm)
        if (found.policy.resource, found.policy.not_before, found.policy.ip_address, found.hash_algorithm) != same:
            return False
        now = time.time()
        return found.expires - now > (wanted.expires - now) / 2

    def _expires(self, expires: Any) -> Any:
        chosen = self.signer.expires if expires is None else parse_expiry(expires)
        if chosen is None:
            raise CloudFrontSignerError("no expiry: expected the argument expires, or the setting EXPIRES")
        return chosen

    def _terms(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments of the signer: templates have text for durations, and paths for resources."""
        found = {name: parse_expiry(one) if name in ("expires", "align") else one for name, one in terms.items()}
        if isinstance(found.get("resource"), str):
            found["resource"] = self.resource(found["resource"])
        return found

    def _base_url(self, name: str) -> str:
        if self.settings.base_url is None:
            raise InvalidUrlError(f"'{excerpt(name)}': a name needs the setting DOMAIN; without it, expected a URL")
        return self.settings.base_url


def keep_private(headers: Headers) -> None:
    """Let no shared cache store a response that sets cookies, unless its view has decided how it is cached."""
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "private"


def _is_url(text: str) -> bool:
    return re.match("https?://", text, re.IGNORECASE) is not None
