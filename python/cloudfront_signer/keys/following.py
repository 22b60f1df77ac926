"""A signer that changes to another key pair when the time has come."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from time import time
from typing import TYPE_CHECKING, NoReturn, Self

from cloudfront_signer._native import CloudFrontSigner, Grant, Policy, PrivateKey, SignedCookies, mask_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudfront_signer._native import _Address, _Dict, _Duration, _PrivateKeyObject, _Time

    _Policy = Policy | str | bytes | _Dict

# The signer to use from the first time until before the second one, in seconds since 1970. A plain tuple, since it is
# unpacked for each signature.
Choice = tuple[float, float, CloudFrontSigner]


class FollowingSigner(CloudFrontSigner):
    """A `CloudFrontSigner` whose key pair may change between two calls, but not within one.

    The methods spell out their keywords: that takes half the time of passing on `**keywords`.

    Args:
        choose: Returns the signer to use now, and the period in which it need not be called again.
        name: What it follows, for its repr.

    >>> old, new = CloudFrontSigner("K1", PrivateKey.generate()), CloudFrontSigner("K2", PrivateKey.generate())
    >>> choices = iter([(0, 1, old), (1, 4e9, new)])
    >>> signer = FollowingSigner(lambda: next(choices), "two signers")
    >>> signer.sign_url("https://example.com/a", expires=2000000000)[-2:]
    'K1'
    >>> signer.sign_url("https://example.com/a", expires=2000000000)[-2:]
    'K2'
    >>> signer.sign_url("https://example.com/a", expires=2000000000)[-2:]
    'K2'
    """

    __slots__ = ("_choice", "_choose", "_name")

    def __init__(self, choose: Callable[[], Choice], name: str) -> None:
        self._choose = choose
        self._name = name
        # Until the first call.
        self._choice: Choice = (inf, -inf, self)

    def _now(self) -> CloudFrontSigner:
        """The signer of this call. Replaced together with its period, since threads share it."""
        since, until, signer = self._choice
        if since <= time() < until:
            return signer
        choice = self._choice = self._choose()
        return choice[2]

    def sign_url(
        self,
        url: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: _Policy | None = None,
        align: _Duration | None = None,
    ) -> str:
        # `_now`, without a call of its own: this is the method that pages full of images are made with.
        since, until, signer = self._choice
        if not since <= time() < until:
            signer = self._now()
        return signer.sign_url(
            url,
            expires=expires,
            not_before=not_before,
            ip_address=ip_address,
            resource=resource,
            policy=policy,
            align=align,
        )

    def sign_urls(
        self,
        urls: Iterable[str],
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        resource: str | None = None,
        policy: _Policy | None = None,
        align: _Duration | None = None,
    ) -> list[str]:
        return self._now().sign_urls(
            urls,
            expires=expires,
            not_before=not_before,
            ip_address=ip_address,
            resource=resource,
            policy=policy,
            align=align,
        )

    def sign_cookies(
        self,
        resource: str | None = None,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: _Policy | None = None,
        align: _Duration | None = None,
    ) -> SignedCookies:
        return self._now().sign_cookies(
            resource, expires=expires, not_before=not_before, ip_address=ip_address, policy=policy, align=align
        )

    def signed_parameters(
        self,
        resource: str | None = None,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        policy: _Policy | None = None,
        align: _Duration | None = None,
    ) -> dict[str, str]:
        return self._now().signed_parameters(
            resource, expires=expires, not_before=not_before, ip_address=ip_address, policy=policy, align=align
        )

    def sign_stream(
        self, name: str, *, expires: _Time | None = None, escape: bool = True, align: _Duration | None = None
    ) -> str:
        return self._now().sign_stream(name, expires=expires, escape=escape, align=align)

    def grant(
        self,
        resource: str,
        *,
        expires: _Time | None = None,
        not_before: _Time | None = None,
        ip_address: _Address | None = None,
        align: _Duration | None = None,
    ) -> Grant:
        return self._now().grant(resource, expires=expires, not_before=not_before, ip_address=ip_address, align=align)

    def generate_presigned_url(
        self, url: str, date_less_than: _Time | None = None, policy: _Policy | None = None
    ) -> str:
        return self._now().generate_presigned_url(url, date_less_than, policy)

    def build_policy(
        self,
        resource: str,
        date_less_than: _Time,
        date_greater_than: _Time | None = None,
        ip_address: _Address | None = None,
    ) -> str:
        return self._now().build_policy(resource, date_less_than, date_greater_than, ip_address)

    @property
    def key_id(self) -> str:  # type: ignore[override]  # it is not to be replaced
        return self._now().key_id

    @property
    def rsa_signer(self) -> PrivateKey | _PrivateKeyObject | Callable[[bytes], bytes]:  # type: ignore[override]
        return self._now().rsa_signer

    @property
    def hash_algorithm(self) -> str:
        return self._now().hash_algorithm

    @property
    def expires(self) -> timedelta | int | None:
        return self._now().expires

    @property
    def align(self) -> timedelta | None:
        return self._now().align

    @property
    def domain(self) -> str | None:
        return self._now().domain

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a CloudFrontSigner holds a private key and cannot be pickled")

    def __repr__(self) -> str:
        return f"<CloudFrontSigner of {mask_secrets(self._name)}>"
