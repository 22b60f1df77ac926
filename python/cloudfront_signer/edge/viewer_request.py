"""A viewer's request as the edge reads it. What HTTP forbids is refused with 400 before any other layer sees it.

h11 has already refused a missing or second Host header, a second length, a transfer coding other than `chunked`, and
misplaced line ends and blanks. This file refuses what h11 accepts and servers behind an edge interpret differently.
"""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from cloudfront_signer._text import MaskedRepr

_ABSOLUTE = re.compile(rb"(?P<scheme>https?)://(?P<host>[^/?#]*)(?P<path>[^?#]*)", re.IGNORECASE)
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


@dataclass(frozen=True, slots=True, repr=False)
class ViewerRequest(MaskedRepr):
    """The parts of a request that a signature covers.

    ``url`` is the URL that signatures are checked against: ``site``, its scheme and host, with ``path`` and ``query``
    as sent. ``cookies`` holds all Cookie headers. ``peer`` is the viewer's address, None if the server does not know
    it. ``problem`` explains why HTTP forbids the request, None if it does not.
    """

    url: str
    site: str
    path: bytes
    query: bytes
    cookies: str
    peer: str | None
    problem: str | None

    def url_of(self, path: bytes) -> str:
        """Return the URL of another path with the same site and query."""
        return _url(self.site, path, self.query)


def read(scope: Scope, pretend: str | None) -> ViewerRequest:
    """Read a request; ``pretend`` replaces its scheme and host.

    If the target is absolute, the scope is rewritten to the usual form: a path, and the target's host in Host.
    """
    _resolve_absolute_target(scope)
    headers = Headers(scope=scope)
    site = pretend or f"{scope['scheme']}://{headers.get('host', 'localhost')}"
    path, query = scope["raw_path"], scope["query_string"]
    return ViewerRequest(
        url=_url(site, path, query),
        site=site,
        path=path,
        query=query,
        # In HTTP/1.1, several Cookie headers mean the same as one.
        cookies="; ".join(headers.getlist("cookie")),
        peer=scope["client"][0] if scope.get("client") else None,
        problem=_problem(scope),
    )


def _url(site: str, path: bytes, query: bytes) -> str:
    return f"{site}{path.decode('latin-1')}" + (f"?{query.decode('latin-1')}" if query else "")


def _resolve_absolute_target(scope: Scope) -> None:
    # RFC 9112, section 3.2.2: a server must accept the form, and the target's host replaces the header.
    if absolute := _ABSOLUTE.fullmatch(scope["raw_path"]):
        scope["scheme"] = absolute["scheme"].decode().lower()
        scope["raw_path"] = absolute["path"] or b"/"
        others = [header for header in scope["headers"] if header[0] != b"host"]
        scope["headers"] = [(b"host", absolute["host"]), *others]


def _problem(scope: Scope) -> str | None:
    if not scope["raw_path"].startswith(b"/"):
        # Appended to the prefix of an origin it leads elsewhere: after `s3://videos`, the target `-private/a` names
        # the bucket `videos-private`.
        return "expected a target that starts with a slash"
    if b"#" in scope["raw_path"] or b"#" in scope["query_string"]:
        # Some servers read the rest as a fragment, others as part of the name.
        return "expected a target without #; in a name, write it as %23"
    names = [name for name, _ in scope["headers"]]
    if b"content-length" in names and b"transfer-encoding" in names:
        # A server that honours the other header sees two requests instead of one (RFC 9112, section 6.1).
        return "expected Content-Length or Transfer-Encoding, found both"
    if any(name == b"host" and not _HOST.fullmatch(value) for name, value in scope["headers"]):
        return "expected a valid host name in Host"
    return None
