"""A value that is fetched when it is first needed, and again in the background when its lifetime is over."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from math import inf, isfinite
from threading import Lock, Thread
from time import time
from typing import Generic, TypeVar

from cloudfront_signer._native import excerpt, mask_secrets
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.errors import CloudFrontSignerError, SigningError
from cloudfront_signer.keys import _forks

Lifetime = timedelta | float | None

_T = TypeVar("_T")
_logger = logging.getLogger("cloudfront_signer.keys")
# In seconds.
_WAIT_AFTER_FAILURE = 30.0


@dataclass(frozen=True, slots=True, repr=False)
class Held(MaskedRepr, Generic[_T]):
    """A value, and the period in which it is fresh. The wall clock also counts while a machine is suspended."""

    since: float
    until: float
    value: _T


class Cache(Generic[_T]):
    """Keeps one fetched value.

    Concurrent callers share one fetch. The first fetch is waited for, and its error is raised in each caller that
    waits. A later fetch runs in a daemon thread of its own; callers continue with the old value meanwhile. If such a
    fetch fails, the old value stays, the failure is logged as a warning, and the first caller after 30 seconds starts
    another attempt.

    Args:
        fetch: Returns the value, or raises a CloudFrontSignerError that is fit to be shown.
        name: What is fetched, for log messages.
        lifetime: How long a value is fresh, as a `timedelta` or in seconds. None: for ever.

    Raises:
        SigningError: The lifetime is not a positive duration.

    >>> numbers = iter([1, 2])
    >>> cache = Cache(lambda: next(numbers), "a number", lifetime=None)
    >>> cache.get(), cache.get()
    (1, 1)
    """

    __slots__ = ("__weakref__", "_fetch", "_flight", "_held", "_lifetime", "_lock", "_name")

    def __init__(self, fetch: Callable[[], _T], name: str, lifetime: Lifetime) -> None:
        self._fetch = fetch
        self._name = name
        self._lifetime = _seconds(lifetime)
        self._held: Held[_T] | None = None
        # The fetch that is running, if any.
        self._flight: Future[Held[_T]] | None = None
        self._lock = Lock()
        _forks.watch(self)

    def get(self) -> _T:
        """The value. Raises as `held` does."""
        return self.held().value

    def held(self) -> Held[_T]:
        """The value and its period, which may be over while a refresh is running.

        It is fetched, or the fetch that is running is waited for, only if there is none yet.

        Raises:
            CloudFrontSignerError: There is no value yet, and it could not be fetched.
        """
        held = self._held
        if held is not None and held.since <= time() < held.until:
            return held
        return self._renewed()

    def after_fork(self) -> None:
        """The thread that was fetching does not exist in the new process, and the lock may be taken."""
        self._lock = Lock()
        self._flight = None

    def _renewed(self) -> Held[_T]:
        while True:
            flight, is_new, held = self._board()
            if held is not None:
                if is_new:
                    self._start(flight, held)
                return held
            if is_new:
                self._run(flight, None)
            try:
                return flight.result()
            except CloudFrontSignerError as error:
                shared = error
            except BaseException:
                # Ctrl-C ended the fetch, in the thread that it reached. Another caller tries again.
                if is_new:
                    raise
                continue
            # Not the shared object, whose traceback would grow in each thread.
            raise type(shared)(*shared.args)

    def _board(self) -> "tuple[Future[Held[_T]], bool, Held[_T] | None]":
        """The fetch that is running, whether the caller has to run it, and what is held meanwhile."""
        with self._lock:
            held, flight = self._held, self._flight
            if held is not None and held.since <= time() < held.until:
                # Another thread has just fetched it.
                return Future(), False, held
            if flight is not None:
                return flight, False, held
            self._flight = flight = Future()
            return flight, True, held

    def _start(self, flight: "Future[Held[_T]]", held: Held[_T]) -> None:
        name = f"refresh of {self._name}"
        try:
            Thread(target=self._run, args=(flight, held), name=name, daemon=True).start()
        except RuntimeError as error:
            # No thread can be started now, or the interpreter is ending.
            self._keep(held, error)

    def _run(self, flight: "Future[Held[_T]]", held: Held[_T] | None) -> None:
        try:
            value = self._fetch()
        except BaseException as error:
            self._keep(held, error)
            flight.set_exception(error)
            return
        now = time()
        landed = Held(now, now + self._lifetime, value)
        self._land(landed)
        flight.set_result(landed)

    def _keep(self, held: Held[_T] | None, error: BaseException) -> None:
        """After a failure: keep the old value, if there is one, for a while."""
        if held is None:
            self._land(None)
            return
        wait, now = min(_WAIT_AFTER_FAILURE, self._lifetime), time()
        self._land(Held(now, now + wait, held.value))
        _logger.warning(
            "%s: the refresh failed, so the last one stays in use; next attempt in %g seconds: %s",
            self._name,
            wait,
            mask_secrets(str(error)),
        )

    def _land(self, held: Held[_T] | None) -> None:
        with self._lock:
            self._held, self._flight = held, None


def _seconds(lifetime: Lifetime) -> float:
    if lifetime is None:
        return inf
    seconds = lifetime.total_seconds() if isinstance(lifetime, timedelta) else lifetime
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"lifetime: expected a timedelta, a number of seconds or None, found {type(lifetime).__name__}")
    if not (isfinite(seconds) and seconds > 0):
        raise SigningError(f"lifetime {excerpt(str(lifetime))}: expected a positive duration, or None for ever")
    return float(seconds)
