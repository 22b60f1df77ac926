"""Builds wheels into dist/, the same bytes from the same commit, and checks each.

    python scripts/wheels.py [--out FOLDER] [--interpreter PYTHON] [PLATFORM...]

Without a PLATFORM, all whose Rust standard library is at hand are built. For Linux, zig links against the oldest C
library of each platform. scripts/requirements-release.txt has the versions of maturin and zig. cargo-auditable, which
is installed if it is missing, writes the list of crates into the library.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import repack
import rust_targets

ROOT = Path(__file__).parents[1]
PYTHON = Path(sys.executable)
AUDITABLE = "cargo-auditable@0.7.7"


class Platform(NamedTuple):
    system: str
    target: str
    compatibility: str


PLATFORMS = {
    "manylinux-x86_64": Platform("Linux", "x86_64-unknown-linux-gnu", "manylinux2014"),
    "manylinux-aarch64": Platform("Linux", "aarch64-unknown-linux-gnu", "manylinux2014"),
    "musllinux-x86_64": Platform("Linux", "x86_64-unknown-linux-musl", "musllinux_1_2"),
    "musllinux-aarch64": Platform("Linux", "aarch64-unknown-linux-musl", "musllinux_1_2"),
    "macos-universal2": Platform("Darwin", "universal2-apple-darwin", "pypi"),
    "windows-x86_64": Platform("Windows", "x86_64-pc-windows-msvc", "pypi"),
    "windows-aarch64": Platform("Windows", "aarch64-pc-windows-msvc", "pypi"),
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("platforms", metavar="PLATFORM", nargs="*", help=f"one of {', '.join(PLATFORMS)}")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the wheels")
    parser.add_argument("--interpreter", default=None, help="the Python that the wheel is for, if not 3.11 and later")
    options = parser.parse_args()
    unknown = [name for name in options.platforms if name not in PLATFORMS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: no such platform; there are {', '.join(PLATFORMS)}")
    here = [name for name, one in PLATFORMS.items() if one.system == platform.system()]
    wheels = []
    for name in options.platforms or here:
        toolchain = rust_targets.toolchain(PLATFORMS[name].target)
        if toolchain is not None:
            wheels.append(build(PLATFORMS[name], toolchain, options))
            continue
        message = f"{name}: no Rust standard library: run `rustup target add {PLATFORMS[name].target}`"
        if options.platforms:
            sys.exit(message)
        print(f"not built: {message}", flush=True)
    command = [PYTHON, ROOT / "scripts" / "check_wheel.py", *wheels]
    return subprocess.run(command, check=False).returncode


def build(wanted: Platform, toolchain: rust_targets.Toolchain, options: argparse.Namespace) -> Path:
    """Build one wheel; returns its path."""
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.whl")}
    command: list[str | Path] = [PYTHON, "-m", "maturin", "build", "--release", "--locked", "--out", out]
    command += ["--compatibility", wanted.compatibility, "--target", wanted.target, *toolchain.arguments]
    if wanted.system == "Linux":
        command += ["--zig", "--auditwheel", "check"]
    if options.interpreter:
        command += ["--interpreter", options.interpreter]
    # 6 % smaller, and as fast as with LLVM's default of 225.
    command += ["--", "-C", "llvm-args=-inline-threshold=75"]
    subprocess.run(command, cwd=ROOT, env=environment(toolchain), check=True)
    (wheel,) = (path for path in out.glob("*.whl") if before.get(path) != path.stat().st_mtime_ns)
    repack.without_build_paths(wheel)
    return wheel


def environment(toolchain: rust_targets.Toolchain) -> dict[str, str]:
    """The environment of a build that depends on the commit only: no paths, no time."""
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in folders().items()]
    return {
        **os.environ,
        # maturin starts zig as `python3 -m ziglang`.
        "PATH": os.pathsep.join((str(PYTHON.parent), sysconfig.get_path("scripts"), os.environ["PATH"])),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or commit_time(),
        # As `cargo auditable` sets them. maturin calls `cargo rustc`, which it does not take for a subcommand.
        "RUSTC_WORKSPACE_WRAPPER": cargo_auditable(),
        "CARGO_AUDITABLE_ORIG_ARGS": json.dumps({"offline": False, "locked": True, "frozen": False, "config": []}),
        **toolchain.environment,
    }


def cargo_auditable() -> str:
    """The path of cargo-auditable. Cargo does nothing if this version is installed."""
    subprocess.run(["cargo", "install", "--quiet", "--locked", AUDITABLE], check=True)
    folder = Path(os.environ.get("CARGO_INSTALL_ROOT") or cargo_home()) / "bin"
    found = shutil.which("cargo-auditable", path=folder)
    if found is None:
        sys.exit(f"cargo install put no cargo-auditable into {folder}")
    return found


def folders() -> dict[Path, str]:
    """The folders whose paths the compiler would write into the library, and what it writes instead."""
    # The registry's folder has a hash in its name, which depends on cargo and on the mirror in use.
    registries = {folder: "crates" for folder in sorted((cargo_home() / "registry" / "src").glob("*"))}
    return {ROOT: "cloudfront-signer", **registries}


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))


def commit_time() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
