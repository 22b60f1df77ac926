"""Ctrl-C ends a batch in its middle, and leaves nothing half-written."""

import array
import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, PrivateKey, PublicKey, Verifier

from support.keys import pem_of
from support.programs import caller_ignores_ctrl_c, interruptible

END = 2_000_000_000

# On one core, the slow engine needs more than ten minutes for all of these with a key of 4096 bits. No clock decides: a
# batch that cannot be left in its middle never gets to its end here.
BATCH = """
import os, signal, sys, threading, time
from cloudfront_signer import CloudFrontSigner, PrivateKey

key = PrivateKey.from_pem(sys.stdin.read())
signer, other = CloudFrontSigner("K1", key), CloudFrontSigner("K1", key.sign)
begun = threading.Event()

def each(make):
    for number in range(60_000):
        yield make(number)
    begun.set()  # Python's part is over

def interrupt():
    begun.wait()
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
try:
    if sys.argv[1] == "sign_many":
        key.sign_many(each(lambda number: b"message"))
    else:
        by = signer if sys.argv[1] == "sign_urls" else other
        by.sign_urls(each(lambda number: f"https://a.example/{number}"), expires=2_000_000_000)
except KeyboardInterrupt:
    assert begun.is_set()
    print("interrupted", flush=True)
"""


@pytest.fixture(scope="module")
def slow_key():
    return pem_of(rsa.generate_private_key(65537, 4096))


@pytest.mark.parametrize("way", ["sign_urls", "sign_many", "a callable written in C"])
def test_a_batch_ends_in_its_middle(way, slow_key):
    environment = os.environ | {"CLOUDFRONT_SIGNER_ENGINE": "portable"}

    def prepare():
        interruptible()
        if sys.platform == "linux":
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    command = [sys.executable, "-c", BATCH, way]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        caller_ignores_ctrl_c(),
        subprocess.Popen(command, **pipes, env=environment, preexec_fn=prepare) as process,
    ):
        try:
            assert process.communicate(slow_key)[0].strip() == b"interrupted"
        finally:
            process.kill()


WAIT = """
import os, signal, sys, threading, time
from cloudfront_signer import CloudFrontSigner, PrivateKey, PublicKey, rsa_signer
from pathlib import Path

def from_env(path):
    os.environ |= {"A_PRIVATE_KEY": str(path), "A_KEY_PAIR_ID": "K1"}
    CloudFrontSigner.from_env("A_")

ways = {"private": PrivateKey.from_file, "public": PublicKey.from_file, "signer": rsa_signer, "environment": from_env}
read = ways[sys.argv[1]]
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    read(Path(sys.argv[2]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("way", ["private", "public", "signer", "environment"])
def test_a_named_pipe_without_a_writer_can_be_left(way, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    command = [sys.executable, "-c", WAIT, way, str(tmp_path / "pipe")]
    with (
        caller_ignores_ctrl_c(),
        subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=interruptible) as process,
    ):
        try:
            assert process.communicate()[0].strip() == b"interrupted"
        finally:
            process.kill()


def test_a_key_comes_through_a_named_pipe(tmp_path):
    key = PrivateKey.generate("ecdsa-p256")
    os.mkfifo(tmp_path / "pipe")
    for read, pem in ((PrivateKey.from_file, key.to_pem()), (PublicKey.from_file, key.public_key().to_pem())):
        writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(pem,))
        writer.start()
        assert read(tmp_path / "pipe").to_pem() == pem
        writer.join()
    (tmp_path / "none").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidKeyError, match="no such file"):
        PrivateKey.from_file(tmp_path / "none")


def test_a_callables_own_interrupt_comes_through():
    calls = []

    def interrupted(message):
        calls.append(message)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CloudFrontSigner("K1", interrupted).sign_urls(["https://a.example/1", "https://a.example/2"], expires=END)
    assert len(calls) == 1


def waiting(pipe):
    """How many bytes lie in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_command_line_writes_whole_lines_or_none(tmp_path, form):
    """Whoever reads is slow: the command waits in the middle of a write when Ctrl-C comes."""
    total = 20_000
    key = PrivateKey.generate("ecdsa-p256")
    (tmp_path / "key.pem").write_text(key.to_pem())
    (tmp_path / "urls").write_text("".join(f"https://a.example/{'v' * (n % 97)}/{n}\n" for n in range(total)))
    command = [sys.executable, "-m", "cloudfront_signer.cli", "sign", "--key-pair-id", "K1", *form]
    command += ["--private-key", "key.pem", "--urls-from", "urls", "--date-less-than", str(END)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        caller_ignores_ctrl_c(),
        subprocess.Popen(command, cwd=tmp_path, **pipes, preexec_fn=interruptible) as process,
    ):
        before = -1
        while (now := waiting(process.stdout)) < 4_096 or now != before:  # the pipe is full
            assert process.poll() is None
            before = now
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 130
    assert errors == b""
    lines = output.decode().splitlines(keepends=True)
    assert 0 < len(lines) < total
    assert all(line.endswith("}\n" if form else "\n") for line in lines)
    if not form:
        verifier = Verifier({"K1": key.public_key()})
        assert all(verifier.check(line.strip()) for line in (lines[0], lines[-1]))
