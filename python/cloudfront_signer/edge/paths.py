"""The normal form of a path, which is matched with behaviours and sent to origins, and its other readings.

CloudFront "normalizes URI paths consistent with RFC 3986 and then matches the path with the correct cache behavior"
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html). This file
makes three choices:

- Normalisation removes dot segments and decodes escapes of unreserved characters. `//` and `%2F` stay (infer: the page
  also mentions "multiple slashes", but RFC 3986 does not, and in a bucket `//a` and `/a` are different objects).
- Origins receive the normalised path, so that the path that was checked is the path that is served (infer: the page
  says that the raw path is forwarded, which a lenient origin would resolve itself).
- The signature is checked against the URL as sent (infer). If dot segments change the path, a policy with wildcards has
  to cover the resolved path as well: `/public/*` does not allow `/public/../private/x`.
"""

import re
from urllib.parse import unquote_to_bytes

_UNRESERVED = re.compile(rb"%(2[DEde]|3[0-9]|[46][1-9A-Fa-f]|5[0-9AFaf]|7[0-9AEae])")


def normalized(path: bytes) -> bytes:
    """Normalise an absolute path (RFC 3986, sections 6.2.2.2 and 6.2.2.3)."""
    return _UNRESERVED.sub(lambda escape: unquote_to_bytes(escape[0]), without_dot_segments(path))


def object_name(path: bytes) -> bytes:
    """Decode a path once, as S3 does. The result is an object's name with a leading slash; `%2F` becomes a slash."""
    return _unquoted(path)


def lenient_readings(path: bytes) -> tuple[bytes, bytes]:
    """Read a path as lenient servers do: decode it, replace backslashes, merge slashes and resolve dot segments.

    The second reading also drops trailing slashes.
    """
    merged = without_dot_segments(re.sub(rb"[/\\]+", b"/", _unquoted(path)))
    return merged, merged.rstrip(b"/") or b"/"


def without_dot_segments(path: bytes) -> bytes:
    """Remove dot segments, escaped ones too, from an absolute path (RFC 3986, section 5.2.4)."""
    kept: list[bytes] = []
    segment = b""
    for part in path.split(b"/")[1:]:
        segment = part.replace(b"%2e", b".").replace(b"%2E", b".")
        if segment == b"..":
            # `..` at the root stays at the root.
            del kept[-1:]
        elif segment != b".":
            kept.append(part)
    if segment in {b".", b".."}:
        kept.append(b"")
    return b"/" + b"/".join(kept)


def has_special_segments(name: str) -> bool:
    """Check a decoded name for dot segments and NUL, which a file system or a lenient server would interpret.

    In a bucket, ``public/..%2fa`` is the name of an object. A server that resolved it would serve ``a``, although the
    request was allowed by the behaviour of ``/public/*``. Such names are therefore never resolved.
    """
    segments = name.replace("\\", "/").split("/")
    return any(segment in {".", ".."} for segment in segments) or "\0" in name


def _unquoted(path: bytes) -> bytes:
    # bytes() refuses a str. unquote_to_bytes would encode it, and show all of it in the error if that fails.
    return unquote_to_bytes(bytes(path))
