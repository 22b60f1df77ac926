"""Many URLs: signed by the batch, written by whole lines, and the bad ones named by their line."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from io import DEFAULT_BUFFER_SIZE, TextIOWrapper
from itertools import islice
from typing import Any

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, InvalidUrlError
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli.input import standard_input
from cloudfront_signer.cli.output import complain

# Large enough to keep all cores busy, small enough for Ctrl-C and for results to flow.
_BATCH = 1_024

# A line's number, None for what was given as an argument, and its URL.
Numbered = tuple[int | None, str]


class Refusals:
    """What happens to a bad line: it ends the run or, with ``keep_going``, is reported and left out."""

    def __init__(self, keep_going: bool) -> None:
        self._keep_going = keep_going
        self.count: int = 0
        self.written = 0

    def __call__(self, number: int | None, error: CloudFrontSignerError) -> None:
        """Raise the error, or report it."""
        place = "" if number is None else f"line {number}: "
        if not self._keep_going:
            written = "" if number is None else f"; lines written: {self.written}"
            raise type(error)(f"{place}{error}{written}") from None
        self.count += 1
        complain(f"{place}{error}", type(error).__name__, line=number)

    def end(self) -> None:
        """Raise CloudFrontSignerError if anything was refused."""
        if self.count:
            raise CloudFrontSignerError(f"URLs refused: {self.count}, signed: {self.written}")


def sign_batches(
    signer: CloudFrontSigner, numbered: Iterator[Numbered], terms: dict[str, Any], refuse: Refusals
) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """For each batch: how many URLs it had, and those that were signed, each with its signed form."""
    while batch := list(islice(numbered, _BATCH)):
        yield len(batch), _sign_batch(signer, batch, terms, refuse)


def _sign_batch(
    signer: CloudFrontSigner, batch: list[Numbered], terms: dict[str, Any], refuse: Refusals
) -> list[tuple[str, str]]:
    """Nothing is signed before a bad one is found, save for one that only its signature makes too long."""
    passed: list[Numbered] = []
    while True:
        urls = [url for _, url in batch]
        try:
            signed = signer.sign_urls(urls, **terms)
            break
        except CloudFrontSignerError as error:
            if error.index is None:
                raise
            refuse(batch[error.index][0], error)
            passed += batch[: error.index]
            batch = batch[error.index + 1 :]
    before = _sign_batch(signer, passed, terms, refuse) if passed else []
    return before + list(zip(urls, signed, strict=True))


def count_urls(source: str) -> int | None:
    """How many URLs a file has, if that can be known before they are read."""
    if source == "-" or not os.path.isfile(source):
        return None
    with open(source, "rb") as file:
        return sum(1 for line in file if line.strip())


def read_urls(source: str, refuse: Refusals) -> Iterator[Numbered]:
    """A file's lines that are not blank; a byte order mark, as Windows writes it, is no part of the first."""
    try:
        with (
            nullcontext(standard_input()) if source == "-" else open(source, "rb") as raw,
            TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape") as file,
        ):
            for number, line in enumerate(file, 1):
                if not (url := line.strip()):
                    continue
                if url.isascii() or _is_text(url):
                    yield number, url
                else:
                    refuse(number, InvalidUrlError("not UTF-8 text"))
    except OSError as error:
        raise InvalidUrlError(f"{excerpt(source)}: {error.strerror}") from None


def _is_text(line: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in line)


def print_whole(lines: Iterable[str]) -> None:
    """Print lines so that Ctrl-C, when whoever reads is slow, cuts none in the middle.

    What the output's buffer holds is still written at the end of the program; what does not fit there may be lost. So
    no piece is larger than the buffer, and it is empty before the next (a single line of that size is on its own).
    """
    piece = ""
    for line in lines:
        if len(piece) + len(line) >= DEFAULT_BUFFER_SIZE:
            _write_out(piece)
            piece = ""
        piece += f"{line}\n"
    _write_out(piece)


def _write_out(piece: str) -> None:
    sys.stdout.write(piece)
    sys.stdout.flush()
