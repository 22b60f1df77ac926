"""Many viewers at once: no error, and memory that stays; `make load` does the same for longer."""

import subprocess
import sys
from pathlib import Path

LOAD = Path(__file__).parents[3] / "benches" / "edge_load.py"


def test_two_hundred_viewers():
    done = subprocess.run([sys.executable, LOAD, "200", "3"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = done.stdout.splitlines()
    assert first.endswith(" 0 failed")
    megabytes = [int(number) for number in second.split(": ")[1].split()]
    # The edge serves a file of 1 MiB to each of 200 viewers: held whole, that would be 200 MiB.
    assert max(megabytes) - min(megabytes) < 80
