"""Writes src/credentials/public_suffixes.txt: the Public Suffix List, as the crate psl has it.

    python scripts/public_suffixes.py [--check]

The crate follows the list with a release every few days, but compiles it to 650 kB of code, an eighth of a wheel. The
rules as text take a sixth of that. The crate stays as a dependency of the tests, which compare both. With --check,
nothing is written, and the exit status is 1 if the file is not that of the crate in Cargo.lock.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "src" / "credentials" / "public_suffixes.txt"
# The notice that its licence asks for.
NOTICE = """\
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.
"""


def main(arguments: list[str]) -> int:
    text = NOTICE + "".join(f"{rule}\n" for rule in sorted(rules()))
    if "--check" not in arguments:
        FILE.write_text(text, encoding="ascii", newline="\n")
        return 0
    if FILE.read_text(encoding="ascii") == text:
        return 0
    print(f"{FILE.relative_to(ROOT)} is not the list of the crate psl: run `make public-suffixes`", file=sys.stderr)
    return 1


def rules() -> set[str]:
    """The rules as browsers compare them: labels outside ASCII in Punycode."""
    lines = (crate() / "data" / "rules.txt").read_text(encoding="utf-8").split()
    return {".".join(ascii_label(label) for label in line.split(".")) for line in lines}


def ascii_label(label: str) -> str:
    exception = "!" * label.startswith("!")
    bare = label.removeprefix("!")
    return label if bare.isascii() else f"{exception}{bare.encode('idna').decode()}"


def crate() -> Path:
    """The folder of the crate's source."""
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--locked", "--format-version=1"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    (package,) = (package for package in json.loads(done.stdout)["packages"] if package["name"] == "psl")
    return Path(package["manifest_path"]).parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
