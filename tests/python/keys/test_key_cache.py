"""What is fetched once, and again in the background."""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from datetime import timedelta
from math import nan

import pytest

from cloudfront_signer import SigningError
from cloudfront_signer.keys import _forks, cache
from cloudfront_signer.keys.cache import Cache

PATIENCE = 60


class Source:
    """A fetch that counts, waits for a signal where it is closed, and fails where it is broken."""

    def __init__(self):
        self.count, self.broken = 0, False
        self.open, self.entered = threading.Event(), threading.Event()
        self.open.set()

    def __call__(self):
        self.count += 1
        count = self.count
        self.entered.set()
        assert self.open.wait(PATIENCE)
        if self.broken:
            raise SigningError(f"attempt {count} failed")
        return count


@pytest.fixture
def source():
    made = Source()
    yield made
    made.open.set()


@pytest.fixture
def cached(source, clock):
    return Cache(source, "the thing", timedelta(minutes=5))


def wait_for(condition):
    """Nothing depends on how long it takes."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def run_together(function, count=20):
    """The results of threads, or their exceptions."""
    results = []

    def run():
        try:
            results.append(function())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, results


def test_a_value_is_fetched_once_in_its_lifetime(cached, source, clock):
    assert [cached.get() for _ in range(3)] == [1, 1, 1]
    clock.now += 299
    assert cached.get() == 1
    assert source.count == 1


def test_without_a_lifetime_it_is_fetched_once(source, clock):
    cached = Cache(source, "the thing", None)
    cached.get()
    clock.now += 1e9
    assert cached.get() == 1
    assert source.count == 1


def test_nothing_is_fetched_before_it_is_needed(cached, source):
    assert source.count == 0


def test_a_refresh_runs_in_the_background(cached, source, clock):
    cached.get()
    clock.now += 300
    source.entered.clear()
    source.open.clear()
    # The old value, at once, though the fetch waits; and one refresh for all who ask meanwhile.
    assert [cached.get() for _ in range(50)] == [1] * 50
    assert source.entered.wait(PATIENCE)
    source.open.set()
    wait_for(lambda: cached.get() == 2)
    assert source.count == 2


def test_a_refresh_is_a_daemon_thread_that_ends(cached, source, clock):
    cached.get()
    clock.now += 300
    source.open.clear()
    cached.get()
    (thread,) = [one for one in threading.enumerate() if one.name == "refresh of the thing"]
    assert thread.daemon
    source.open.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_concurrent_callers_do_one_fetch(cached, source):
    source.open.clear()
    threads, results = run_together(cached.get)
    assert source.entered.wait(PATIENCE)
    source.open.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert results == [1] * 20
    assert source.count == 1


def test_a_first_fetch_that_fails_is_one_error_for_all(cached, source):
    source.broken = True
    source.open.clear()
    threads, results = run_together(cached.get)
    assert source.entered.wait(PATIENCE)
    # All of them wait for it, as far as a thread can be seen to wait.
    wait_for(lambda: len(cached._flight._condition._waiters) == 19)
    source.open.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert source.count == 1
    assert {str(one) for one in results} == {"attempt 1 failed"}
    assert {type(one) for one in results} == {SigningError}
    assert len({id(one) for one in results}) == 20, "each thread has its own exception"


def test_after_a_first_failure_the_next_caller_tries_again(cached, source):
    source.broken = True
    with pytest.raises(SigningError, match="attempt 1 failed"):
        cached.get()
    source.broken = False
    assert cached.get() == 2


def test_ctrl_c_reaches_one_caller_and_another_tries_again(clock):
    entered, leave, calls = threading.Event(), threading.Event(), []

    def fetch():
        calls.append(1)
        if len(calls) > 1:
            return "fetched"
        entered.set()
        assert leave.wait(PATIENCE)
        raise KeyboardInterrupt

    cached = Cache(fetch, "the thing", None)

    def lead():
        with pytest.raises(KeyboardInterrupt):
            cached.get()
        return "interrupted"

    leaders, led = run_together(lead, 1)
    assert entered.wait(PATIENCE)
    followers, followed = run_together(cached.get, 5)
    wait_for(lambda: len(cached._flight._condition._waiters) == 5)
    leave.set()
    for thread in (*leaders, *followers):
        thread.join(PATIENCE)
    assert led == ["interrupted"]
    assert followed == ["fetched"] * 5
    assert len(calls) == 2


def test_the_old_value_is_kept_while_a_refresh_fails(cached, source, clock, caplog):
    cached.get()
    source.broken = True
    for attempt in (2, 3):
        clock.now += 300
        assert cached.get() == 1
        wait_for(lambda attempt=attempt: len(caplog.records) == attempt - 1)
        # Not with each signature: the next attempt is 30 seconds away.
        assert [cached.get() for _ in range(5)] == [1] * 5
        clock.now += 29
        assert cached.get() == 1
        assert source.count == attempt
    first = caplog.records[0]
    assert (first.name, first.levelno) == ("cloudfront_signer.keys", logging.WARNING)
    assert first.getMessage() == (
        "the thing: the refresh failed, so the last one stays in use; next attempt in 30 seconds: attempt 2 failed"
    )
    source.broken = False
    clock.now += 1
    wait_for(lambda: cached.get() == 4)
    assert len(caplog.records) == 2


def test_where_no_thread_can_be_started_the_old_value_is_kept(cached, source, clock, caplog, monkeypatch):
    cached.get()

    class NoThread:
        def __init__(self, **settings):
            pass

        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(cache, "Thread", NoThread)
    clock.now += 300
    assert cached.get() == 1
    assert "can't start new thread" in caplog.text
    monkeypatch.undo()


def test_a_clock_that_is_set_back_ends_the_lifetime(cached, source, clock):
    cached.get()
    clock.now -= 86_400
    cached.get()
    wait_for(lambda: source.count == 2)


@pytest.mark.parametrize("lifetime", [0, -1, nan, float("inf"), timedelta(0)])
def test_a_lifetime_is_a_positive_span(lifetime):
    with pytest.raises(SigningError, match="expected a positive duration, or None for ever"):
        Cache(int, "a", lifetime)


@pytest.mark.parametrize("lifetime", ["5m", True])
def test_a_lifetime_is_a_span(lifetime):
    with pytest.raises(TypeError, match="lifetime: expected a timedelta, a number of seconds or None"):
        Cache(int, "a", lifetime)


def in_a_fork(check):
    """Run a check in a forked process."""
    with warnings.catch_warnings():
        # Python 3.12 warns of forks in processes with threads, which is what is tested.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        # A child that is stuck ends.
        signal.alarm(PATIENCE)
        try:
            os._exit(0 if check() else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_fork_during_a_first_fetch(cached, source):
    source.open.clear()
    threads, results = run_together(cached.get, 1)
    assert source.entered.wait(PATIENCE)

    def check():
        source.open = threading.Event()
        source.open.set()
        return cached.get() == 2

    in_a_fork(check)
    source.open.set()
    threads[0].join(PATIENCE)
    assert results == [1]


def test_a_fork_during_a_refresh(cached, source, clock):
    cached.get()
    clock.now += 300
    source.entered.clear()
    source.open.clear()
    cached.get()
    assert source.entered.wait(PATIENCE)

    def check():
        source.open = threading.Event()
        source.open.set()
        assert cached.get() == 1
        wait_for(lambda: cached.get() == 3)
        return True

    in_a_fork(check)


def test_a_fork_while_the_lock_is_taken(cached):
    with cached._lock:
        in_a_fork(lambda: cached.get() == 1)


def test_what_is_no_longer_used_is_not_watched():
    gc.collect()
    before = len(_forks._objects)
    caches = [Cache(int, "a", None) for _ in range(10)]
    assert len(_forks._objects) == before + 10
    del caches
    gc.collect()
    assert len(_forks._objects) == before


def test_importing_starts_no_thread_and_needs_no_extra():
    program = """
import sys, threading
for name in ("boto3", "botocore", "pkcs11"):
    sys.modules[name] = None
import cloudfront_signer.keys
assert threading.active_count() == 1
"""
    subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", program], check=True)


def test_a_process_ends_during_a_refresh():
    program = """
import threading, time
from cloudfront_signer.keys.cache import Cache
entered = threading.Event()
calls = []
def fetch():
    calls.append(1)
    if len(calls) > 1:
        entered.set()
        time.sleep(3600)
    return 1
cached = Cache(fetch, "a", 1e-9)
cached.get(); time.sleep(0.01); cached.get()
assert entered.wait(60)
"""
    subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", program], check=True, timeout=120)
