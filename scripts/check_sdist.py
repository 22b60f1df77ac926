"""Builds the source distribution into dist/, and the package from it: offline, in an empty environment.

    python scripts/check_sdist.py [--out FOLDER]

The crates come from a folder that `cargo vendor` filled, cargo's home is empty, and pip asks no index. The build is one
without optimizations. Then, without Rust on the PATH, pip must say what is missing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = (
    *("Cargo.toml", "Cargo.lock", "pyproject.toml", "PKG-INFO", "README.md", ".cargo/config.toml"),
    *("LICENSE-APACHE", "LICENSE-MIT", "LICENSE-THIRD-PARTY.txt", "src/lib.rs", "python/cloudfront_signer/py.typed"),
)
STRAY = (".so", ".pyd", ".pyc", ".whl", ".pem", ".key")
QUICK = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the source distribution")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.tar.gz")}
    subprocess.run([sys.executable, "-m", "maturin", "sdist", "--out", str(out)], cwd=ROOT, check=True)
    (sdist,) = (path for path in out.glob("*.tar.gz") if before.get(path) != path.stat().st_mtime_ns)
    with tempfile.TemporaryDirectory() as folder:
        faults = [*check_contents(sdist), *check_build(sdist, Path(folder)), *check_without_rust(sdist, Path(folder))]
    for fault in faults:
        print(f"{sdist.name}: {fault}", file=sys.stderr)
    if not faults:
        print(f"{sdist.name}: {sdist.stat().st_size / 1024:,.0f} KiB, no fault")
    return 1 if faults else 0


def check_contents(sdist: Path) -> Iterator[str]:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        top = sdist.name.removesuffix(".tar.gz")
        member = archive.extractfile(f"{top}/PKG-INFO")
        metadata = BytesParser().parse(member) if member else Message()
    yield from (f"{name} is missing" for name in FILES if name not in names)
    yield from (f"{name} does not belong there" for name in sorted(names) if name.endswith(STRAY))
    for field in ("Summary", "License-Expression", "Requires-Python", "Keywords", "Project-URL", "Classifier"):
        if not metadata.get(field):
            yield f"the metadata has no {field}"


def check_build(sdist: Path, folder: Path) -> Iterator[str]:
    """Build and use the package, with crates and the build backend from folders."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    source = folder / sdist.name.removesuffix(".tar.gz")
    vendored = subprocess.run(
        ["cargo", "vendor", "--locked", folder / "crates"], cwd=source, check=True, capture_output=True
    )
    home = folder / "cargo"
    home.mkdir()
    (home / "config.toml").write_bytes(vendored.stdout)
    backend = folder / "backend"
    subprocess.run([*pip(), "download", "--quiet", "--no-deps", "--dest", backend, "maturin>=1.9,<2"], check=True)
    python = empty_environment(folder / "environment")
    environment = {**os.environ, **QUICK, **rust(), "CARGO_HOME": str(home), "CARGO_NET_OFFLINE": "true"}
    command = [*pip(python), "install", "--quiet", "--no-index", "--find-links", backend, source]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        yield f"does not build: {done.stdout}{done.stderr}"
        return
    used = subprocess.run(
        [python, "-I", ROOT / "scripts" / "smoke.py"], cwd=folder, check=False, capture_output=True, text=True
    )
    if used.returncode != 0:
        yield f"built, but does not work: {used.stdout}{used.stderr}"


def check_without_rust(sdist: Path, folder: Path) -> Iterator[str]:
    """Without Rust on the PATH, and without a network, pip fails with a message that names it."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("cc", "sh", "env"):
        (programs / name).symlink_to(shutil.which(name) or name)
    environment = {"PATH": str(programs), "HOME": str(folder), "MATURIN_NO_INSTALL_RUST": "1"}
    command = [
        *pip(empty_environment(folder / "rustless")),
        "install",
        "--no-index",
        "--find-links",
        folder / "backend",
    ]
    done = subprocess.run([*command, sdist], env=environment, check=False, capture_output=True, text=True)
    output = done.stdout + done.stderr
    if done.returncode == 0 or "Rust" not in output or "https://rustup.rs" not in output:
        yield f"without Rust, no message says what to install: {output}"


def rust() -> dict[str, str]:
    """Where rustup keeps its toolchains, which an empty cargo home does not change."""
    return {"RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))}


def empty_environment(folder: Path) -> Path:
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / "bin" / "python"


def pip(python: Path = Path(sys.executable)) -> list[str | Path]:
    return [python, "-m", "pip", "--disable-pip-version-check"]


if __name__ == "__main__":
    sys.exit(main())
