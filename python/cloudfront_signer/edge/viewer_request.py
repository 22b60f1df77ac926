"""A viewer's request as it comes in: what HTTP forbids is refused with 400, before anything else reads it.

h11 has refused by then: no or two Host headers, two lengths, a transfer coding that is not `chunked`, line ends and
blanks where none may be. What it lets through, and servers behind an edge read in different ways, is refused here.
"""

import re

from starlette.types import Scope

_ABSOLUTE = re.compile(rb"(?P<scheme>https?)://(?P<host>[^/?#]*)(?P<path>[^?#]*)", re.IGNORECASE)
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


def problem(scope: Scope) -> str | None:
    """Say what is wrong with a request, or None; an absolute target is brought into the usual form.

    A target that is no absolute path would lead elsewhere behind an origin's prefix: after `s3://videos`, the target
    `-private/a` names the bucket `videos-private`.
    """
    if absolute := _ABSOLUTE.fullmatch(scope["raw_path"]):
        # RFC 9112, section 3.2.2: it has to be understood, and its host takes the place of the header.
        scope["scheme"] = absolute["scheme"].decode().lower()
        scope["raw_path"] = absolute["path"] or b"/"
        others = [header for header in scope["headers"] if header[0] != b"host"]
        scope["headers"] = [(b"host", absolute["host"]), *others]
    if not scope["raw_path"].startswith(b"/"):
        return "expected a target that starts with a slash"
    if b"#" in scope["raw_path"] or b"#" in scope["query_string"]:
        # Some servers take what follows for a fragment, others for a part of the name.
        return "expected a target without #, which is written %23"
    names = [name for name, _ in scope["headers"]]
    if b"content-length" in names and b"transfer-encoding" in names:
        # Whoever reads the other one of the two sees two requests where we see one (RFC 9112, section 6.1).
        return "expected Content-Length or Transfer-Encoding, found both"
    if any(name == b"host" and not _HOST.fullmatch(value) for name, value in scope["headers"]):
        return "expected the name of a host in Host"
    return None
