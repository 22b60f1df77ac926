"""Dictionaries of URLs, such as categories: each value that a row has is signed once, and nulls stay null."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cloudfront_signer import CloudFrontSigner, InvalidUrlError
from cloudfront_signer.arrow import sign_array

END = 2_000_000_000
SITE = "https://media.example.com"


def test_a_value_that_no_row_has_is_not_signed(signer):
    array = pa.DictionaryArray.from_arrays([1, None, 1], ["relative", f"{SITE}/1", "also relative"])
    expected = signer.sign_url(f"{SITE}/1", expires=END)
    result = sign_array(signer, array, expires=END)
    assert (result.indices.to_pylist(), result.to_pylist()) == ([1, None, 1], [expected, None, expected])
    frame = sign_array(signer, pd.Series(pd.Categorical.from_codes([1, -1, 1], array.dictionary)), expires=END)
    assert list(frame.cat.categories) == [expected]
    assert sign_array(signer, pl.from_arrow(array), expires=END).to_list() == [expected, None, expected]


def test_each_value_of_a_dictionary_is_signed_once():
    messages = []
    signer = CloudFrontSigner("K1", lambda message: messages.append(message) or b"signature")
    chunk = pa.array([f"{SITE}/1", f"{SITE}/2", f"{SITE}/1", None]).dictionary_encode()
    sign_array(signer, pa.chunked_array([chunk, chunk.slice(1)]), expires=END)
    assert len(messages) == 2
    sign_array(signer, pa.array([f"{SITE}/1"] * 1_000), expires=END)
    assert len(messages) == 3


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_a_null_in_a_dictionary_is_a_null(signer, kind):
    array = pa.DictionaryArray.from_arrays([0, 1, None, 2], pa.array([f"{SITE}/1", None, f"{SITE}/2"], kind))
    one, two = (signer.sign_url(f"{SITE}/{name}", expires=END) for name in "12")
    expected = [one, None, None, two]
    cases = [
        (array, expected),
        (array.slice(1, 1), [None]),
        (pa.chunked_array([array, array.slice(3)]), [*expected, two]),
    ]
    for rows, urls in cases:
        result = sign_array(signer, rows, expires=END)
        result.validate(full=True)
        assert (result.type, result.to_pylist()) == (rows.type, urls)
    refused = pa.DictionaryArray.from_arrays([1, None, 0], pa.array(["relative", None], kind))
    with pytest.raises(InvalidUrlError, match=r"^row 2, counted from 0"):
        sign_array(signer, refused, expires=END)


def test_more_values_than_an_index_counts(signer):
    """Each chunk has its own dictionary, and a dictionary may be longer than its indices reach."""
    grant, kind = signer.grant(f"{SITE}/*", expires=END), pa.dictionary(pa.int8(), pa.string(), ordered=True)
    places = pa.array([127, 0, None, 5], pa.int8())
    chunks = [
        pa.DictionaryArray.from_arrays(places, [f"{SITE}/{name}{number}" for number in range(300)], ordered=True)
        for name in "ab"
    ]
    expected = [url and grant.url(url) for chunk in chunks for url in chunk.to_pylist()]
    result = sign_array(grant, pa.chunked_array(chunks))
    result.validate(full=True)
    assert (result.type, result.num_chunks, result.to_pylist()) == (kind, 2, expected)
    assert [chunk.indices.to_pylist() for chunk in result.chunks] == [[2, 0, None, 1]] * 2, "the order is kept"
    assert sign_array(grant, chunks[0]).to_pylist() == expected[:4]
    series = pd.Series(pa.chunked_array(chunks), dtype=pd.ArrowDtype(kind))
    assert [None if pd.isna(row) else row for row in sign_array(grant, series)] == expected
