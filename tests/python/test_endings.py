"""How a command ends that cannot go on: one line and a status, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from cloudfront_signer import PrivateKey
from cloudfront_signer._signals import Terminated, terminated_in_order

from support.programs import caller_ignores_ctrl_c, interruptible

PROGRAM = f"{sys.executable} -m cloudfront_signer"
FULL = "cloudfront-signer: standard output: No space left on device"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """With a key, URLs, and a temporary folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key.pem").write_text(PrivateKey.generate("ecdsa-p256").to_pem())
    (tmp_path / "urls").write_text("".join(f"https://a/{number}\n" for number in range(3_000)))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    return tmp_path


def in_shell(line, **environment):
    environment = {**os.environ, **environment}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=environment)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    return done


SIGN = "sign --urls-from urls --key-pair-id K1 --private-key key.pem --date-less-than 1d"
RESULTS = ["--help", "-h", "--show-completion", "policy --resource 'https://a/*' --date-less-than 1d", SIGN]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", RESULTS)
def test_a_full_disk(command, unbuffered):
    done = in_shell(f"{PROGRAM} {command} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stderr.strip()) == (1, FULL)


def test_a_full_disk_while_serving():
    done = in_shell(f"{PROGRAM} edge --origin . --port 0 > /dev/full")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, FULL)


def test_a_full_disk_for_messages():
    done = in_shell(f"{PROGRAM} sign 2> /dev/full")
    assert done.returncode in (2, 120)  # the interpreter's own, where what is left cannot be written at its end
    assert done.stdout == ""


@pytest.mark.parametrize("command", [*RESULTS, "edge --origin . --port 0", "keygen --out other.pem"])
def test_a_closed_standard_output(command):
    done = in_shell(f"{PROGRAM} {command} >&-")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "standard output is closed" in done.stderr
    assert not os.path.exists("other.pem")


def test_a_closed_standard_error():
    done = in_shell(f"{PROGRAM} sign 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "command",
    [
        "inspect -",
        "policy --decode -",
        f"{SIGN.replace('--urls-from urls', '--urls-from -')}",
        f"{SIGN.replace('key.pem', '-')}",
    ],
)
def test_a_closed_standard_input(command):
    done = in_shell(f"{PROGRAM} {command} <&-")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "standard input is closed" in done.stderr


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("edge --origin . --port 99999", 2, "'--port': 99999: expected 0 to 65535; 0 picks a free one"),
        ("demo --serve --port 99999", 2, "'--port': 99999: expected 0 to 65535; 0 picks a free one"),
        ("aws status --state deep.json", 1, "deep.json: it is damaged"),
        ("aws status --state /", 1, "/: Is a directory"),
    ],
)
def test_what_cannot_be_is_one_line(folder, command, status, said):
    (folder / "deep.json").write_text("[" * 200_000)
    done = in_shell(f"{PROGRAM} {command}")
    assert done.returncode == status
    assert said in done.stderr.splitlines()[-1]
    assert done.stderr.count("\n") == 1


SERVING = {"the command": ["cloudfront_signer", "demo", "--serve"], "the module": ["cloudfront_signer.demo", "--serve"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("way", SERVING)
def test_signals_end_the_demo_in_good_order(folder, way, number):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", *SERVING[way]]
    environment = {**os.environ, "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
    with (
        caller_ignores_ctrl_c(),
        subprocess.Popen(command, **pipes, env=environment, preexec_fn=interruptible) as process,
    ):
        while "Ctrl-C ends" not in (line := process.stdout.readline()):
            assert line
        assert list((folder / "temporary").rglob("key.pem"))
        process.send_signal(number)
        _, errors = process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert list((folder / "temporary").iterdir()) == []


@pytest.mark.parametrize("way", SERVING)
def test_signals_end_the_demo_in_its_middle(folder, way):
    command = [sys.executable, "-m", *SERVING[way]]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, **pipes, env=environment) as process:
        while "uploaded" not in (line := process.stdout.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (143, "")
    assert list((folder / "temporary").iterdir()) == []


def test_a_signal_counts_once_and_what_was_there_comes_back():
    before = signal.getsignal(signal.SIGTERM)
    cleaned = []

    def work():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            cleaned.append(True)

    with pytest.raises(Terminated) as caught, terminated_in_order():
        work()
    assert caught.value.code == 128 + signal.SIGTERM
    assert cleaned == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_signals_that_the_caller_ignores_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with terminated_in_order():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_other_threads_nothing_changes():
    seen = []

    def work():
        with terminated_in_order():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]
