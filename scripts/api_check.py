"""Compares the public API with that of the last release: cargo-semver-checks for Rust, griffe for Python.

    python scripts/api_check.py [TAG]

A TAG is a version's, such as v1.2.3; without one, the newest that the current commit is based on. Before the first
release there is nothing to compare with. Incompatible changes are allowed where the version says so: see RELEASING.md.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(tag: str | None, root: Path = ROOT) -> int:
    tag = tag or last_tag(root)
    if tag is None:
        print("no release yet: there is no tag v… to compare the API with")
        return 0
    allowed = is_breaking(tag.removeprefix("v"), version(root))
    rust = run(root, "cargo", "semver-checks", "--baseline-rev", tag)
    python = run(
        root,
        sys.executable,
        "-m",
        "griffe",
        "check",
        "cloudfront_signer",
        "--search",
        "python",
        "--against",
        tag,
    )
    if python and allowed:
        print(f"{version(root)} may break the Python API of {tag}: see that CHANGELOG.md names the changes above")
    return 1 if rust or (python and not allowed) else 0


def last_tag(root: Path) -> str | None:
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    return done.stdout.strip() or None


def is_breaking(old: str, new: str) -> bool:
    """Whether the version announces incompatible changes: the second number below 1.0, the first one above."""
    before, after = (tuple(map(int, one.partition("-")[0].split("."))) for one in (old, new))
    length = 2 if before[0] == 0 else 1
    return before[:length] != after[:length]


def version(root: Path) -> str:
    with (root / "Cargo.toml").open("rb") as file:
        found: str = tomllib.load(file)["package"]["version"]
    return found


def run(root: Path, *command: str | Path) -> bool:
    """Run a program; whether it failed."""
    return subprocess.run(command, cwd=root, check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
