"""A server in a thread."""

import contextlib
import threading


@contextlib.contextmanager
def in_thread(server):
    """The same server, of `socketserver` or werkzeug, serving until the block ends; then it is closed."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
