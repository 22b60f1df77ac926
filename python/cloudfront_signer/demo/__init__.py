"""The main job on real input: ``signatures`` are checked with openssl, ``guide`` does the eight steps here."""

import sys

from cloudfront_signer._signals import terminated_in_order
from cloudfront_signer.demo import signatures

__all__ = ["main"]


def main(*, serve: bool = False, port: int = 0, bucket: str | None = None) -> int:
    """Show both and return the exit status: 0 if everything was as expected, 1 otherwise.

    ``serve`` keeps the edges running, the signed one on ``port`` (0 for a free one), and opens a page that plays the
    video. ``bucket`` names a bucket to make at AWS; without it nothing leaves this machine.
    """
    # Its keys are in temporary folders, which go when it ends, however it ends.
    with terminated_in_order():
        return _run(serve, port, bucket)


def _run(serve: bool, port: int, bucket: str | None) -> int:
    status = signatures.main()
    try:
        import moto.server  # noqa: F401  # before anything is made

        from cloudfront_signer.demo import guide
    except ModuleNotFoundError as missing:
        needed = f"the guide's steps need an extra ({missing.name} is missing): pip install 'cloudfront-signer[demo]'"
        print(f"demo: {needed}", file=sys.stderr)
        return 1
    print("\nthe set-up")
    return max(status, guide.main(serve=serve, port=port, bucket=bucket))
