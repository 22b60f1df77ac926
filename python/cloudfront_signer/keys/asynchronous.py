"""Signing in coroutines, with keys that make a thread wait."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack

from cloudfront_signer._native import CloudFrontSigner, Grant, SignedCookies
from cloudfront_signer.keys.options import CookieTerms, GrantTerms, StreamTerms, UrlTerms

if TYPE_CHECKING:
    from cloudfront_signer._native import Policy, _Dict, _Time


class AsyncSigner:
    """The signing methods of a CloudFrontSigner as coroutines: the event loop runs while a thread signs.

    For keys that wait for the network or for a device: a KmsSigner, a Pkcs11Signer, or the first fetch of a KeySource.
    A signature with a PrivateKey takes less time than a change of threads, unless it is a large batch.

    Args:
        signer: The signer. Its methods are called in the threads of `asyncio.to_thread`.

    Raises:
        TypeError: It is no CloudFrontSigner.

    >>> import asyncio
    >>> from cloudfront_signer import PrivateKey
    >>> from cloudfront_signer.keys import AsyncSigner
    >>> signer = AsyncSigner(CloudFrontSigner("K1", PrivateKey.generate()))
    >>> asyncio.run(signer.sign_url("https://example.com/a", expires=2000000000))[:40]
    'https://example.com/a?Expires=2000000000'
    """

    __slots__ = ("signer",)

    def __init__(self, signer: CloudFrontSigner) -> None:
        if not isinstance(signer, CloudFrontSigner):
            raise TypeError(f"signer: expected a CloudFrontSigner, found {type(signer).__name__}")
        self.signer: CloudFrontSigner = signer

    async def sign_url(self, url: str, **terms: Unpack[UrlTerms]) -> str:
        """`CloudFrontSigner.sign_url`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.sign_url, url, **terms)

    async def sign_urls(self, urls: Iterable[str], **terms: Unpack[UrlTerms]) -> list[str]:
        """`CloudFrontSigner.sign_urls`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.sign_urls, urls, **terms)

    async def sign_cookies(self, resource: str | None = None, **terms: Unpack[CookieTerms]) -> SignedCookies:
        """`CloudFrontSigner.sign_cookies`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.sign_cookies, resource, **terms)

    async def signed_parameters(self, resource: str | None = None, **terms: Unpack[CookieTerms]) -> dict[str, str]:
        """`CloudFrontSigner.signed_parameters`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.signed_parameters, resource, **terms)

    async def sign_stream(self, name: str, **terms: Unpack[StreamTerms]) -> str:
        """`CloudFrontSigner.sign_stream`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.sign_stream, name, **terms)

    async def grant(self, resource: str, **terms: Unpack[GrantTerms]) -> Grant:
        """`CloudFrontSigner.grant`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.grant, resource, **terms)

    async def generate_presigned_url(
        self,
        url: str,
        date_less_than: "_Time | None" = None,
        policy: "Policy | str | bytes | _Dict | None" = None,
    ) -> str:
        """`CloudFrontSigner.generate_presigned_url`, with its arguments, result and errors."""
        return await asyncio.to_thread(self.signer.generate_presigned_url, url, date_less_than, policy)

    def __repr__(self) -> str:
        return f"<AsyncSigner of {self.signer!r}>"
