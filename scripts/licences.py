"""Writes LICENSE-THIRD-PARTY.txt: the licences of all third-party code in the wheels, with their texts.

    python scripts/licences.py [--check]

Crates are those of the wheels' bill of materials: what `cargo metadata` resolves for all systems, with the crates that
build others and without those of tests. Equal texts appear once. With --check, nothing is written, and the exit
status is 1 if the file is out of date.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
FILE = ROOT / "LICENSE-THIRD-PARTY.txt"
# Their packages have no text. They are part of no wheel, but of the wheels' bill of materials: it covers all systems.
WITHOUT_TEXT = {"r-efi"}
TEXTS = re.compile(r"(un)?licen[sc]e|copying|copyright|notice", re.IGNORECASE)
CODE = {".rs", ".c", ".h", ".py", ".toml"}
RULE = "=" * 100
HEADER = """\
Third-party software in the wheels of cloudfront-signer
{rule}

The native module contains the code of the crates below, linked statically, or was built with it. A crate with several
licences joined by OR is used under one of them; all of its texts follow.

AWS-LC, the cryptographic library, is part of the crate aws-lc-sys, under the licences in its texts.
The Rust standard library is licensed under MIT OR Apache-2.0: Copyright (c) The Rust Project contributors. Both texts
follow with the crates that use them. Source: https://github.com/rust-lang/rust
The Public Suffix List, which the native module contains, is subject to the terms of the Mozilla Public License, v. 2.0:
https://mozilla.org/MPL/2.0/. Source: https://publicsuffix.org/list/public_suffix_list.dat

"""


class Crate(NamedTuple):
    name: str
    version: str
    licence: str
    repository: str
    folder: Path


def main(arguments: list[str]) -> int:
    text = render(sorted(crates()))
    if "--check" not in arguments:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{FILE.name} is out of date with Cargo.lock: run `make licences`", file=sys.stderr)
    return 1


def crates() -> set[Crate]:
    """The crates of the wheels, without this one."""
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--locked", "--format-version=1", "--all-features"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return set(crates_of(json.loads(done.stdout)))


def crates_of(metadata: dict[str, Any]) -> Iterator[Crate]:
    """The crates that the root reaches without its dependencies for tests."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    reached = set()
    waiting = [root]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            shipped = any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
            if shipped and dependency["pkg"] not in reached:
                reached.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    for package in map(packages.__getitem__, reached):
        yield Crate(
            package["name"],
            package["version"],
            package["license"] or "",
            package["repository"] or "",
            Path(package["manifest_path"]).parent,
        )


def render(crates: list[Crate]) -> str:
    users: dict[str, list[str]] = defaultdict(list)
    for crate in crates:
        found = list(texts(crate))
        if not crate.licence or not (found or crate.name in WITHOUT_TEXT):
            sys.exit(
                f"{crate.name} {crate.version}: no licence text in the package: add it to {FILE.name} by this script"
            )
        for name, text in found:
            users[text].append(f"{crate.name} ({name})")
    listed = "".join(f"{line}\n" for line in sorted({f"{one.name}: {one.licence}. {one.repository}" for one in crates}))
    sections = (
        f"\n{RULE}\n{', '.join(dict.fromkeys(names))}\n{RULE}\n\n{text}\n"
        for text, names in sorted(users.items(), key=lambda item: item[1])
    )
    return HEADER.format(rule=RULE) + listed + "".join(sections)


def texts(crate: Crate) -> Iterator[tuple[str, str]]:
    """The paths and texts of a crate's licence files, also those of the code that it bundles."""
    for path in sorted(crate.folder.rglob("*")):
        name = path.relative_to(crate.folder)
        if path.is_file() and TEXTS.match(path.name) and path.suffix not in CODE:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            yield name.as_posix(), "\n".join(line.rstrip() for line in lines).strip("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
