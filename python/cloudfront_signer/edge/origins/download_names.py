"""`response-content-disposition` and `response-content-type`: how S3 lets a signed request name the download.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, request parameters
"""

from urllib.parse import parse_qsl, quote

_HEADERS = {"response-content-disposition": "content-disposition", "response-content-type": "content-type"}


def requested(query: bytes) -> dict[str, str]:
    """Return the parameters of a query that override headers of the response, with their values."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    return {name: value for name, value in pairs if name in _HEADERS}


def as_query(parameters: dict[str, str]) -> bytes:
    """Encode the parameters in the canonical spelling that S3 computes a signature over."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items())).encode()


def as_headers(parameters: dict[str, str]) -> dict[str, str]:
    """Return the response headers that the parameters set."""
    return {_HEADERS[name]: value for name, value in parameters.items()}


def is_header_value(value: str) -> bool:
    """Check that HTTP can carry the text: Latin-1 without line ends and other control characters."""
    return value.isprintable() and all(ord(symbol) < 0x100 for symbol in value)
