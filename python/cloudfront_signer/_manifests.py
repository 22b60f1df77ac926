"""Fetches a manifest, signs it and says how to send it: what the views of all frameworks do.

Only names below one address are fetched, only manifests, and only up to a size. What is sent names neither that address
nor a signed URL of it.
"""

import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cloudfront_signer import CloudFrontSignerError, Grant, InvalidUrlError, quote_path
from cloudfront_signer._distribution import Distribution
from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.manifest import sign_dash, sign_hls

_Kind = Literal["hls", "dash"]
_KINDS: dict[str, _Kind] = {".m3u8": "hls", ".m3u": "hls", ".mpd": "dash"}
_CONTENT_TYPES = {"hls": "application/vnd.apple.mpegurl", "dash": "application/dash+xml"}

# A playlist of 24 hours in segments of two seconds has 2 MB.
_LARGEST = 16 << 20
_CHUNK = 1 << 16
# In seconds. A blocking reload of low-latency HLS may take three target durations.
_TIMEOUT = 20
# In seconds: for how long a browser may keep the manifest of a stream that has ended.
_MAX_AGE = 60
_ORIGIN = re.compile(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?")
# Playlists of a stream that goes on. A multivariant playlist has no end either, but does not change.
_HLS_FINAL = re.compile(rb"^#EXT-X-(?:ENDLIST|STREAM-INF|PLAYLIST-TYPE:\s*VOD)", re.MULTILINE)
_DASH_LIVE = re.compile(rb"""<(?:\w+:)?MPD\b[^>]*\stype\s*=\s*["']dynamic["']""")

_log = logging.getLogger("cloudfront_signer.manifests")


@dataclass(frozen=True, slots=True, repr=False)
class Answer(MaskedRepr):
    """What a view sends."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def answer_manifest(
    distribution: Distribution,
    name: str,
    query: str,
    *,
    resource: str,
    origin: str | None = None,
    hosts: Iterable[str] = (),
    terms: Mapping[str, Any],
) -> Answer:
    """Fetch and sign one manifest.

    ``name`` is that of the manifest's object, decoded, and ``query`` the query of the viewer's request, of which only
    the parameters that players of HLS add are passed on. ``resource`` is a path pattern for what the viewer is granted.
    ``origin`` is where the manifest is fetched without a signature; by default it is fetched from the distribution.
    ``hosts`` are further hosts whose URIs are signed. ``terms`` are those of the grant.

    Whatever is wrong with the name or at the origin is an answer: 404 for a name that is no manifest's, 403 and 404 as
    the origin has said, 504 if the origin is too slow, else 502. Raises CloudFrontSignerError for an invalid argument,
    and if ``resource`` does not cover the manifest.
    """
    kind = _KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None or not _is_plain(name):
        return _refusal(404, "no such manifest")
    grant = distribution.grant(resource, terms)
    # A name, never a URL: without the slash, `https://…` would be one to the distribution.
    url = distribution.url(f"/{name}")
    directives = _directives(query)
    asked = f"?{'&'.join(directives)}" if directives else ""
    source = grant.url(url + asked) if origin is None else f"{_checked(origin)}/{quote_path(name)}{asked}"
    try:
        text = _fetch(source)
        body = _sign(kind, text, url, grant, hosts)
    except _Unavailable as problem:
        _log.warning("%s: %s", excerpt(name), problem)
        return _refusal(problem.status, str(problem))
    except CloudFrontSignerError as error:
        # Its message may quote the manifest: it is for the log.
        _log.warning("%s: the manifest cannot be signed: %s", excerpt(name), error)
        return _refusal(502, "the manifest cannot be signed")
    headers = {
        "Content-Type": _CONTENT_TYPES[kind],
        "Cache-Control": _cache_control(kind, text, grant),
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(200, body, headers)


class _Unavailable(Exception):
    """The origin has sent no manifest. The message names neither the origin nor a URL."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _NoRedirects(HTTPRedirectHandler):
    """The place that a redirect names is not the configured one."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirects)


def _fetch(url: str) -> bytes:
    """Return what is at a URL, within the limits of time and size."""
    end = time.monotonic() + _TIMEOUT
    request = Request(url, headers={"User-Agent": "cloudfront-signer", "Accept": "*/*"})
    try:
        with _OPENER.open(request, timeout=_TIMEOUT) as response:
            body = bytearray()
            while chunk := response.read1(_CHUNK):
                body += chunk
                if len(body) > _LARGEST:
                    raise _Unavailable(502, f"the manifest is larger than {_LARGEST >> 20} MiB")
                if time.monotonic() > end:
                    raise TimeoutError
            if response.length:
                raise _Unavailable(502, "the manifest is incomplete")
    except HTTPError as error:
        with error:
            if error.code in (403, 404):
                raise _Unavailable(error.code, f"the origin has answered {error.code}") from None
            raise _Unavailable(502, f"the origin has answered {error.code}") from None
    except TimeoutError:
        raise _Unavailable(504, "the origin did not respond in time") from None
    except (OSError, HTTPException) as error:
        # Of urllib's own error, which is an OSError: whether connecting took too long.
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise _Unavailable(504, "the origin did not respond in time") from None
        raise _Unavailable(502, f"the origin cannot be reached ({type(error).__name__})") from None
    return bytes(body)


def _sign(kind: _Kind, text: bytes, url: str, grant: Grant, hosts: Iterable[str]) -> bytes:
    """Sign a manifest that is sent from another place: media playlists are fetched from there too, segments are not."""
    if kind == "hls":
        return sign_hls(text, base_url=url, grant=grant, hosts=hosts, playlists="app")
    return sign_dash(text, base_url=url, grant=grant, hosts=hosts, absolute=True)


def _cache_control(kind: _Kind, text: bytes, grant: Grant) -> str:
    """For how long a browser may keep a manifest: half of the time that is left, and not at all if it is live."""
    live = _DASH_LIVE.search(text) if kind == "dash" else not _HLS_FINAL.search(text)
    if live:
        return "private, no-cache"
    left = (grant.policy.expires - time.time()) / 2
    return f"private, max-age={max(0, min(_MAX_AGE, int(left)))}"


def _refusal(status: int, message: str) -> Answer:
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return Answer(status, f"{status}: {message}\n".encode(), headers)


def _is_plain(name: str) -> bool:
    """Whether a name has no part that a server may resolve: such a name could leave the folder of the view."""
    parts = name.replace("\\", "/").split("/")
    return name.isprintable() and not any(part in ("", ".", "..") for part in parts)


def _directives(query: str) -> list[str]:
    """The parameters that players of low-latency HLS add for the server."""
    return [pair for pair in query.split("&") if re.fullmatch(r"_HLS_\w+=[\w.~-]*", pair, re.ASCII)]


def _checked(origin: str) -> str:
    if not _ORIGIN.fullmatch(origin):
        raise InvalidUrlError(f"origin '{excerpt(origin)}': expected https:// or http://, a host and a path, no query")
    return origin.rstrip("/")
