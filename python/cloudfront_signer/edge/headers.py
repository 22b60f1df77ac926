"""The headers that travel to an origin and back: neither connection headers nor credentials of CloudFront."""

from collections.abc import Iterable

from cloudfront_signer.edge.query import without_signing_parameters

Header = tuple[bytes, bytes]

# RFC 9110, section 7.6.1, and older headers that proxies remove as well.
_HOP_BY_HOP = frozenset(
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


def forwarded_headers(headers: Iterable[Header]) -> list[Header]:
    """Select the request headers for an origin: without Host, CloudFront's cookies and a signature in Referer."""
    headers = list(headers)
    named = {name for key, value in headers if key == b"connection" for name in _names(value)}
    kept = []
    for key, value in headers:
        if key in _HOP_BY_HOP or key in named or key == b"host":
            continue
        if key == b"cookie":
            value = _without_cloudfront_cookies(value)
            if not value:
                continue
        if key == b"referer":
            value = _without_signature(value)
        kept.append((key, value))
    return kept


def returned_headers(headers: Iterable[Header]) -> list[Header]:
    """Select the response headers for the viewer; Content-Length and Content-Encoding are kept.

    A Content-Length next to a Transfer-Encoding is not the length of the body (RFC 9112, section 6.3). Passed on, it
    would truncate the body.
    """
    headers = [(key.lower(), value) for key, value in headers]
    dropped = _HOP_BY_HOP | {name for key, value in headers if key == b"connection" for name in _names(value)}
    if any(key == b"transfer-encoding" for key, _ in headers):
        dropped |= {b"content-length"}
    return [(key, value) for key, value in headers if key not in dropped]


def _names(value: bytes) -> set[bytes]:
    return {name.strip().lower() for name in value.split(b",")}


def _without_cloudfront_cookies(value: bytes) -> bytes:
    return b";".join(pair for pair in value.split(b";") if not pair.strip().startswith(b"CloudFront-")).strip()


def _without_signature(url: bytes) -> bytes:
    """Remove the signing parameters of a URL: the referring page may be signed itself."""
    before, separator, query = url.partition(b"?")
    kept = without_signing_parameters(query)
    return before + separator + kept if kept or not query else before
