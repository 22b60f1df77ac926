"""Installs each wheel in an empty environment, with each Python that runs it here, and uses it.

    python scripts/use_wheels.py WHEEL...

Pythons are those on the PATH and pyenv's. After `smoke.py`, which needs nothing else, pip adds what TESTS need, from an
index, and they run with the installed package. A wheel for aarch64 runs in qemu with Debian's Python for arm64. Prints
what was used with what; a wheel that nothing here runs is named, and is no failure.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import debian

ROOT = Path(__file__).parents[1]
SMOKE = ROOT / "scripts" / "smoke.py"
TESTS = ("test_sign.py", "test_botocore.py", "test_verifier.py", "test_openssl.py", "test_engines.py")
PACKAGES = ("pytest", "pytest-timeout", "hypothesis", "botocore", "cryptography", "rsa")
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
ARM64 = (
    *("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "libc6", "libgcc-s1", "zlib1g"),
    *("libexpat1", "libssl3", "libffi8", "libbz2-1.0", "liblzma5", "libuuid1", "libsqlite3-0"),
)
# `-I` would ignore the folder of packages, too.
RUN = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_path(sys.argv.pop(1), run_name='__main__')"


def main(wheels: list[str]) -> int:
    if not wheels:
        sys.exit("no wheel given")
    failed = 0
    for wheel in map(Path, wheels):
        with tempfile.TemporaryDirectory() as folder:
            used = list(use(wheel, Path(folder)))
        if not used:
            print(f"{wheel.name}: not used, since nothing here runs it")
        failed += used.count(False)
    return 1 if failed else 0


def use(wheel: Path, folder: Path) -> Iterator[bool]:
    """Whether the package works, once for each Python."""
    _, version, _, abi, tag = wheel.name.removesuffix(".whl").split("-")
    if tag.endswith("_aarch64") and "manylinux" in tag and debian.available():
        yield succeeds(wheel, [*emulated(wheel, folder), str(SMOKE), version])
    elif tag.endswith(f"_{platform.machine()}") and "manylinux" in tag and abi == "abi3":
        for name, python in pythons():
            subprocess.run([python, "-m", "venv", folder / name], check=True)
            installed = str(folder / name / "bin" / "python")
            command = [installed, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*command, "--no-index", "--no-deps", str(wheel)], check=True)
            yield succeeds(wheel, [installed, "-I", str(SMOKE), version])
            subprocess.run([*command, *PACKAGES], check=True)
            tests = [str(ROOT / "tests" / "python" / test) for test in TESTS]
            yield succeeds(wheel, [installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests])


def succeeds(wheel: Path, command: list[str]) -> bool:
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    print(f"{wheel.name}: {(done.stdout or done.stderr).strip().splitlines()[-1]}", flush=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr, flush=True)
    return done.returncode == 0


def pythons() -> Iterator[tuple[str, str]]:
    """The supported versions of Python that are here."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in VERSIONS:
        found = [shutil.which(f"python{version}"), *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))]
        for candidate in filter(None, found):
            # A shim of pyenv is there even if its version is not selected.
            if subprocess.run([candidate, "-c", "import venv"], check=False, capture_output=True).returncode == 0:
                yield version, candidate
                break


def emulated(wheel: Path, folder: Path) -> list[str]:
    """The start of a command of Debian's Python for arm64, with the wheel's package."""
    install = ["install", "--quiet", "--no-index", "--no-deps", "--target", f"{folder}/site", "--only-binary=:all:"]
    install += ["--platform", "manylinux2014_aarch64", "--python-version", "3.11", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *install], check=True)
    qemu = debian.unpack("qemu", "qemu-user-static") / "usr/bin/qemu-aarch64-static"
    root = debian.unpack("arm64", *(f"{name}:arm64" for name in ARM64))
    return [f"{qemu}", "-L", f"{root}", f"{root}/usr/bin/python3.11", "-s", "-E", "-c", RUN, f"{folder}/site"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
