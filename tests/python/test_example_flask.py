"""The Flask example with its own server and with gunicorn, driven in a browser."""

import subprocess
import sys

import pytest

from support.album import ROOT, running_album, visit
from support.browser import running_chromium

# One worker: a browser that has to be installed is installed once.
pytestmark = pytest.mark.xdist_group("browser")

_GUNICORN = ["gunicorn", "--chdir", "examples/flask", "--bind", "127.0.0.1:{port}"]
SERVERS = {
    "flask": ["flask", "--app", "examples/flask/app", "run", "--port", "{port}"],
    "gunicorn-threads": [*_GUNICORN, "--threads", "4", "app:create_app()"],
    "gunicorn-preload": [*_GUNICORN, "--preload", "--workers", "2", "app:create_app()"],
}


@pytest.mark.parametrize("server", SERVERS)
def test_log_in_look_and_log_out(server, tmp_path):
    with running_album(SERVERS[server], tmp_path) as album, running_chromium() as browser:
        visit(browser, album, f"{server}.png")


def test_the_first_command_is_the_one_that_is_run():
    shown = f"python -m cloudfront_signer.demo.local {' '.join(SERVERS['flask'][:-2])}\n"
    assert shown in (ROOT / "examples" / "flask" / "app.py").read_text()


def test_a_command_is_needed():
    command = [sys.executable, "-m", "cloudfront_signer.demo.local"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")
    done = subprocess.run([*command, "no-such-program"], capture_output=True, text=True, check=False)
    assert done.returncode == 127
    assert done.stderr.endswith("\nno-such-program: no such program\n")


def test_the_status_is_that_of_the_command(tmp_path):
    program = "import os, sys; sys.exit(40 + sum(name.startswith('CLOUDFRONT_SIGNER_') for name in os.environ))"
    command = [sys.executable, "-m", "cloudfront_signer.demo.local", "python", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)})
    assert done.returncode == 44, done.stderr
