"""An origin of manifests on a free port of the loopback address, which answers as the name says: well or not."""

import contextlib
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.threads import in_thread

HLS = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4,
1.m4s
#EXT-X-ENDLIST
"""
GZIP = gzip.compress(HLS.encode())
DEEP = f"<MPD><!-- {'<MPD ' * 200_000} --></MPD>"
# What the origin sends with a Content-Encoding: that, and the body.
CODED = {
    "gzip": ("gzip", GZIP),
    "x-gzip": ("X-Gzip", GZIP),
    "identity": ("identity", HLS.encode()),
    "brotli": ("br", b"\x0b\x02\x80"),
    "cut": ("gzip", GZIP[:-9]),
    "damaged": ("gzip", GZIP[:20] + bytes(8) + GZIP[28:]),
    "twice": ("gzip", GZIP * 2),
    "bomb": ("gzip", gzip.compress(b"#EXTM3U\n" + bytes(64 << 20))),
}


@contextlib.contextmanager
def serving():
    """An origin that is stopped at the end."""
    with in_thread(Origin()) as server:
        try:
            yield server
        finally:
            server.closed.set()


class Origin(ThreadingHTTPServer):
    """An origin that keeps what it is asked for, and answers as the name says."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.targets, self.closed = [], threading.Event()

    def handle_error(self, request, client_address):
        """A viewer that goes away ends the connection."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.targets.append(self.path)
        name = self.path.partition("?")[0].rpartition("/")[2].removesuffix(".m3u8")
        status = int(name) if name.isdigit() else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/out/vod.m3u8")
        if name == "short":
            self.send_header("Content-Length", "1000")
        coding, coded = CODED.get(name, (None, b""))
        if coding:
            self.send_header("Content-Encoding", coding)
        self.end_headers()
        body = {
            "latin": "#EXTM3U\né.ts\n".encode("latin-1"),
            "other": b"#EXTM3U\nhttps://ads.example/1.ts\n",
            "signed": b"#EXTM3U\n1.ts?Policy=p0licy&Signature=s1gnature&Key-Pair-Id=K9\n",
            "deep.mpd": DEEP.encode(),
        } | ({name: coded} if coding else {})
        self.wfile.write(body.get(name, HLS.encode()))
        if name == "slow":
            self.server.closed.wait(30)
        if name == "large":
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b"#" * (1 << 20) + b"\n")

    def log_message(self, *arguments):
        pass
