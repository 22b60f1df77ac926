"""``sign --column``: a column of a Parquet file, signed batch by batch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError
from cloudfront_signer._atomic_file import replacing, translated
from cloudfront_signer._native import excerpt
from cloudfront_signer.arrow import sign_part
from cloudfront_signer.cli.bulk import Columns
from cloudfront_signer.cli.output import complain, signing_progress

# In rows, of which all columns are in memory at once. Each batch becomes a row group.
_BATCH = 65_536


def sign_file(signer: CloudFrontSigner, terms: dict[str, Any], columns: Columns, keep_going: bool) -> None:
    """Write a copy of a Parquet file with a column of signed URLs: the whole file, or none.

    With ``keep_going``, URLs that cannot be signed become null, and are reported with the numbers of their rows.
    """
    refused = signed = row = 0
    with _opened(columns.source) as file:
        schema, groups = _schema(file.schema_arrow, columns), file.metadata
        with _written(columns.target, schema, groups) as writer, signing_progress(groups.num_rows) as advance:
            for batch in _batches(file, columns.source):
                urls = batch.column(columns.urls)
                result = _signed(signer, urls, terms, row, keep_going)
                writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, result], schema=schema))
                refused += result.null_count - urls.null_count
                signed += len(result) - result.null_count
                row += len(batch)
                advance(len(batch))
    if refused:
        raise CloudFrontSignerError(f"URLs refused: {refused}, signed: {signed}; refused URLs are null in the file")


def _signed(signer: CloudFrontSigner, urls: Any, terms: dict[str, Any], row: int, keep_going: bool) -> Any:
    try:
        result = sign_part(signer, urls, errors="null" if keep_going else "raise", **terms)
    except TypeError as error:
        raise CloudFrontSignerError(str(error)) from None
    except CloudFrontSignerError as error:
        if error.index is None:
            raise
        raise type(error)(f"row {row + error.index}: {error}; nothing is written") from None
    if result.null_count > urls.null_count:
        for place, (url, one) in enumerate(zip(urls, result, strict=True)):
            if url.is_valid and not one.is_valid:
                _report(signer, url.as_py(), terms, row + place)
    return result


def _report(signer: CloudFrontSigner, url: str, terms: dict[str, Any], row: int) -> None:
    """Print why a URL was refused."""
    try:
        signer.sign_url(url, **terms)
    except CloudFrontSignerError as error:
        complain(f"row {row}: {error}", type(error).__name__, row=row)


def _schema(schema: Any, columns: Columns) -> Any:
    if schema.names.count(columns.urls) != 1:
        found = excerpt(", ".join(schema.names))
        raise CloudFrontSignerError(f"column {excerpt(columns.urls)}: expected one of that name, the file has: {found}")
    if columns.signed in schema.names:
        name = excerpt(columns.signed)
        raise CloudFrontSignerError(f"the file has a column {name}: choose another name with --signed-column")
    return schema.append(pa.field(columns.signed, schema.field(columns.urls).type))


@contextmanager
def _opened(source: str) -> Iterator[Any]:
    with translated(CloudFrontSignerError, source):
        raw = open(source, "rb")  # noqa: SIM115
    with raw:
        with _readable(source):
            file = parquet.ParquetFile(raw)
        yield file


@contextmanager
def _readable(source: str) -> Iterator[None]:
    with translated(CloudFrontSignerError, source):
        try:
            yield
        except (pa.ArrowException, OSError) as problem:
            # pyarrow raises OSError for damaged data, too, but without a number.
            if isinstance(problem, OSError) and problem.errno:
                raise
            raise CloudFrontSignerError(f"{excerpt(source)}: no Parquet file, or damaged") from None


def _batches(file: Any, source: str) -> Iterator[Any]:
    with _readable(source):
        yield from file.iter_batches(_BATCH)


@contextmanager
def _written(target: Path, schema: Any, groups: Any) -> Iterator[Any]:
    """A writer, with the compression of the source. The file appears when it is complete."""
    compression = groups.row_group(0).column(0).compression if groups.num_row_groups else "SNAPPY"
    codec = "NONE" if compression == "UNCOMPRESSED" else compression
    with translated(CloudFrontSignerError, target), replacing(target) as temporary, temporary.open("xb") as file:
        with parquet.ParquetWriter(file, schema, compression=codec) as writer:
            yield writer
        file.flush()
        os.fsync(file.fileno())
