"""A wheel of this checkout, and environments that have nothing but it and named packages."""

import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

from support.locked import ROOT, locked

_SOURCES = ("Cargo.toml", "Cargo.lock", "LICENSE-THIRD-PARTY.txt", "pyproject.toml", "src", "python/cloudfront_signer")


def wheel():
    """The newest wheel in target/wheels or dist, built if it is older than a source; by one process at a time."""
    with locked("wheels"):
        return _wheel()


def _wheel():
    made = [path for folder in ("target/wheels", "dist") for path in (ROOT / folder).glob("cloudfront_signer-*.whl")]
    newest = max(made, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None or newest.stat().st_mtime < max(map(_changed, _files())):
        # The one that has been built here before: `make` builds with optimizations, so this only packs.
        profile = "release" if (ROOT / "target" / "release" / "libcloudfront_signer.so").exists() else "dev"
        command = [Path(sys.executable).parent / "maturin", "build", "--profile", profile, "--out", "target/wheels"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return _wheel()
    return newest


def _files():
    for name in _SOURCES:
        path = ROOT / name
        yield from [path] if path.is_file() else path.rglob("*.rs") if name == "src" else path.rglob("*.py*")


def _changed(path):
    return 0 if path.suffix == ".pyc" else path.stat().st_mtime


def bare_environment(folder, *packages):
    """An environment with the wheel and with packages of this one; returns its interpreter. No index is asked."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    for package in packages:
        for name in {Path(file).parts[0] for file in distribution(package).files}:
            source = Path(distribution(package).locate_file(name))
            if name not in ("..", "__pycache__"):
                (site / name).symlink_to(source)
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel()]
    subprocess.run(command, check=True, capture_output=True)
    return python
