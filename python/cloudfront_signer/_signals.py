"""Termination signals: they clean up as Ctrl-C does."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(SystemExit):
    """Raised for a termination signal: the program exits with the status that shells expect."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


@contextmanager
def terminated_in_order() -> Iterator[None]:
    """End the block by an exception, as Ctrl-C does, on SIGTERM and on the SIGHUP of a closed terminal: Terminated.

    Only the first signal counts: another one does not interrupt the cleanup. Signals that the caller ignores (nohup)
    stay ignored. Only the main thread handles signals; in other threads this does nothing.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for other in handled:
            signal.signal(other, signal.SIG_IGN)
        raise Terminated(number)

    handled = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        handled.clear()
    for number in handled:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in handled:
            # None means a handler that was not installed from Python.
            signal.signal(number, before[number] or signal.SIG_DFL)
