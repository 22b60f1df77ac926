"""Debian's packages, downloaded and unpacked into a folder: no root, and no change to the machine."""

import functools
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "target" / "debian"


def available() -> bool:
    """Whether this is an x86-64 machine with Debian's packages."""
    if not shutil.which("dpkg") or not list(Path("/etc/apt").glob("sources.list*")):
        return False
    done = subprocess.run(["dpkg", "--print-architecture"], check=False, capture_output=True, text=True)
    return done.stdout.strip() == "amd64"


def unpack(folder: str, *packages: str) -> Path:
    """Unpack packages (`name` or `name:arm64`) into a folder below `target/debian`, once; returns it."""
    root = FOLDER / folder
    for package in packages:
        done = FOLDER / "unpacked" / folder / package
        if done.exists():
            continue
        downloads = FOLDER / "downloads" / package.replace(":", "-")
        downloads.mkdir(parents=True, exist_ok=True)
        subprocess.run([*apt("apt-get"), "download", package], cwd=downloads, check=True)
        newest = max(downloads.glob("*.deb"), key=lambda path: path.stat().st_mtime)
        root.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "--extract", newest, root], check=True)
        done.parent.mkdir(parents=True, exist_ok=True)
        done.touch()
    return root


def dependencies(package: str) -> list[str]:
    """The names of the packages that a package depends on."""
    done = subprocess.run([*apt("apt-cache"), "depends", package], check=True, capture_output=True, text=True)
    return [
        name
        for kind, _, name in (line.strip().partition(": ") for line in done.stdout.splitlines())
        if kind == "Depends"
    ]


def apt(program: str) -> tuple[str, ...]:
    return (program, *options())


@functools.cache
def options() -> tuple[str, ...]:
    """Options for package lists of our own, for both architectures; the lists are updated."""
    lists = FOLDER / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State::lists": str(lists),
        "Dir::Cache": str(FOLDER / "cache"),
        "APT::Architectures": "amd64,arm64",
        "APT::Sandbox::User": "",
    }
    found = tuple(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))
    subprocess.run(["apt-get", "-qq", *found, "update"], check=True)
    return found
