"""S3's error responses. Their RequestId and HostId distinguish them from the edge's own."""

import secrets
from base64 import b64encode
from xml.sax.saxutils import escape

from starlette.responses import Response


def access_denied() -> Response:
    """Refuse an object, or report a missing one to a requester that may not list the bucket."""
    return _error(403, "AccessDenied", "Access Denied")


def no_such_key(name: str) -> Response:
    """Report a missing object to a requester that may list the bucket."""
    return _error(404, "NoSuchKey", "The specified key does not exist.", Key=name)


def invalid_argument(name: str, value: str) -> Response:
    """Refuse a `response-…` parameter whose value is invalid in a header."""
    message = "Header value cannot be represented using ISO-8859-1."
    return _error(400, "InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def _error(status: int, code: str, message: str, **details: str) -> Response:
    request_id, host_id = secrets.token_hex(8).upper(), b64encode(secrets.token_bytes(56)).decode()
    fields = {"Code": code, "Message": message, **details, "RequestId": request_id, "HostId": host_id}
    elements = "".join(f"<{name}>{escape(_in_xml(value))}</{name}>" for name, value in fields.items())
    response = Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{elements}</Error>', status, media_type="application/xml"
    )
    response.headers["x-amz-request-id"], response.headers["x-amz-id-2"] = request_id, host_id
    return response


def _in_xml(text: str) -> str:
    """Replace control characters and lone surrogates, which XML 1.0 cannot represent."""
    return "".join(symbol if symbol.isprintable() else "\N{REPLACEMENT CHARACTER}" for symbol in text)
