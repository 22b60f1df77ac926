"""The query of a request without CloudFront's signing parameters, which never reach an origin."""

from urllib.parse import unquote_to_bytes

_SIGNING_PARAMETERS = frozenset({b"Expires", b"Policy", b"Signature", b"Key-Pair-Id", b"Hash-Algorithm"})


def without_signing_parameters(query: bytes) -> bytes:
    """Remove the signing parameters; the others keep their order and their bytes."""
    return b"&".join(
        pair for pair in query.split(b"&") if unquote_to_bytes(pair.partition(b"=")[0]) not in _SIGNING_PARAMETERS
    )
