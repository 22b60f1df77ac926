"""Children sign, whatever other threads of their parent did when they were forked."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cloudfront_signer import PrivateKey, Verifier, engine_info

URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4"
END = 1_900_000_000

# A parent whose four threads sign and verify, alone and in batches, with keys of both kinds, as long as the main thread
# forks. What stops in a child is killed by its alarm.
PARENT = r"""
import multiprocessing, os, signal, sys, threading, time
from cloudfront_signer import CloudFrontSigner, PrivateKey

rsa, ec = (PrivateKey.generate(kind) for kind in ("rsa-2048", "ecdsa-p256"))
pairs = [(key, key.public_key()) for key in (rsa, ec)]
signers = [CloudFrontSigner("K1", key) for key in (rsa, ec)]
signed = [(public, key.sign(b"parent", "SHA256")) for key, public in pairs]
urls = [f"https://a.example/{number}" for number in range(32)]
stopped = threading.Event()
rounds = [0] * 4

def works():
    # Also that a batch starts its threads, and that equal policies are remembered.
    fine = all(public.verify(b"m", key.sign(b"m", "SHA256"), "SHA256") for key, public in pairs)
    for signer in signers:
        fine = fine and len(signer.sign_urls(urls[:4], expires=1_900_000_000)) == 4
        again = [signer.sign_url(urls[0], expires=1_900_000_000, align=60) for _ in range(2)]
        fine = fine and again[0] == again[1]
    return fine

def one_by_one():
    rsa.sign(b"m"), ec.sign(b"m")

def batch():
    for signer in signers:
        signer.sign_urls(urls, expires=1_900_000_000)

def verify():
    assert all(public.verify(b"parent", signature, "SHA256") for public, signature in signed)

def short_lived():
    # Each of these threads ends with something of the engine's to clean up.
    threads = [threading.Thread(target=one_by_one) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    signers[1].sign_url(urls[0], expires=1_900_000_000 + 60 * rounds[3], align=60)

def keep(number, work):
    while not stopped.is_set():
        work()
        rounds[number] += 1

busy = [
    threading.Thread(target=keep, args=(number, work))
    for number, work in enumerate((one_by_one, batch, verify, short_lived))
]
[thread.start() for thread in busy]
"""

FORKS = """
def reap():
    return os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1])

forks, statuses, children = int(sys.argv[1]), [], 0
for number in range(forks):
    if os.fork() == 0:
        signal.alarm(120)
        status = 0 if works() else 1
        # Some end as programs do, with all that is done at their end.
        sys.exit(status) if number % 10 == 0 else os._exit(status)
    children += 1
    if children == 4:
        statuses.append(reap())
        children -= 1
statuses += [reap() for _ in range(children)]
stopped.set()
[thread.join() for thread in busy]
assert min(rounds) > 0, rounds
print(len(statuses), sorted(set(statuses)))
"""

POOL = """
def task(number):
    signal.alarm(120)
    return works()

with multiprocessing.get_context("fork").Pool(4, maxtasksperchild=2) as pool:
    results = pool.map(task, range(int(sys.argv[1])), chunksize=1)
stopped.set()
[thread.join() for thread in busy]
print(len(results), sorted(set(results)))
"""


def run(code, *arguments, engine):
    """A Python of its own: a fork of pytest, with all that it has loaded, takes long."""
    environment = os.environ | {"CLOUDFRONT_SIGNER_ENGINE": engine}
    # A Python that warns of forks in programs with threads would end at its warning.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PARENT + code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as child:
        try:
            return child.communicate()[0].strip()
        finally:
            # Whatever it left behind; its process group is its own.
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)


@pytest.mark.parametrize("engine", engine_info()["available"])
def test_children_sign_while_four_threads_do(engine):
    # The portable engine takes ten times as long, and has no locks.
    forks = 50 if engine == "portable" else 2_000
    assert run(FORKS, str(forks), engine=engine) == f"{forks} [0]"


def test_multiprocessing_while_four_threads_sign():
    assert run(POOL, "60", engine=engine_info()["engine"]) == "60 [True]"


def test_fork_after_use(signer):
    urls = [URL, URL + "?x"]
    expected = signer.sign_urls(urls, expires=END)
    child = os.fork()
    if child == 0:
        os._exit(0 if signer.sign_urls(urls, expires=END) == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


APP = r"""
import os, threading
from cloudfront_signer import CloudFrontSigner, PrivateKey

signer = CloudFrontSigner("K1", PrivateKey.from_file("key.pem"))
urls = [f"https://a.example/{number}" for number in range(64)]


def in_the_master():
    while True:  # before the workers are forked, and while they are
        signer.sign_url(urls[0], expires=2_000_000_000)


for _ in range(4):
    threading.Thread(target=in_the_master, daemon=True).start()


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Worker", str(os.getpid()))])
    return ["\n".join(signer.sign_urls(urls, expires=2_000_000_000)).encode()]
"""


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-p256"])
def test_workers_sign_while_their_master_does(tmp_path, kind):
    """gunicorn loads the application, and forks workers with threads while threads of its own sign."""
    key = PrivateKey.generate(kind)
    (tmp_path / "key.pem").write_text(key.to_pem())
    (tmp_path / "app.py").write_text(APP)
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "4", "--threads", "4"]
    verifier = Verifier({"K1": key.public_key()})
    with subprocess.Popen(
        [*command, "--bind", "127.0.0.1:0", "app:app"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            address = next(found[1] for line in server.stderr if (found := re.search(r"Listening at: (\S+)", line)))
            with httpx.Client(trust_env=False, timeout=60) as client, ThreadPoolExecutor(8) as viewers:
                for number, answer in enumerate(viewers.map(lambda _: client.get(address), range(48))):
                    signed = answer.text.splitlines()
                    assert len(signed) == 64
                    assert all(verifier.check(url) for url in signed[:4])
                    if number % 12 == 0:
                        server.send_signal(signal.SIGTTIN)  # one more worker, forked under load
        finally:
            server.terminate()
            log = server.stderr.read()
    # A worker that died would be replaced, and only the log would tell.
    assert "was sent SIG" not in log, log
    assert "WORKER TIMEOUT" not in log, log
