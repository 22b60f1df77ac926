"""Finds a Rust standard library for a target: that of the installed toolchain, or Debian's.

Debian has one for aarch64, and for musl the source, from which cargo builds it.
"""

import subprocess
from pathlib import Path
from typing import NamedTuple

import debian

WRAPPER = """\
#!/bin/sh
LD_LIBRARY_PATH={root}/usr/lib/x86_64-linux-gnu exec {root}/usr/bin/rustc "$@"
"""


# Targets of maturin that are two of Rust's.
UNIVERSAL = {"universal2-apple-darwin": ("x86_64-apple-darwin", "aarch64-apple-darwin")}


class Toolchain(NamedTuple):
    """What cargo and maturin need to use a compiler."""

    environment: dict[str, str]
    arguments: tuple[str, ...]


def toolchain(target: str) -> Toolchain | None:
    """The compiler for a target, or None if there is none."""
    parts = UNIVERSAL.get(target, (target,))
    if all(has_standard_library("rustc", part) for part in parts):
        return Toolchain({}, ())
    if target not in ("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl") or not debian.available():
        return None
    rustc = debian_compiler()
    if target.endswith("-musl"):
        debian.unpack("rust", "rust-web-src")
        # Cargo builds the standard library for nightly compilers only; the source here is that of a stable one.
        return Toolchain({"RUSTC": rustc, "RUSTC_BOOTSTRAP": "1"}, ("-Z", "build-std=std,panic_unwind"))
    debian.unpack("rust", "libstd-rust-web-dev:arm64")
    return Toolchain({"RUSTC": rustc}, ()) if has_standard_library(rustc, target) else None


def has_standard_library(rustc: str, target: str) -> bool:
    command = [rustc, "--print", "target-libdir", "--target", target]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode == 0 and any(Path(done.stdout.strip()).glob("libstd-*.rlib"))


def debian_compiler() -> str:
    """Debian's newest compiler, unpacked; returns its path."""
    (library,) = (name for name in debian.dependencies("libstd-rust-web-dev") if name.startswith("libstd-rust-web-"))
    llvm = [name for name in debian.dependencies(library) if name.startswith("libllvm")]
    root = debian.unpack("rust", "rustc-web", "libstd-rust-web-dev", library, *llvm)
    wrapper = root / "rustc"
    wrapper.write_text(WRAPPER.format(root=root), encoding="utf-8")
    wrapper.chmod(0o755)
    return str(wrapper)
