"""The command ``cloudfront-signer`` (extra ``[cli]``)."""

import sys


def run() -> None:
    """Run the command line; the entry point of ``cloudfront-signer``."""
    try:
        from cloudfront_signer.cli.main import main
    except ModuleNotFoundError as missing:
        if missing.name not in {"typer", "rich", "dateutil"}:
            raise
        sys.exit("cloudfront-signer: the command line needs an extra: pip install 'cloudfront-signer[cli]'")
    sys.exit(main())
