"""What the edge serves: origins, behaviours and trusted keys, from arguments or a TOML file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from cloudfront_signer import CloudFrontSignerError, PublicKey
from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, repr=False)
class Behavior(MaskedRepr):
    """What happens to the paths that a pattern matches.

    ``path_pattern`` has CloudFront's wildcards ``*`` and ``?``; ``origin`` is a folder, ``http(s)://…`` or
    ``s3://bucket/prefix`` (with ``?region=…`` where it is not the configured one); ``public_keys`` are the trusted keys
    by their id, None for open to all, and an empty mapping for closed to all; ``methods`` are the HTTP methods that go
    on to the origin.
    """

    path_pattern: str
    origin: str
    public_keys: Mapping[str, PublicKey] | None = None
    methods: frozenset[str] = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, repr=False)
class Configuration(MaskedRepr):
    """Everything that the edge needs to know; the first behaviour whose pattern matches counts.

    ``pretend`` is the scheme and host as which requests are judged, None for the request's own. ``viewer_ip`` takes the
    place of the peer's address. ``timeout`` is in seconds, for the origin. ``endpoint_url`` is S3's. ``list_bucket``
    says that folders answer as buckets do that the distribution may list: 404 for what is not there, where others say
    403. ``allow_download_names`` honours `response-content-disposition` and `response-content-type`, as S3 does where
    the distribution forwards them. Raises CloudFrontSignerError for a port, an address or a timeout that cannot be.
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
    host: str = "127.0.0.1"
    port: int = 8080

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise CloudFrontSignerError(f"port {self.port}: expected 0 to 65535, 0 for a free one")
        if not (isfinite(self.timeout) and self.timeout > 0):
            raise CloudFrontSignerError(f"timeout {self.timeout}: expected a number of seconds above 0")
        if self.viewer_ip is not None:
            try:
                ip_address(self.viewer_ip)
            except ValueError:
                raise CloudFrontSignerError(
                    f"viewer_ip '{excerpt(self.viewer_ip)}': expected an IPv4 or IPv6 address"
                ) from None


@dataclass(slots=True)
class _Table:
    """A TOML table that knows which keys were asked for, so that a misspelt one is not quietly ignored."""

    path: Path
    name: str
    values: dict[str, Any]
    known: list[str] = field(default_factory=list)

    def take(self, key: str, kind: type[_T], default: _T) -> _T:
        """A value of the right type, or the default."""
        self.known.append(key)
        value = self.values.get(key, default)
        # A bool is an int to Python, not to whoever writes a port.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise CloudFrontSignerError(
                f"{self.path}: {self.name}{key} is {excerpt(repr(value))}, expected {kind.__name__}"
            )
        return value

    def number(self, key: str, default: float) -> float:
        """A whole number or one with a point."""
        kind: type[int] | type[float] = float if isinstance(self.values.get(key), float) else int
        value = self.take(key, kind, default)
        try:
            return float(value)
        except OverflowError:
            raise CloudFrontSignerError(f"{self.path}: {self.name}{key} is too large a number") from None

    def texts(self, key: str) -> tuple[str, ...]:
        values: list[Any] = self.take(key, list, [])
        for value in values:
            if not isinstance(value, str):
                raise CloudFrontSignerError(
                    f"{self.path}: {self.name}{key} holds {excerpt(repr(value))}, expected a list of strings"
                )
        return tuple(values)

    def finish(self) -> None:
        for key in self.values:
            if key not in self.known:
                known = ", ".join(sorted(set(self.known)))
                raise CloudFrontSignerError(f"{self.path}: {self.name}{key} is not known: {known}")


def read_toml(path: Path) -> Configuration:
    """Read a configuration; raises CloudFrontSignerError in one line that names the file and the key."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise CloudFrontSignerError(f"{path}: {problem}") from None
    top = _Table(path, "", document)
    keys = {
        key_id: PublicKey.from_file(path.parent / _text(path, f"public_keys.{key_id}", file))
        for key_id, file in top.take("public_keys", dict, {}).items()
    }
    behaviors = [_behavior(path, number, one, keys) for number, one in enumerate(top.take("behaviors", list, []), 1)]
    origin = top.take("origin", str, "")
    if origin:
        behaviors += simple_behaviors(_beside(path, origin), keys, top.texts("open"))
    if not behaviors:
        raise CloudFrontSignerError(f"{path}: expected origin = '…' or [[behaviors]]")
    configuration = Configuration(
        behaviors=tuple(behaviors),
        pretend=top.take("as", str, "") or None,
        viewer_ip=top.take("viewer_ip", str, "") or None,
        default_root_object=top.take("default_root_object", str, "") or None,
        strict=top.take("strict", bool, False),
        cors_origins=top.texts("cors_origins"),
        timeout=top.number("timeout", 30),
        endpoint_url=top.take("endpoint_url", str, "") or None,
        list_bucket=top.take("list_bucket", bool, False),
        allow_download_names=top.take("allow_download_names", bool, False),
        host=top.take("host", str, "127.0.0.1"),
        port=top.take("port", int, 8080),
    )
    top.texts("open")
    top.finish()
    return replace(configuration, pretend=pretended(configuration.pretend))


def simple_behaviors(origin: str, keys: Mapping[str, PublicKey], open_patterns: tuple[str, ...]) -> list[Behavior]:
    """One origin: the open patterns first, then everything, for trusted keys where there are any."""
    opened = [Behavior(pattern, origin) for pattern in open_patterns]
    return [*opened, Behavior("*", origin, keys or None)]


def pretended(url: str | None) -> str | None:
    """Check the ``https://host`` as which requests are judged."""
    if url is None:
        return None
    if not re.fullmatch(r"https?://[^/?#@\s]+/?", url):
        raise CloudFrontSignerError(
            f"'{excerpt(url)}': expected https:// and a host, such as https://d111111abcdef8.cloudfront.net"
        )
    return url.rstrip("/")


def _behavior(path: Path, number: int, values: Any, keys: Mapping[str, PublicKey]) -> Behavior:
    if not isinstance(values, dict):
        raise CloudFrontSignerError(f"{path}: behaviors[{number}] is {excerpt(repr(values))}, expected a table")
    table = _Table(path, f"behaviors[{number}].", values)
    trusted = table.texts("keys")
    if unknown := [key_id for key_id in trusted if key_id not in keys]:
        raise CloudFrontSignerError(
            f"{path}: behaviors[{number}].keys: {excerpt(repr(unknown[0]))} is not one of public_keys"
        )
    behavior = Behavior(
        path_pattern=table.take("path", str, "*"),
        origin=_beside(path, table.take("origin", str, "")),
        public_keys={key_id: keys[key_id] for key_id in trusted} or None,
        methods=frozenset(table.texts("methods") or ("GET", "HEAD", "OPTIONS")),
    )
    table.finish()
    if not behavior.origin:
        raise CloudFrontSignerError(f"{path}: behaviors[{number}] has no origin")
    return behavior


def _beside(path: Path, origin: str) -> str:
    """A folder is named from where the file stands."""
    return origin if "://" in origin or not origin else str(path.parent / origin)


def _text(path: Path, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise CloudFrontSignerError(f"{path}: {name} is {excerpt(repr(value))}, expected a string")
    return value
