"""Many URLs: read by the line and signed in batches; an invalid one is reported with its line number."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, InvalidUrlError
from cloudfront_signer._atomic_file import translated
from cloudfront_signer.cli.input import standard_input
from cloudfront_signer.cli.output import complain

# Large enough to keep all cores busy, small enough for Ctrl-C and for a steady flow of results.
_BATCH = 1_024

# A URL with its line number, which is None for an argument.
Numbered = tuple[int | None, str]


@dataclass(frozen=True)
class Columns:
    """The column of a Parquet file that is signed, and where to."""

    source: str
    urls: str
    target: Path
    signed: str


class Refusals:
    """What happens to an invalid line: it ends the run or, with ``keep_going``, is reported and skipped."""

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
    """Sign in batches: yields the number of URLs in the batch, and the pairs of URL and signed URL."""
    while batch := list(islice(numbered, _BATCH)):
        yield len(batch), _sign_batch(signer, batch, terms, refuse)


def _sign_batch(
    signer: CloudFrontSigner, batch: list[Numbered], terms: dict[str, Any], refuse: Refusals
) -> list[tuple[str, str]]:
    """No URL is signed before an invalid one is found, except if only its signature makes a URL too long."""
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
    """The number of URLs in a file, if it can be counted in advance; else None."""
    if source == "-" or not os.path.isfile(source):
        return None
    with open(source, "rb") as file:
        return sum(1 for line in file if line.strip())


def read_urls(source: str, refuse: Refusals) -> Iterator[Numbered]:
    """The lines of a file that are not blank, without the byte order mark that Windows writes."""
    with (
        translated(InvalidUrlError, source),
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


def _is_text(line: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in line)
