"""Where the command line writes: results on standard output, everything else on standard error, keys nowhere."""

import sys

from cloudfront_signer._native import mask_secrets


def tell(line: str) -> None:
    """Progress and remarks: standard output has results alone."""
    print(mask_secrets(line), file=sys.stderr, flush=True)


def warn(line: str) -> None:
    """Something that is done all the same."""
    tell(f"cloudfront-signer: warning: {line}")


def show(line: str) -> None:
    """A result for people, with other people's text in it."""
    print(mask_secrets(line))
