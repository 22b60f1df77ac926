"""A local edge to try signed content against (extra ``[edge]``): an HTTP server that behaves as a distribution does.

A development tool: it binds to 127.0.0.1 unless told otherwise, keeps nothing, and caches nothing.

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
>>> with urlopen(url) as answer:
...     answer.read()
b'hello'
>>> edge.stop()

It is a context manager too; ``running`` gives the bare address for the length of a ``with`` block.

A request goes through ``protocol`` (does it end in time), ``viewer_request`` (is it one) and ``app`` (which behaviour,
is it let in) to an origin: ``files``, ``remote`` or ``s3``. ``paths`` says what a path is, for all of them.
``configuration`` says what there is to serve, ``distribution`` reads it from the CloudFront API, ``server`` runs it.
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
