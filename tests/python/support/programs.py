"""Programs that tests need: installed where that is possible, and never missed in silence."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager

import pytest


def find(package, *names):
    """The path of the first of the programs that is there; Debian's package is installed by root.

    Without it the test is skipped, and under CI=true fails.
    """
    if not any(map(shutil.which, names)) and os.geteuid() == 0 and shutil.which("apt-get"):
        # Two workers may want the same.
        wait = ["-o", "DPkg::Lock::Timeout=280"]
        for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "--quiet", *wait, *command], check=False, capture_output=True, timeout=280)
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        problem = f"needs {names[0]}: run apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(problem)
        pytest.skip(problem)
    return found


def interruptible():
    """For `Popen(preexec_fn=…)`: Ctrl-C reaches the child, though the caller ignores it (`make test &`)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def caller_ignores_ctrl_c():
    """As under `make test &`: what starts meanwhile ignores it, too, unless it is `interruptible`."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
