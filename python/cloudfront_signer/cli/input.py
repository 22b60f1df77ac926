"""Standard input, for the options and arguments that take ``-``."""

import sys
from typing import BinaryIO

from cloudfront_signer import CloudFrontSignerError


def standard_input() -> BinaryIO:
    """Standard input's bytes; CloudFrontSignerError where the caller has closed it."""
    if sys.stdin is None:
        raise CloudFrontSignerError("standard input is closed: give it a file or a pipe, or a path in place of -")
    return sys.stdin.buffer


def standard_input_text() -> str:
    """All of standard input, which is UTF-8, without a byte order mark and the blanks around it."""
    try:
        return standard_input().read().decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise CloudFrontSignerError("standard input: not UTF-8 text") from None
