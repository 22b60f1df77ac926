"""The whole workflow on real input: ``signatures`` verifies with openssl, ``guide`` runs the eight steps."""

import sys

from cloudfront_signer._signals import terminated_in_order
from cloudfront_signer.demo import signatures

__all__ = ["main"]


def main(*, serve: bool = False, port: int = 0, bucket: str | None = None) -> int:
    """Run both and return the exit status: 0 if everything was as expected, else 1.

    ``serve`` keeps the edges running, the signed one on ``port`` (0 for a free one), and opens a page that plays the
    video. ``bucket`` names a bucket to create at AWS; without it nothing leaves this machine.
    """
    # Keys are in temporary folders, which are removed even if a signal ends the demo.
    with terminated_in_order():
        return _run(serve, port, bucket)


def _run(serve: bool, port: int, bucket: str | None) -> int:
    status = signatures.main()
    try:
        import moto.server  # noqa: F401  # before anything is created

        from cloudfront_signer.demo import guide
    except ModuleNotFoundError as missing:
        needed = f"{missing.name} is not installed: the set-up needs an extra: pip install 'cloudfront-signer[demo]'"
        print(f"demo: {needed}", file=sys.stderr)
        return 1
    print("\nthe set-up")
    return max(status, guide.main(serve=serve, port=port, bucket=bucket))
