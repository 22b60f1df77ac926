"""Columns of dictionaries: what they need so that each value is signed once, and so that each library takes them."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def with_one_dictionary(column: Any) -> Any:
    """The same column with one dictionary for all chunks, of large strings that are not null.

    The indices are int64 if their type cannot count the values of all chunks together.
    """
    index_type = column.type.index_type
    if not isinstance(column, pa.ChunkedArray):
        return _of_large_strings(column, index_type)
    try:
        return _unified(column, index_type)
    except pa.ArrowInvalid:
        return _unified(column, pa.int64())


def _unified(column: Any, index_type: Any) -> Any:
    chunks = [_of_large_strings(chunk, index_type) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=pa.dictionary(index_type, pa.large_string())).unify_dictionaries()


def _of_large_strings(array: Any, index_type: Any) -> Any:
    places, values = array.indices, array.dictionary.cast(pa.large_string())
    if values.null_count:
        # A row whose value is null has no index from here on, so that no row has the empty string.
        places, values = pc.if_else(values.is_valid().take(places), places, None), values.fill_null("")
    return pa.DictionaryArray.from_arrays(places.cast(index_type), values)


def with_used_values(places: Any, values: Any, kind: Any) -> Any:
    """An array of this type of dictionary, without the values that no row has. Their order is kept."""
    used = pc.unique(places.drop_null()).sort()
    places = pc.index_in(places, value_set=used).cast(kind.index_type)
    return pa.DictionaryArray.from_arrays(places, values.take(used), ordered=kind.ordered)


def with_distinct_values(column: Any) -> Any:
    """The same column with a dictionary that has no null, and no value twice: pandas requires that."""
    one = with_one_dictionary(column)
    chunks = one.chunks if isinstance(one, pa.ChunkedArray) else [one]
    if not chunks:
        return column
    encoded = chunks[0].dictionary.dictionary_encode()
    places = pa.chunked_array([encoded.indices.take(chunk.indices) for chunk in chunks]).combine_chunks()
    kind = pa.dictionary(pa.int32(), pa.large_string(), ordered=column.type.ordered)
    return with_used_values(places, encoded.dictionary, kind)
