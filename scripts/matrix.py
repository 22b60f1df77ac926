"""Runs the tests of the framework modules with each supported version of the framework, from packages of an index.

    python scripts/matrix.py [NAME...]

Each row has its own virtual environment in target/matrix. uv creates it where it is installed; otherwise the
interpreter must be on the PATH, or one of pyenv's. The native module is the one that is built in this tree.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "target" / "matrix"
# What the tests and their support need, whatever the framework. One file tests the views of all frameworks.
TOOLS = (
    "boto3",
    "cryptography",
    "django",
    "flask",
    "h11",
    "httpx",
    "hypothesis",
    "moto[server]",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
    "starlette",
    "uvicorn",
)
DJANGO = ("django-storages[s3]", "jinja2", "pillow")
VIEWS = "test_manifest_views.py"


class Row(NamedTuple):
    """A version of Python, packages, and the tests that run with them."""

    python: str
    packages: tuple[str, ...]
    tests: tuple[str, ...]


MATRIX = {
    "django-5.2": Row("3.11", ("django>=5.2,<5.3", *DJANGO), ("django_app", VIEWS)),
    "django-6": Row("3.12", ("django>=6,<7", *DJANGO), ("django_app", VIEWS)),
    "flask-3": Row("3.11", ("flask[async]>=3,<4",), ("test_flask.py", "test_flask_settings.py", VIEWS)),
    "fastapi": Row("3.13", ("fastapi", "starlette"), ("test_starlette.py", VIEWS)),
}


def main(names: list[str]) -> int:
    """Run the rows with these names, or all; 0 if the tests of each pass."""
    unknown = [name for name in names if name not in MATRIX]
    if unknown:
        sys.exit(f"{', '.join(unknown)}: no such row; there are {', '.join(MATRIX)}")
    failed = [name for name in names or MATRIX if not passes(name, MATRIX[name])]
    print(f"failed: {', '.join(failed)}" if failed else "all rows pass", flush=True)
    return 1 if failed else 0


def passes(name: str, row: Row) -> bool:
    """Whether the tests of a row pass; prints the versions that it has."""
    python = environment(FOLDER / name, row)
    versions = subprocess.run(
        [python, "-m", "pip", "list", "--format", "freeze"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    wanted = {package.partition("[")[0].partition(">")[0] for package in row.packages}
    print(
        f"{name}: Python {row.python}, {', '.join(one for one in versions if one.partition('==')[0].lower() in wanted)}"
    )
    sys.stdout.flush()
    tests = [f"tests/python/{test}" for test in row.tests]
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return (
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "python")}, check=False
        ).returncode
        == 0
    )


def environment(folder: Path, row: Row) -> str:
    """Make or update a virtual environment; returns its interpreter."""
    python = str(folder / "bin" / "python")
    if uv := shutil.which("uv"):
        subprocess.run(
            [uv, "venv", "--quiet", "--allow-existing", "--seed", "--python", row.python, folder], check=True
        )
    elif not Path(python).exists():
        subprocess.run([interpreter(row.python), "-m", "venv", folder], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    subprocess.run([*install, *TOOLS, *row.packages], check=True)
    return python


def interpreter(version: str) -> str:
    """Return an interpreter of a version."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [shutil.which(f"python{version}"), *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))]
    for candidate in filter(None, found):
        # A shim of pyenv is there even if its version is not selected.
        if subprocess.run([candidate, "--version"], check=False, capture_output=True).returncode == 0:
            return candidate
    sys.exit(f"Python {version} is missing: install it, or uv, which fetches it")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
