"""A server on the loopback address that keeps the bytes it was asked for, whatever host a client thinks it is."""

import asyncio
import contextlib
import queue
import re
import socket
import threading
from typing import NamedTuple
from unittest import mock

# A header that every client can send, browsers too: it is on the list of those that need no preflight.
NUMBER_HEADER = "Accept-Language"
# A page of the recorder's own, to send from; links and images carry the number in its address.
START = "http://start.example/start"

_NUMBER = re.compile(rb"^(?:accept-language: *x-|referer: .*/start\?)(\d+) *\r$", re.IGNORECASE | re.MULTILINE)
_HOST = re.compile(rb"^host: *(.*?) *\r$", re.IGNORECASE | re.MULTILINE)
_HEADERS = b"Access-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n"
_NOTHING = b"HTTP/1.1 204 No Content\r\n%b\r\n" % _HEADERS
# An icon of its own, so that a browser asks for no other.
_ICON = b'<!doctype html><link rel="icon" href="data:,">'
_PAGE = b"HTTP/1.1 200 OK\r\n%bContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (_HEADERS, len(_ICON), _ICON)


def number_header(number):
    return {NUMBER_HEADER: f"x-{number}"}


class Received(NamedTuple):
    """A request, as its bytes stood on the wire."""

    target: bytes
    host: bytes

    @property
    def url(self):
        """What the edge would take it for."""
        return f"http://{self.host.decode('latin-1')}{self.target.decode('latin-1')}"


class Recorder:
    """Keeps each request under its number. It answers 204, so that a browser stays on the page that it has."""

    def __init__(self, port):
        self.port = port
        self._received, self._changed = {}, threading.Condition()

    def take(self, number):
        """The request of that number, or None."""
        with self._changed:
            return self._received.pop(number, None)

    def has(self, number):
        """Whether the request of that number has come."""
        with self._changed:
            return number in self._received

    def wait_for(self, number, timeout=30):
        """Until it has come. A client that never sends it is found out by `take`."""
        with self._changed:
            self._changed.wait_for(lambda: number in self._received, timeout)

    async def serve(self, reader, writer):
        # The peer may be gone at any time; what it has sent has been seen.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError), contextlib.closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self._keep(head)
                writer.write(_PAGE if head.startswith(b"GET /start ") else _NOTHING)
                await writer.drain()
                if b"\r\nConnection: close\r\n" in head:
                    return

    def _keep(self, head):
        # Only the first and the last blank divide a request line: a client that sends more of them is seen doing it.
        target = head.split(b"\r\n", 1)[0].partition(b" ")[2].rpartition(b" ")[0]
        number, host = _NUMBER.search(head), _HOST.search(head)
        if number and host:
            with self._changed:
                self._received[int(number[1])] = Received(target, host[1])
                self._changed.notify_all()


@contextlib.contextmanager
def recording():
    """A running recorder."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    recorder, started = Recorder(listening.getsockname()[1]), queue.SimpleQueue()

    async def run():
        stop = asyncio.Event()
        async with await asyncio.start_server(recorder.serve, sock=listening):
            started.put((asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=[run()])
    thread.start()
    loop, stop = started.get(timeout=30)
    try:
        yield recorder
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@contextlib.contextmanager
def every_host_is(recorder):
    """In this process every host name leads to the recorder, port and all, so that no client looks for a real one."""

    def getaddrinfo(*arguments, **options):
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", recorder.port))]

    with mock.patch("socket.getaddrinfo", getaddrinfo):
        yield
