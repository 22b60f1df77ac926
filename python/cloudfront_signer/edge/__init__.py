"""A local edge for development (extra ``[edge]``): an HTTP server that behaves like a CloudFront distribution.

By default it listens on 127.0.0.1 only. It stores and caches nothing.

>>> from pathlib import Path
>>> from tempfile import mkdtemp
>>> from urllib.request import urlopen
>>> from cloudfront_signer import CloudFrontSigner, PrivateKey
>>> from cloudfront_signer.edge import Behavior, Configuration, start
>>> folder, key = mkdtemp(), PrivateKey.generate("ecdsa-p256")
>>> _ = Path(folder, "a.txt").write_text("hello")
>>> behaviors = (Behavior("*", folder, {"K2JCJMDEHXQW5F": key.public_key()}),)
>>> edge = start(Configuration(behaviors, port=0))
>>> url = CloudFrontSigner("K2JCJMDEHXQW5F", key).sign_url(f"{edge.address}/a.txt", expires=2000000000)
>>> with urlopen(url) as response:
...     response.read()
b'hello'
>>> edge.stop()

``start`` also returns a context manager; ``running`` yields only the address for the duration of a ``with`` block.

A request passes ``protocol`` (time limit), ``viewer_request`` (validity), ``log``, ``routes`` (behaviour and
signature), ``cors`` and ``app`` on its way to one of the ``origins``; ``manifests`` may sign playlists on their way
back. ``paths`` defines the normal form of a path. ``configuration`` holds the settings; ``configuration_file`` reads
them from TOML and ``distribution`` from the CloudFront API. ``server`` runs the edge.
"""

from cloudfront_signer.edge.app import Edge
from cloudfront_signer.edge.configuration import Behavior, Configuration
from cloudfront_signer.edge.distribution import read_distribution
from cloudfront_signer.edge.server import RunningEdge, running, serve, start

__all__ = [
    "Behavior",
    "Configuration",
    "Edge",
    "RunningEdge",
    "read_distribution",
    "running",
    "serve",
    "start",
]
