"""Being told to end: what was begun is cleaned up, as with Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(SystemExit):
    """What the signals of ``terminated_in_order`` raise: the program ends with the status that shells expect."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


@contextmanager
def terminated_in_order() -> Iterator[None]:
    """SIGTERM, and SIGHUP of a closed terminal, end the block as Ctrl-C does: by an exception, here Terminated.

    The first counts: another one does not cut off the cleaning up. What the caller ignores (nohup) stays ignored.
    Signals are the main thread's, so in others nothing changes.
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
            # None: a handler that was not set from Python.
            signal.signal(number, before[number] or signal.SIG_DFL)
