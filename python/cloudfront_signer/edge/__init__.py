"""A local edge to try signed content against (extra ``[edge]``): an HTTP server that behaves as a distribution does.

A development tool: it binds to 127.0.0.1 unless told otherwise, keeps nothing, and caches nothing.

A request goes through ``app`` (which behaviour, is it let in) to an origin: ``files``, ``remote`` or ``s3``.
``configuration`` says what there is to serve, ``distribution`` reads it from the CloudFront API, ``server`` runs it.
"""

from cloudfront_signer.edge.app import Edge
from cloudfront_signer.edge.configuration import Behavior, Configuration
from cloudfront_signer.edge.distribution import read_distribution
from cloudfront_signer.edge.server import running, serve

__all__ = ["Behavior", "Configuration", "Edge", "read_distribution", "running", "serve"]
