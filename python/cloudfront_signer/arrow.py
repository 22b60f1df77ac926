"""Columns of URLs (extra ``[arrow]``): pyarrow, Polars, pandas, DuckDB, and all that has Arrow's PyCapsule interface.

>>> import pyarrow
>>> from cloudfront_signer import CloudFrontSigner, PrivateKey
>>> from cloudfront_signer.arrow import sign_array
>>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
>>> urls = pyarrow.array(["https://media.example.com/1.ts", None])
>>> signed = sign_array(signer, urls, expires=2000000000)
>>> signed[0].as_py().split("&")[0], signed[1].as_py()
('https://media.example.com/1.ts?Expires=2000000000', None)

``cloudfront_signer.spark`` signs on a cluster.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload

from cloudfront_signer._native import CloudFrontSigner, ColumnSigner, Grant, excerpt
from cloudfront_signer.errors import CloudFrontSignerError, InvalidPolicyError

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ModuleNotFoundError as _missing:
    raise ModuleNotFoundError(
        f"columns need an extra ({_missing.name} is missing): pip install 'cloudfront-signer[arrow]'",
        name=_missing.name,
    ) from None

from cloudfront_signer._dictionaries import with_distinct_values, with_one_dictionary, with_used_values
from cloudfront_signer._growing_strings import GrowingStrings

if TYPE_CHECKING:
    from cloudfront_signer._native import Policy, _Address, _Dict, _Duration, _Time

__all__ = ["sign_array"]

# Enough to keep all cores busy, small enough for Ctrl-C. A multiple of 8, so that bitmaps can be joined.
_BATCH = 8_192
# In bytes. The largest array of strings has 2 GiB, so a longer column is cut into chunks.
_LONGEST_CHUNK = 1 << 30
_LONGEST_STRINGS = (1 << 31) - 1

_LATEST = (1 << 63) - 1

_STRINGS = (pa.string(), pa.large_string(), pa.string_view())


class _Series(Protocol):
    """A Series of pandas or Polars."""

    @property
    def name(self) -> Any: ...

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


class _Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


class _Array(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


_S = TypeVar("_S", bound=_Series)


@overload
def sign_array(
    signer: CloudFrontSigner | Grant,
    urls: _S,
    *,
    errors: Literal["raise", "null"] = "raise",
    expires: "_Time | _Stream | _Array | None" = None,
    not_before: "_Time | None" = None,
    ip_address: "_Address | None" = None,
    resource: str | None = None,
    policy: "Policy | str | bytes | _Dict | None" = None,
    align: "_Duration | None" = None,
) -> _S: ...


@overload
def sign_array(
    signer: CloudFrontSigner | Grant,
    urls: _Stream | _Array,
    *,
    errors: Literal["raise", "null"] = "raise",
    expires: "_Time | _Stream | _Array | None" = None,
    not_before: "_Time | None" = None,
    ip_address: "_Address | None" = None,
    resource: str | None = None,
    policy: "Policy | str | bytes | _Dict | None" = None,
    align: "_Duration | None" = None,
) -> Any: ...


def sign_array(
    signer: CloudFrontSigner | Grant, urls: Any, *, errors: str = "raise", expires: Any = None, **terms: Any
) -> Any:
    """Sign a column of URLs.

    Nulls stay null. Equal policies within 8,192 rows are signed once, and each value of a dictionary (a categorical
    column) once. The interpreter is released while a PrivateKey signs; Ctrl-C ends the work.

    Args:
        signer: A CloudFrontSigner, or a Grant, which signs all the URLs that it covers with one signature.
        urls: The URLs: an Array or ChunkedArray of pyarrow, a Series of Polars or pandas, a relation of DuckDB with one
            column, or another object with ``__arrow_c_array__`` or ``__arrow_c_stream__``. The type is ``string``,
            ``large_string``, ``string_view``, or a dictionary of one of them. A stream is read to its end, so that
            the same ``RecordBatchReader`` has no rows for a second call.
        errors: "raise" ends with the first row that cannot be signed; "null" makes it null. To see why rows were
            refused, sign those alone, with "raise" or with ``sign_url``.
        expires: When access ends, as in ``sign_urls``, or a column with an expiry for each row: integers (seconds since
            1970) or timestamps with a time zone. A null in it refuses its row. A dictionary of URLs then becomes a
            column of strings.
        **terms: ``not_before``, ``ip_address``, ``resource``, ``policy`` and ``align``, as in ``sign_urls``. A Grant
            has its own terms.

    Returns:
        The signed URLs, in the same kind of column: pyarrow, a Series of Polars with its name, a Series of pandas with
        its name and index. For a table with one column, such as a relation of DuckDB, a Table of pyarrow, which DuckDB
        queries by its name; for other objects a ChunkedArray or Array of pyarrow. An Enum of Polars becomes a
        Categorical.

    Raises:
        InvalidUrlError: A URL cannot be signed; the attribute ``index`` counts its row from 0.
        InvalidPolicyError: The terms contradict each other, or the expiry of a row is not valid; then with ``index``.
        SigningError: The signer returned no signature.
        CloudFrontSignerError: The signed URLs have more than 2 GiB, too much for an Array of ``string``.
        TypeError: An argument has the wrong type, or the column holds something else than strings.

    Examples:
        >>> import pyarrow
        >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
        >>> from cloudfront_signer.arrow import sign_array
        >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
        >>> grant = signer.grant("https://media.example.com/*", expires=2000000000)
        >>> urls = pyarrow.array(["https://media.example.com/1.ts", "https://else.example/1.ts"])
        >>> sign_array(grant, urls, errors="null").null_count
        1

    See https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
    """
    try:
        return sign_part(signer, urls, errors=errors, expires=expires, **terms)
    except CloudFrontSignerError as error:
        if error.index is None:
            raise
        named = type(error)(f"row {error.index}, counted from 0: {error}")
        named.index = error.index
        raise named from None


def sign_part(signer: CloudFrontSigner | Grant, urls: Any, *, errors: str, expires: Any = None, **terms: Any) -> Any:
    """The same for rows whose number the caller names: a message has none, the attribute ``index`` counts them."""
    if errors not in ("raise", "null"):
        raise ValueError(f'errors: expected "raise" or "null", found {excerpt(str(errors))}')
    column = _column("urls", urls)
    own = _expiries(expires, len(column)) if _is_column(expires) else None
    native = ColumnSigner(signer, own_expiries=own is not None, expires=None if own is not None else expires, **terms)
    return _signed(urls, column, _Work(native, errors == "null", own))


def _signed(urls: Any, column: Any, work: "_Work") -> Any:
    if not pa.types.is_struct(column.type):
        return _like(urls, work.sign(column))
    if column.type.num_fields != 1:
        names = ", ".join(column.type.field(place).name for place in range(column.type.num_fields))
        raise TypeError(f"urls: expected one column, found a table of {column.type.num_fields} ({names}): select one")
    return pa.table({column.type.field(0).name: work.sign(pc.struct_field(column, [0]))})


class _Work:
    """What signs the columns of one call."""

    def __init__(self, native: ColumnSigner, refused_are_null: bool, expires: Any) -> None:
        self._native, self._refused_are_null, self._expires = native, refused_are_null, expires

    def sign(self, column: Any) -> Any:
        """The signed column: an array for an array, chunks for chunks."""
        kind = column.type
        if pa.types.is_null(kind):
            return column
        if pa.types.is_dictionary(kind) and kind.value_type in _STRINGS:
            column = with_one_dictionary(column)
            if self._expires is None:
                return self._sign_dictionary(column, kind)
            column, kind = column.cast(pa.large_string()), kind.value_type
        if kind not in _STRINGS:
            raise TypeError(f"urls: expected a column of strings, found {kind}: cast it, or choose another column")
        if isinstance(column, pa.ChunkedArray):
            return pa.chunked_array(self._signed_chunks(column.chunks, kind, self._refused_are_null), type=kind)
        return self._sign_array(column, kind, self._refused_are_null)

    def _sign_array(self, array: Any, kind: Any, refused_are_null: bool) -> Any:
        size, pieces = 0, []
        for piece in self._signed_chunks([array], kind, refused_are_null):
            size += _data_size(piece)
            if kind == pa.string() and size > _LONGEST_STRINGS:
                raise _too_much("an array")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)

    def _sign_dictionary(self, column: Any, kind: Any) -> Any:
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        if not chunks:
            return pa.chunked_array([], type=kind)
        values = chunks[0].dictionary
        # A value that no row has is not signed, and cannot be refused.
        used = pc.unique(pa.chunked_array([chunk.indices for chunk in chunks])).cast(pa.int64())
        is_used = pc.is_in(pa.array(range(len(values)), pa.int64()), value_set=used)
        signed = self._sign_array(pc.if_else(is_used, values, None), pa.large_string(), refused_are_null=True)
        if kind.value_type == pa.string() and _data_size(signed) > _LONGEST_STRINGS:
            raise _too_much("a dictionary")
        is_signed, signed = signed.is_valid(), signed.cast(kind.value_type)

        def with_signed(chunk: Any) -> Any:
            # The index is null, too: a null in the dictionary alone is not one of the array.
            places = pc.if_else(is_signed.take(chunk.indices), chunk.indices, None)
            if places.type == kind.index_type:
                return pa.DictionaryArray.from_arrays(places, signed, ordered=kind.ordered)
            return with_used_values(places, signed, kind)

        result = pa.chunked_array([with_signed(chunk) for chunk in chunks], type=kind)
        if not self._refused_are_null and result.null_count > column.null_count:
            self._raise_first(column, values, pc.and_(column.is_valid(), result.is_null()))
        return result if isinstance(column, pa.ChunkedArray) else result.chunk(0)

    def _raise_first(self, column: Any, values: Any, refused: Any) -> None:
        """Raise the error of the first refused row of a dictionary."""
        row = pc.index(refused, True).as_py()
        alone = column.slice(row, 1)
        place = (alone.chunk(0) if isinstance(alone, pa.ChunkedArray) else alone).indices[0].as_py()
        try:
            self._sign_array(values.slice(place, 1), pa.large_string(), refused_are_null=False)
        except CloudFrontSignerError as error:
            error.index = row
            raise

    def _signed_chunks(self, chunks: list[Any], kind: Any, refused_are_null: bool) -> Iterator[Any]:
        """At least one array for each chunk."""
        row = 0
        for chunk in chunks:
            signed = GrowingStrings(len(chunk), _LONGEST_CHUNK)
            # Shares the data, but of views, which are cast batch by batch.
            whole = chunk.cast(pa.large_string()) if chunk.type == pa.string() else chunk
            for start in range(0, len(chunk), _BATCH):
                if signed.size > _LONGEST_CHUNK:
                    yield signed.finish(kind)
                    signed = GrowingStrings(len(chunk) - start, _LONGEST_CHUNK)
                batch = whole.slice(start, _BATCH).cast(pa.large_string())
                signed.add(len(batch), *self._sign_batch(batch, row, signed.size, refused_are_null))
                row += len(batch)
            yield signed.finish(kind)

    def _sign_batch(self, batch: Any, row: int, start: int, refused_are_null: bool) -> tuple[bytes, bytes, bytes]:
        _, offsets, data = batch.buffers()
        offsets = offsets.slice(8 * batch.offset, 8 * len(batch) + 8).to_pybytes()
        first, last = (int.from_bytes(place, sys.byteorder) for place in (offsets[:8], offsets[-8:]))
        text = data.slice(first, last - first).to_pybytes() if data else b""
        own = None if self._expires is None else self._expires.slice(row, len(batch))
        expires = (None, None) if own is None else (_values(own, 8), _validity(own))
        try:
            return self._native.sign(
                offsets, text, _validity(batch), *expires, start=start, refused_are_null=refused_are_null
            )
        except CloudFrontSignerError as error:
            if error.index is not None:
                error.index += row
            raise


def _too_much(what: str) -> CloudFrontSignerError:
    return CloudFrontSignerError(
        f"urls: the signed URLs have more than 2 GiB: cast {what} of string to large_string first"
    )


def _is_column(value: Any) -> bool:
    return any(hasattr(value, name) for name in ("__arrow_c_stream__", "__arrow_c_array__")) or _is_pandas(value)


def _is_pandas(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Series)


def _column(name: str, value: Any) -> Any:
    """The column as an Array or a ChunkedArray, without copying where that is possible."""
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value
    try:
        if hasattr(value, "__arrow_c_stream__"):
            return pa.chunked_array(value)
        if _is_pandas(value):
            # pandas 2.
            return pa.array(value, from_pandas=True)
    except pa.ArrowException:
        if not _is_pandas(value):
            raise
        # The message may show a value.
        raise TypeError(f"{name}: the Series of {value.dtype} holds values of several types: cast it") from None
    if hasattr(value, "__arrow_c_array__"):
        return pa.array(value)
    expected = "a column of pyarrow, Polars, pandas or DuckDB"
    raise TypeError(f"{name}: expected {expected}, found {type(value).__name__}: pyarrow.array makes one of a list")


def _expiries(expires: Any, rows: int) -> Any:
    """One array of seconds since 1970."""
    column = _column("expires", expires)
    kind = column.type
    if len(column) != rows:
        raise InvalidPolicyError(f"expires: expected an expiry for each of the {rows} URLs, found {len(column)}")
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            raise InvalidPolicyError(
                "expires: timestamps without a time zone, which may be hours off: pyarrow.compute.assume_timezone, "
                "dt.tz_localize of pandas or dt.replace_time_zone of Polars sets it"
            )
        # A fraction of a second is dropped.
        column = column.cast(pa.timestamp("s", kind.tz), safe=False)
    elif not pa.types.is_integer(kind) and not pa.types.is_null(kind):
        raise TypeError(
            f"expires: expected integers (seconds since 1970) or timestamps with a time zone, found {kind}: cast it"
        )
    if kind == pa.uint64():
        # What int64 cannot hold is past the year 5000, too: an error of its row, not of the column.
        column = pc.min_element_wise(column, pa.scalar(_LATEST, pa.uint64()), skip_nulls=False)
    seconds = column.cast(pa.int64())
    return seconds.combine_chunks() if isinstance(seconds, pa.ChunkedArray) else seconds


def _data_size(strings: Any) -> int:
    """In bytes; not of string views."""
    return sum(buffer.size for buffer in strings.buffers()[2:] if buffer)


def _validity(array: Any) -> bytes | None:
    return _values(array.is_valid().cast(pa.uint8()), 1) if array.null_count else None


def _values(array: Any, width: int) -> bytes:
    values: bytes = array.buffers()[1].slice(width * array.offset, width * len(array)).to_pybytes()
    return values


def _like(given: Any, signed: Any) -> Any:
    """The signed column as the library of the given one has it."""
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(given, polars.Series):
        return polars.from_arrow(signed).rename(given.name)
    if not _is_pandas(given):
        return signed
    if pa.types.is_dictionary(signed.type):
        values, dtype = with_distinct_values(signed).to_pandas().array, None
    elif hasattr(given.dtype, "__from_arrow__"):
        values, dtype = given.dtype.__from_arrow__(signed), given.dtype
    else:
        values, dtype = signed.to_numpy(zero_copy_only=False), given.dtype
    return type(given)(values, index=given.index, name=given.name, dtype=dtype, copy=False)
