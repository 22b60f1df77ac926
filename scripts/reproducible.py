"""Builds the wheel of a commit in two folders and compares them byte for byte.

    python scripts/reproducible.py [COMMIT]

The folders are clones with paths of different lengths. If the wheels differ, the files that do are named.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(commit: str) -> int:
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        places = (Path(folder) / "a", Path(folder) / "another" / "folder")
        first, second = (build(commit, place) for place in places)
        print(f"{hashlib.sha256(first.read_bytes()).hexdigest()}  {first.name}")
        if first.read_bytes() == second.read_bytes():
            return 0
        for difference in differences(first, second):
            print(difference, file=sys.stderr)
    return 1


def build(commit: str, place: Path) -> Path:
    """The wheel for this machine's manylinux, built in a clone."""
    subprocess.run(["git", "clone", "--quiet", "--shared", "--no-checkout", ROOT, place], check=True)
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=place, check=True)
    command = [sys.executable, "scripts/wheels.py", "--out", str(place / "dist"), "manylinux-x86_64"]
    subprocess.run(command, cwd=place, check=True)
    (wheel,) = (place / "dist").glob("*.whl")
    return wheel


def differences(first: Path, second: Path) -> list[str]:
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        if one.namelist() != other.namelist():
            return ["the wheels differ in the names or the order of their files"]
        pairs = [(name, one.read(name), other.read(name)) for name in one.namelist()]
    found = [f"{name} differs at byte {place(old, new)}" for name, old, new in pairs if old != new]
    return found or ["the wheels differ in times, attributes or compression only"]


def place(old: bytes, new: bytes) -> int:
    return next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(old))


if __name__ == "__main__":
    (ROOT / "target").mkdir(exist_ok=True)
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "HEAD"))
