"""Things below `target/` that a run of the tests makes once, for all its processes."""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


@contextlib.contextmanager
def locked(name):
    """Hold a lock that the other processes respect, too."""
    (ROOT / "target").mkdir(exist_ok=True)
    with (ROOT / "target" / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made_once(name, source, make):
    """The folder `target/NAME`, made again by `make(folder)` when the bytes of `source` have changed."""
    folder, digest = ROOT / "target" / name, hashlib.sha256(source).hexdigest()
    mark = folder / ".made"
    with locked(name):
        if not mark.exists() or mark.read_text() != digest:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder)
            mark.write_text(digest)
    return folder


def run(command, folder):
    """Run a command; what it printed to standard error is in the failure."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
