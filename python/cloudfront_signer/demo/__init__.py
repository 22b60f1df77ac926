"""The main job on real input: ``signatures`` are checked with openssl, ``viewing`` plays a video through the edge."""

import sys

from cloudfront_signer.demo import signatures

__all__ = ["main"]


def main(*, serve: bool = False, port: int = 0) -> int:
    """Show both and return the exit status: 0 if everything was as expected, 1 otherwise.

    ``serve`` keeps the edge running, on ``port`` (0 for a free one), and opens a page that plays the video.
    """
    status = signatures.main()
    try:
        from cloudfront_signer.demo import viewing
    except ModuleNotFoundError as missing:
        print(
            f"demo: the edge needs an extra ({missing.name} is missing): pip install 'cloudfront-signer[edge]'",
            file=sys.stderr,
        )
        return 1
    return max(status, viewing.main(serve=serve, port=port))
