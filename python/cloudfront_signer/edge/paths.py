"""What a path is: the form that behaviours are matched with and origins are asked for, and how else it may be read.

CloudFront "normalizes URI paths consistent with RFC 3986 and then matches the path with the correct cache behavior"
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html). Three choices
are made here, and only here:

- Dot segments are removed and escapes of unreserved characters are decoded, nothing else: `//` and `%2F` stay (infer:
  the page also speaks of "multiple slashes", RFC 3986 does not, and to a bucket `//a` is another name than `/a`).
- Origins are asked for that same form, so that what was judged is what is served (infer: the page says that the raw
  path is sent on, which a lenient origin would resolve itself).
- The signature is checked over the URL as it was sent (infer). Where dot segments lead out of what was sent, a policy
  with wildcards has to cover what they lead to as well: `/public/*` is no pass for `/public/../private/x`.
"""

import re
from urllib.parse import unquote_to_bytes

_UNRESERVED = re.compile(rb"%(2[DEde]|3[0-9]|[46][1-9A-Fa-f]|5[0-9AFaf]|7[0-9AEae])")


def normalized(path: bytes) -> bytes:
    """Normalise an absolute path: RFC 3986, sections 6.2.2.2 and 6.2.2.3."""
    return _UNRESERVED.sub(lambda escape: unquote_to_bytes(escape[0]), without_dot_segments(path))


def object_name(path: bytes) -> bytes:
    """Decode a path once, as S3 does: the name of an object, with the slash in front. `%2F` is a slash in it."""
    return _unquoted(path)


def lenient_readings(path: bytes) -> tuple[bytes, bytes]:
    """Read a path as lenient servers do: decoded, backslashes as slashes, `//` as `/`, and dot segments resolved.

    Some drop a last slash as well.
    """
    merged = without_dot_segments(re.sub(rb"[/\\]+", b"/", _unquoted(path)))
    return merged, merged.rstrip(b"/") or b"/"


def without_dot_segments(path: bytes) -> bytes:
    """Remove dot segments, escaped ones too, from an absolute path (RFC 3986, section 5.2.4), and nothing else."""
    kept: list[bytes] = []
    segment = b""
    for part in path.split(b"/")[1:]:
        segment = part.replace(b"%2e", b".").replace(b"%2E", b".")
        if segment == b"..":
            # Nothing leads above the first slash.
            del kept[-1:]
        elif segment != b".":
            kept.append(part)
    if segment in {b".", b".."}:
        kept.append(b"")
    return b"/" + b"/".join(kept)


def _unquoted(path: bytes) -> bytes:
    # Text, which does not belong here, would be shown whole by the error of its encoding.
    return unquote_to_bytes(bytes(path))
