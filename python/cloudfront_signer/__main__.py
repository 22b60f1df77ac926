"""``python -m cloudfront_signer``."""

from cloudfront_signer.cli import run

if __name__ == "__main__":
    run()
