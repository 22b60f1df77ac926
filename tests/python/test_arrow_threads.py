"""While a column is signed, other threads run, and Ctrl-C is noticed."""

import _thread
import sys
import threading

import pyarrow as pa
import pytest

from cloudfront_signer._native import ColumnSigner
from cloudfront_signer.arrow import sign_array

END = 2_000_000_000
SITE = "https://media.example.com"


def test_ctrl_c_ends_it(signer):
    """Long before all of the column is signed."""
    urls = pa.array([f"{SITE}/{number}" for number in range(300_000)])
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        sign_array(signer, urls, expires=END)
    timer.join()


def test_the_interpreter_is_released(signer):
    """Threads do not take turns by themselves here: this one runs only if the other one releases the interpreter."""
    native = ColumnSigner(signer, expires=END)
    urls = [f"{SITE}/{number}".encode() for number in range(64)]
    ends = [sum(map(len, urls[:row])) for row in range(len(urls) + 1)]
    offsets, text = b"".join(end.to_bytes(8, sys.byteorder) for end in ends), b"".join(urls)
    begun, stopped = threading.Event(), []

    def sign():
        begun.set()
        for _ in range(1_000):
            native.sign(offsets, text, None)
            if stopped:
                return
        stopped.append("by nobody")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1_000_000)
    try:
        thread = threading.Thread(target=sign)
        thread.start()
        begun.wait()
        stopped.append("by the other thread")
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert stopped == ["by the other thread"]
