"""What the edge serves: origins, behaviours and trusted keys. ``configuration_file`` reads it from TOML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from math import isfinite

from cloudfront_signer import CloudFrontSignerError, PublicKey
from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr


@dataclass(frozen=True, slots=True, repr=False)
class Behavior(MaskedRepr):
    """How the edge handles the paths that a pattern matches.

    ``path_pattern`` may contain CloudFront's wildcards ``*`` and ``?``. ``origin`` is a folder, ``http(s)://…`` or
    ``s3://bucket/prefix``, with ``?region=REGION`` if the bucket is not in the configured region. ``public_keys`` maps
    key ids to trusted public keys: None needs no signature, an empty mapping allows no request at all. ``methods`` are
    the HTTP methods that the origin receives.
    """

    path_pattern: str
    origin: str
    public_keys: Mapping[str, PublicKey] | None = None
    methods: frozenset[str] = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, repr=False)
class Configuration(MaskedRepr):
    """The settings of an edge. The first behaviour whose pattern matches a path applies.

    ``pretend`` is the scheme and host that signatures are checked against; None means those of the request.
    ``viewer_ip`` replaces the viewer's address in that check. ``default_root_object`` is served for ``/``. ``strict``
    omits the X-Signer-Reason header. ``cors_origins`` are the origins whose pages may read responses, or ``*`` for all
    origins, then without credentials. ``timeout`` is the number of seconds that an origin has to respond.
    ``endpoint_url`` is the endpoint of S3. ``list_bucket`` means that the distribution may list the bucket: a folder
    then answers 404 for a missing file instead of 403. ``allow_download_names`` honours `response-content-disposition`
    and `response-content-type`, as S3 does if the distribution forwards them. ``sign_manifests`` signs the URIs of HLS
    and DASH manifests with the parameters of the viewer's own URL, which needs a custom policy. ``host`` and ``port``
    are the address to listen on; port 0 selects a free one.

    Raises CloudFrontSignerError for an invalid port, timeout, ``viewer_ip`` or origin in ``cors_origins``.
    """

    behaviors: tuple[Behavior, ...]
    pretend: str | None = None
    viewer_ip: str | None = None
    default_root_object: str | None = None
    strict: bool = False
    cors_origins: tuple[str, ...] = ()
    timeout: float = 30.0
    endpoint_url: str | None = None
    list_bucket: bool = False
    allow_download_names: bool = False
    sign_manifests: bool = False
    host: str = "127.0.0.1"
    port: int = 8080

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise CloudFrontSignerError(f"port {self.port}: expected 0 to 65535; 0 selects a free port")
        if not (isfinite(self.timeout) and self.timeout > 0):
            raise CloudFrontSignerError(f"timeout {self.timeout}: expected a number of seconds above 0")
        if self.viewer_ip is not None:
            try:
                ip_address(self.viewer_ip)
            except ValueError:
                raise CloudFrontSignerError(
                    f"viewer_ip '{excerpt(self.viewer_ip)}': expected an IPv4 or IPv6 address"
                ) from None
        for origin in self.cors_origins:
            # Compared with the Origin header byte for byte: with a path or a slash at the end it would match none.
            if origin not in ("*", "null") and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@\sA-Z]+", origin):
                raise CloudFrontSignerError(
                    f"CORS origin '{excerpt(origin)}': expected scheme and host in lower case, without a path, for "
                    "example https://www.example.com"
                )


def simple_behaviors(origin: str, keys: Mapping[str, PublicKey], open_patterns: tuple[str, ...]) -> list[Behavior]:
    """Return the behaviours of one origin: first the open patterns, then all paths, signed unless there are no keys."""
    return [*(Behavior(pattern, origin) for pattern in open_patterns), Behavior("*", origin, keys or None)]


def pretended(url: str | None) -> str | None:
    """Check a value for ``Configuration.pretend`` and remove its trailing slash.

    Raises CloudFrontSignerError unless it consists of a scheme and a host, optionally with a port.
    """
    if url is None:
        return None
    if not re.fullmatch(r"https?://[^/?#@\s]+/?", url):
        raise CloudFrontSignerError(
            f"'{excerpt(url)}': expected https:// and a host, for example https://d111111abcdef8.cloudfront.net"
        )
    return url.rstrip("/")
