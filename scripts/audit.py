"""Asks for known vulnerabilities of the packages that the package's extras install, with pip-audit.

    python scripts/audit.py

Python's resolver chooses the newest versions that the extras allow, as for a user who installs them today.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(requirements()))
        file.flush()
        # A package that cannot be looked up is a failure, too.
        command = [sys.executable, "-m", "pip_audit", "--strict", "--requirement", file.name]
        return subprocess.run(command, check=False).returncode


def requirements() -> list[str]:
    """What the extras for users name, without the package itself."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras: dict[str, list[str]] = tomllib.load(file)["project"]["optional-dependencies"]
    named = {name for extra, names in extras.items() if extra != "dev" for name in names}
    return sorted(name for name in named if not name.startswith("cloudfront-signer["))


if __name__ == "__main__":
    sys.exit(main())
