"""The version of a release: in Cargo.toml, and from there everywhere else.

python scripts/release.py prepare VERSION       # Cargo.toml, Cargo.lock and CHANGELOG.md, for a commit
python scripts/release.py check TAG REPOSITORY  # the tag, these files and the repository's address agree
python scripts/release.py notes TAG             # the text of the release page
"""

import datetime
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSION = re.compile(r"\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?")
LINKS = re.compile(r"^\[[^]]+\]: .*\n", re.MULTILINE)


def main(arguments: list[str], root: Path = ROOT) -> int:
    match arguments:
        case ["prepare", version]:
            prepare(root, version)
        case ["check", tag, repository]:
            found = list(faults(root, tag, repository))
            print("\n".join(found), file=sys.stderr, end="\n" if found else "")
            return 1 if found else 0
        case ["notes", tag]:
            print(notes(root, tag.removeprefix("v")))
        case _:
            sys.exit(__doc__)
    return 0


def prepare(root: Path, version: str) -> None:
    """Write the new version, and make a dated section of what is unreleased."""
    if not VERSION.fullmatch(version):
        sys.exit(f"{version}: expected a version such as 1.2.3 or 1.2.3-rc.1")
    old = cargo(root)["version"]
    if not notes(root, "Unreleased"):
        sys.exit("CHANGELOG.md: nothing below [Unreleased]: write what a user notices first")
    replace(root / "Cargo.toml", f'\nversion = "{old}"\n', f'\nversion = "{version}"\n')
    name = 'name = "cloudfront_signer"\nversion = '
    replace(root / "Cargo.lock", f'{name}"{old}"', f'{name}"{version}"')
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    replace(root / "CHANGELOG.md", "## [Unreleased]\n", f"## [Unreleased]\n\n## [{version}] - {today}\n")
    address = cargo(root)["repository"]
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    before = re.search(r"^## \[([^]]+)\] - .*\n(?:.|\n)*?^## \[([^]]+)\] - ", text, re.MULTILINE)
    released = f"{address}/compare/v{before[2]}...v{version}" if before else f"{address}/releases/tag/v{version}"
    links = LINKS.findall(text)[1:]
    new = [f"[Unreleased]: {address}/compare/v{version}...HEAD\n", f"[{version}]: {released}\n", *links]
    changelog.write_text(LINKS.sub("", text).rstrip("\n") + "\n\n" + "".join(new), encoding="utf-8")


def faults(root: Path, tag: str, repository: str) -> Iterator[str]:
    """What a release must not start with."""
    version = cargo(root)["version"]
    if tag != f"v{version}":
        yield f"the tag is {tag}, but Cargo.toml has {version}: the tag must be v{version}"
    with (root / "Cargo.lock").open("rb") as file:
        locked = {package["name"]: package["version"] for package in tomllib.load(file)["package"]}
    if locked["cloudfront_signer"] != version:
        yield f"Cargo.lock has {locked['cloudfront_signer']}, but Cargo.toml has {version}: run `cargo check`"
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        yield f"CHANGELOG.md has no dated section for {version}: run `python scripts/release.py prepare {version}`"
    with (root / "pyproject.toml").open("rb") as file:
        addresses = {cargo(root)["repository"], tomllib.load(file)["project"]["urls"]["Repository"]}
    if addresses != {repository}:
        yield f"the metadata names {', '.join(sorted(addresses))}, but this is {repository}: correct the addresses"


def notes(root: Path, version: str) -> str:
    """The changelog's section of a version, without its heading."""
    text = LINKS.sub("", (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    section = re.search(rf"^## \[{re.escape(version)}\].*\n((?:.|\n)*?)(?=^## |\Z)", text, re.MULTILINE)
    return section[1].strip() if section else ""


def cargo(root: Path) -> dict[str, str]:
    with (root / "Cargo.toml").open("rb") as file:
        package: dict[str, str] = tomllib.load(file)["package"]
    return package


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"{path.name}: expected {old.strip()!r} once")
    path.write_text(text.replace(old, new), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
