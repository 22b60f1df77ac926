"""Fetches a manifest, signs it and says how to send it: what the views of all frameworks do.

Only names below one address are fetched, only manifests, and only up to a size. What is sent names neither that address
nor a signed URL of it.

The local edge, which receives manifests in another way, takes from here which files are manifests, how large they may
be, and how they are decompressed.
"""

import logging
import re
import time
import zlib
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

Kind = Literal["hls", "dash"]
_KINDS: dict[str, Kind] = {".m3u8": "hls", ".m3u": "hls", ".mpd": "dash"}
_CONTENT_TYPES = {"hls": "application/vnd.apple.mpegurl", "dash": "application/dash+xml"}

# In bytes, compressed or not. A playlist of 24 hours in segments of two seconds has 2 MB.
LARGEST = 16 << 20
_CHUNK = 1 << 16
# In seconds. A blocking reload of low-latency HLS may take three target durations.
_TIMEOUT = 20
# In seconds: for how long a browser may keep the manifest of a stream that has ended.
_MAX_AGE = 60
_ORIGIN = re.compile(r"https?://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?(?:/[!\x22$->@-~]*)?", re.ASCII)
# Playlists of a stream that continues. A multivariant playlist has no end either, but does not change.
_HLS_FINAL = re.compile(rb"^#EXT-X-(?:ENDLIST|STREAM-INF|PLAYLIST-TYPE:\s*VOD)", re.MULTILINE)
_DASH_LIVE = re.compile(rb"""<(?:\w+:)?MPD\b[^<>]*\stype\s*=\s*["']dynamic["']""")

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
    kind = kind_of(name)
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
    except UnavailableError as problem:
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


def kind_of(name: str) -> Kind | None:
    """Return what manifest a file is by its name; None for other files."""
    return _KINDS.get(PurePosixPath(name).suffix.lower())


class UnavailableError(Exception):
    """The origin has sent no manifest that can be read. The message names neither the origin nor a URL."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def too_large() -> UnavailableError:
    """Return what a manifest is refused with that has more bytes than LARGEST."""
    return UnavailableError(502, f"the manifest is larger than {LARGEST >> 20} MiB")


def uncompressed(body: bytes, coding: str | None) -> bytes:
    """Return the bytes of a manifest, given those that were received and their ``Content-Encoding``.

    No coding is asked for, but objects may be stored compressed. Raises UnavailableError for other codings than gzip,
    for damaged data, and for more bytes than LARGEST, which are not kept in memory.
    """
    coding = (coding or "identity").strip().lower()
    if coding == "identity":
        return body
    if coding not in ("gzip", "x-gzip"):
        raise UnavailableError(502, f"the manifest has the coding {excerpt(coding)}: expected gzip, or none")
    decompressor = zlib.decompressobj(wbits=31)
    try:
        text = decompressor.decompress(body, LARGEST + 1)
    except zlib.error:
        raise UnavailableError(502, "the manifest is damaged gzip data") from None
    if len(text) > LARGEST:
        raise too_large()
    if not decompressor.eof:
        raise UnavailableError(502, "the manifest is incomplete")
    if decompressor.unused_data:
        raise UnavailableError(502, "the manifest has more than one part of gzip data: expected one")
    return text


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
                if len(body) > LARGEST:
                    raise too_large()
                if time.monotonic() > end:
                    raise TimeoutError
            if response.length:
                raise UnavailableError(502, "the manifest is incomplete")
            coding = response.headers.get("Content-Encoding")
    except HTTPError as error:
        with error:
            if error.code in (403, 404):
                raise UnavailableError(error.code, f"the origin has answered {error.code}") from None
            raise UnavailableError(502, f"the origin has answered {error.code}") from None
    except TimeoutError:
        raise UnavailableError(504, "the origin did not respond in time") from None
    except (OSError, HTTPException) as error:
        # Of urllib's own error, which is an OSError: whether connecting took too long.
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise UnavailableError(504, "the origin did not respond in time") from None
        raise UnavailableError(502, f"the origin cannot be reached ({type(error).__name__})") from None
    return uncompressed(bytes(body), coding)


def _sign(kind: Kind, text: bytes, url: str, grant: Grant, hosts: Iterable[str]) -> bytes:
    """Sign a manifest that is sent from another place: media playlists are fetched from there too, segments are not."""
    if kind == "hls":
        return sign_hls(text, base_url=url, grant=grant, hosts=hosts, playlists="app")
    return sign_dash(text, base_url=url, grant=grant, hosts=hosts, absolute=True)


def _cache_control(kind: Kind, text: bytes, grant: Grant) -> str:
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
    found = _ORIGIN.fullmatch(origin)
    if found is None or int(found["port"] or 80) > 65_535:
        raise InvalidUrlError(
            f"origin '{excerpt(origin)}': expected https:// or http://, a host and a path, no query, in ASCII"
        )
    return origin.rstrip("/")
