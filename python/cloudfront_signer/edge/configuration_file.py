"""Reads the edge's configuration from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cloudfront_signer import CloudFrontSignerError, PublicKey
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.configuration import Behavior, Configuration, pretended, simple_behaviors

_T = TypeVar("_T")


def read_toml(path: Path) -> Configuration:
    """Read a configuration; raises CloudFrontSignerError with the names of the file and the key."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise CloudFrontSignerError(f"{path}: not UTF-8 text") from None
    except (OSError, ValueError, RecursionError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise CloudFrontSignerError(f"{path}: {problem}") from None
    top = _Table(path, "", document)
    keys = {
        key_id: PublicKey.from_file(path.parent / _text(path, f"public_keys.{key_id}", file))
        for key_id, file in top.take("public_keys", dict, {}).items()
    }
    configuration = Configuration(
        behaviors=_behaviors(path, top, keys),
        pretend=pretended(top.take("as", str, "") or None),
        viewer_ip=top.take("viewer_ip", str, "") or None,
        default_root_object=top.take("default_root_object", str, "") or None,
        strict=top.take("strict", bool, False),
        cors_origins=top.texts("cors_origins"),
        timeout=top.number("timeout", 30),
        endpoint_url=top.take("endpoint_url", str, "") or None,
        list_bucket=top.take("list_bucket", bool, False),
        allow_download_names=top.take("allow_download_names", bool, False),
        sign_manifests=top.take("sign_manifests", bool, False),
        host=top.take("host", str, "127.0.0.1"),
        port=top.take("port", int, 8080),
    )
    top.finish()
    return configuration


def _behaviors(path: Path, top: "_Table", keys: Mapping[str, PublicKey]) -> tuple[Behavior, ...]:
    """Read ``[[behaviors]]``, then the top-level ``origin`` with its ``open`` patterns, as the last ones."""
    behaviors = [_behavior(path, number, one, keys) for number, one in enumerate(top.take("behaviors", list, []), 1)]
    origin, open_patterns = top.take("origin", str, ""), top.texts("open")
    if origin:
        behaviors += simple_behaviors(_relative_to(path, origin), keys, open_patterns)
    if not behaviors:
        raise CloudFrontSignerError(f"{path}: expected origin = '…' or [[behaviors]]")
    return tuple(behaviors)


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
        origin=_relative_to(path, table.take("origin", str, "")),
        public_keys={key_id: keys[key_id] for key_id in trusted} or None,
        methods=frozenset(table.texts("methods") or ("GET", "HEAD", "OPTIONS")),
    )
    table.finish()
    if not behavior.origin:
        raise CloudFrontSignerError(f"{path}: behaviors[{number}] has no origin; expected origin = '…'")
    return behavior


def _relative_to(path: Path, origin: str) -> str:
    """Resolve a folder relative to the configuration file."""
    return origin if "://" in origin or not origin else str(path.parent / origin)


def _text(path: Path, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise CloudFrontSignerError(f"{path}: {name} is {excerpt(repr(value))}, expected a string")
    return value


@dataclass(slots=True)
class _Table:
    """A TOML table that records which keys were read, so that ``finish`` refuses a misspelt one."""

    path: Path
    name: str
    values: dict[str, Any]
    known: list[str] = field(default_factory=list)

    def take(self, key: str, kind: type[_T], default: _T) -> _T:
        """Return the value of a key, or the default; raises CloudFrontSignerError for a value of another type."""
        self.known.append(key)
        value = self.values.get(key, default)
        # In Python a bool is an int, but `port = true` is a mistake.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise CloudFrontSignerError(
                f"{self.path}: {self.name}{key} is {excerpt(repr(value))}, expected {kind.__name__}"
            )
        return value

    def number(self, key: str, default: float) -> float:
        """Return the value of a key as a float; the file may hold an integer."""
        kind: type[int] | type[float] = float if isinstance(self.values.get(key), float) else int
        value = self.take(key, kind, default)
        try:
            return float(value)
        except OverflowError:
            raise CloudFrontSignerError(f"{self.path}: {self.name}{key} is too large") from None

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
                raise CloudFrontSignerError(f"{self.path}: {self.name}{key} is not known; expected one of {known}")
