"""Standard input, for the options and arguments that accept ``-``."""

import sys
from typing import BinaryIO

from cloudfront_signer import CloudFrontSignerError


def standard_input() -> BinaryIO:
    """Standard input in bytes. Raises CloudFrontSignerError if the caller has closed it."""
    if sys.stdin is None:
        raise CloudFrontSignerError(
            "standard input is closed: redirect it from a file or a pipe, or give a path instead of -"
        )
    return sys.stdin.buffer


def standard_input_text() -> str:
    """All of standard input, decoded as UTF-8, without a byte order mark and surrounding white space."""
    try:
        return standard_input().read().decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise CloudFrontSignerError("standard input: not UTF-8 text") from None
