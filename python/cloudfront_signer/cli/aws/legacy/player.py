"""Step 7 in 2011: a stream name for a Flash player."""

from datetime import timedelta

from cloudfront_signer import CloudFrontSigner
from cloudfront_signer.cli.output import result, tell


def show_player(signer: CloudFrontSigner, site: str, path: str, *, expires: timedelta) -> None:
    """Print the settings of an RTMP player for an object of a streaming distribution."""
    tell("CloudFront discontinued RTMP on 31 December 2020: these are the settings that RTMP players took")
    stream = signer.sign_stream(path.rpartition(".")[0] or path, expires=expires)
    result(f"streamer: rtmp://{site}/cfx/st\nfile: {stream}")
