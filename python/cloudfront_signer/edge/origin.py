"""What an origin is, and what never reaches one."""

from collections.abc import Iterable
from typing import Protocol
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.configuration import Configuration

SIGNING_PARAMETERS = frozenset({b"Expires", b"Policy", b"Signature", b"Key-Pair-Id", b"Hash-Algorithm"})

# RFC 9110, section 7.6.1, and the older ones that proxies drop all the same.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

Header = tuple[bytes, bytes]


class Origin(Protocol):
    """Where content comes from; ``names_objects`` where a path names an object, and no server reads it its own way."""

    names_objects: bool

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """Answer a request that was let in; the path is normalised, the query without its signing parameters."""
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...


def open_origin(text: str, configuration: Configuration) -> Origin:
    """Open a folder, ``http(s)://…`` or ``s3://bucket/prefix``; raises CloudFrontSignerError if that cannot be."""
    # Imported here, since each stands on this module.
    from cloudfront_signer.edge.origins.folder import FolderOrigin
    from cloudfront_signer.edge.origins.http import HttpOrigin
    from cloudfront_signer.edge.origins.s3 import S3Origin

    scheme, separator, _ = text.partition("://")
    downloads = configuration.allow_download_names
    if not separator:
        return FolderOrigin(text, list_bucket=configuration.list_bucket, allow_download_names=downloads)
    if scheme in {"http", "https"}:
        return HttpOrigin(text, timeout=configuration.timeout)
    if scheme == "s3":
        return S3Origin(
            text,
            endpoint_url=configuration.endpoint_url,
            timeout=configuration.timeout,
            allow_download_names=downloads,
        )
    raise CloudFrontSignerError(
        f"origin '{excerpt(text)}': expected a folder, http://…, https://… or s3://bucket/prefix"
    )


def leads_elsewhere(path: str) -> bool:
    """Whether a decoded path has segments that a file system, or a lenient server, would resolve.

    A bucket takes ``public/..%2fa`` for the name of an object. Resolved, it would be ``a``, although the behaviour of
    ``/public/*`` has let it in: so it is never resolved.
    """
    segments = path.replace("\\", "/").split("/")
    return any(segment in {".", ".."} for segment in segments) or "\0" in path


def without_signing_parameters(query: bytes) -> bytes:
    """The query as the origin gets it: the others byte for byte, in their order."""
    return b"&".join(
        pair for pair in query.split(b"&") if unquote_to_bytes(pair.partition(b"=")[0]) not in SIGNING_PARAMETERS
    )


def without_signature(url: bytes) -> bytes:
    """A URL without its signing parameters, the rest byte for byte: a page may itself be signed, and be a referrer."""
    before, separator, query = url.partition(b"?")
    kept = without_signing_parameters(query)
    return before + separator + kept if kept or not query else before


def forwarded_headers(headers: Iterable[Header]) -> list[Header]:
    """What goes on to an origin: no connection headers, no host, no cookie of CloudFront's, no referrer's signature."""
    headers = list(headers)
    named = {name for key, value in headers if key == b"connection" for name in _names(value)}
    kept = []
    for key, value in headers:
        if key in HOP_BY_HOP or key in named or key == b"host":
            continue
        if key == b"cookie":
            value = _without_cloudfront_cookies(value)
            if not value:
                continue
        if key == b"referer":
            value = without_signature(value)
        kept.append((key, value))
    return kept


def returned_headers(headers: Iterable[Header]) -> list[Header]:
    """What comes back from an origin: its length and encoding stay, its connection headers do not.

    A length beside a transfer coding is not the body's (RFC 9112, section 6.3), and would cut it short.
    """
    headers = [(key.lower(), value) for key, value in headers]
    dropped = HOP_BY_HOP | {name for key, value in headers if key == b"connection" for name in _names(value)}
    if any(key == b"transfer-encoding" for key, _ in headers):
        dropped |= {b"content-length"}
    return [(key, value) for key, value in headers if key not in dropped]


def _names(value: bytes) -> set[bytes]:
    return {name.strip().lower() for name in value.split(b",")}


def _without_cloudfront_cookies(value: bytes) -> bytes:
    return b";".join(pair for pair in value.split(b";") if not pair.strip().startswith(b"CloudFront-")).strip()
