"""Signing in coroutines, with keys that make a thread wait."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from cloudfront_signer._native import CloudFrontSigner

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _in_thread(
    method: Callable[Concatenate[CloudFrontSigner, _P], _R],
) -> Callable[Concatenate["AsyncSigner", _P], Coroutine[Any, Any, _R]]:
    name = method.__name__

    @wraps(method)
    async def call(self: "AsyncSigner", /, *args: _P.args, **keywords: _P.kwargs) -> _R:
        # By name: the signer may be of a subclass.
        return await asyncio.to_thread(getattr(self.signer, name), *args, **keywords)

    return call


class AsyncSigner:
    """The signing methods of a CloudFrontSigner as coroutines: the event loop runs while a thread signs.

    For keys that wait for the network or for a device: a KmsSigner, a Pkcs11Signer, or the first fetch of a KeySource.
    A signature with a PrivateKey takes less time than a change of threads, unless it is a large batch.

    Args:
        signer: The signer. Its methods are called in the threads of `asyncio.to_thread`.

    >>> import asyncio
    >>> from cloudfront_signer import PrivateKey
    >>> from cloudfront_signer.keys import AsyncSigner
    >>> signer = AsyncSigner(CloudFrontSigner("K1", PrivateKey.generate()))
    >>> asyncio.run(signer.sign_url("https://example.com/a", expires=2000000000))[:40]
    'https://example.com/a?Expires=2000000000'
    """

    __slots__ = ("signer",)

    def __init__(self, signer: CloudFrontSigner) -> None:
        self.signer = signer

    sign_url = _in_thread(CloudFrontSigner.sign_url)
    sign_urls = _in_thread(CloudFrontSigner.sign_urls)
    sign_cookies = _in_thread(CloudFrontSigner.sign_cookies)
    sign_stream = _in_thread(CloudFrontSigner.sign_stream)
    signed_parameters = _in_thread(CloudFrontSigner.signed_parameters)
    grant = _in_thread(CloudFrontSigner.grant)
    generate_presigned_url = _in_thread(CloudFrontSigner.generate_presigned_url)

    def __repr__(self) -> str:
        return f"<AsyncSigner of {self.signer!r}>"
