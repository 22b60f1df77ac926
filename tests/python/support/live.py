"""A low-latency HLS stream, live: an origin that publishes a part every half second and answers blocking reloads."""

import contextlib
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from support.streams import streams
from support.threads import in_thread

PART = 0.5
PARTS = 4
# What is there when the first viewer arrives, in parts, and how many segments a playlist lists.
_HEAD_START = 16
_WINDOW = 6
_QUALITIES = {"high": "init_0.mp4", "low": "init_1.mp4"}


@contextlib.contextmanager
def live(rewritten=None):
    """The origin's address, and its server, whose ``targets`` are the requests that it has received.

    ``rewritten`` is a function of the text of each playlist before it is sent.
    """
    server = _Live(("127.0.0.1", 0), _Handler)
    server.rewritten = rewritten or (lambda text: text)
    with in_thread(server):
        try:
            yield f"http://127.0.0.1:{server.server_port}", server
        finally:
            server.closed.set()


class _Live(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.folder = streams() / "parts"
        self.count = len(list((self.folder / "high").glob("*.m4s")))
        self.closed, self.targets, self._start = threading.Event(), [], None

    def published(self):
        """How many parts there are by now. The stream starts with the first request."""
        self._start = self._start or time.monotonic()
        return min(self.count, _HEAD_START + int((time.monotonic() - self._start) / PART))

    def wait_for(self, number):
        while self.published() <= number < self.count and not self.closed.wait(0.02):
            pass

    def handle_error(self, request, client_address):
        """A viewer that goes away ends the connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.targets.append(self.path)
        place = urlsplit(self.path)
        quality, _, name = place.path.lstrip("/").rpartition("/")
        if name.endswith(".m3u8"):
            body = self._playlist(quality, parse_qs(place.query)) if quality else self._file(name)
        elif found := re.fullmatch(r"segment(\d+)\.m4s", name):
            first = int(found[1]) * PARTS
            body = b"".join(self._file(f"{quality}/{number}.m4s") for number in range(first, first + PARTS))
        else:
            if found := re.fullmatch(r"(\d+)\.m4s", name):
                # A preload hint is requested before the part is there.
                self.server.wait_for(int(found[1]))
            body = self._file(f"{quality}/{name}")
        if name.endswith(".m3u8"):
            body = self.server.rewritten(body.decode()).encode()
        self.send_response(200)
        kinds = {"m3u8": "application/vnd.apple.mpegurl", "m4s": "video/iso.segment", "mp4": "video/mp4"}
        self.send_header("Content-Type", kinds[name.rpartition(".")[2]])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, name):
        return (self.server.folder / name).read_bytes()

    def _playlist(self, quality, query):
        if "_HLS_msn" in query:
            segment, part = int(query["_HLS_msn"][0]), int(query.get("_HLS_part", [PARTS - 1])[0])
            self.server.wait_for(segment * PARTS + part)
        count = self.server.published()
        complete = count // PARTS
        first = max(0, complete - _WINDOW)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:9",
            "#EXT-X-TARGETDURATION:2",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * PART}",
            f"#EXT-X-PART-INF:PART-TARGET={PART}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
            f'#EXT-X-MAP:URI="{_QUALITIES[quality]}"',
        ]
        for number in range(first, complete + 1):
            if number >= complete - 2:
                parts = range(number * PARTS, min(count, (number + 1) * PARTS))
                lines += [f'#EXT-X-PART:DURATION={PART},INDEPENDENT=YES,URI="{part}.m4s"' for part in parts]
            if number < complete:
                lines += [f"#EXTINF:{PART * PARTS},", f"segment{number}.m4s"]
        if count == self.server.count:
            return ("\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n").encode()
        other = next(name for name in _QUALITIES if name != quality)
        last = f"LAST-MSN={(count - 1) // PARTS},LAST-PART={(count - 1) % PARTS}"
        lines += [
            f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{count}.m4s"',
            f'#EXT-X-RENDITION-REPORT:URI="../{other}/index.m3u8",{last}',
        ]
        return ("\n".join(lines) + "\n").encode()

    def log_message(self, *arguments):
        pass
