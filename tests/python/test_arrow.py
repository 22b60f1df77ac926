"""Columns: every kind of column comes back signed, row by row what `sign_url` makes, and a refused row is named."""

import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import duckdb
import hypothesis
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import strategies as st

from cloudfront_signer import (
    CloudFrontSigner,
    CloudFrontSignerError,
    ExpiredWarning,
    InvalidPolicyError,
    InvalidUrlError,
    SigningError,
    arrow,
)
from cloudfront_signer._native import ColumnSigner
from cloudfront_signer.arrow import sign_array

END = 2_000_000_000
SITE = "https://media.example.com"
URLS = [f"{SITE}/1.ts", None, f"{SITE}/zwölf.ts", f"{SITE}/1.ts", f"{SITE}/{'long' * 20}.ts?a=b"]
STRINGS = [pa.string(), pa.large_string(), pa.string_view()]
DICTIONARIES = [pa.dictionary(index, values) for index in (pa.int8(), pa.uint32()) for values in STRINGS]


def column(urls, kind):
    if not pa.types.is_dictionary(kind):
        return pa.array(urls, kind)
    values = sorted({url for url in urls if url})
    places = [None if url is None else values.index(url) for url in urls]
    return pa.DictionaryArray.from_arrays(pa.array(places, kind.index_type), pa.array(values, kind.value_type))


@pytest.fixture(scope="module")
def signed(signer):
    """The rows as `sign_url` signs them: RSA signatures of equal policies are equal."""
    return [url and signer.sign_url(url, expires=END) for url in URLS]


@pytest.fixture(scope="module")
def grant(signer):
    return signer.grant(f"{SITE}/*", expires=END)


@pytest.mark.parametrize("kind", STRINGS + DICTIONARIES, ids=str)
def test_every_type_of_strings(signer, signed, grant, kind):
    array = column(URLS, kind)
    for part, expected in [(array, signed), (array.slice(1, 3), signed[1:4]), (array.slice(2, 0), [])]:
        result = sign_array(signer, part, expires=END)
        result.validate(full=True)
        assert (type(result), result.type, result.to_pylist()) == (type(part), kind, expected)
        assert sign_array(grant, part).to_pylist() == [url and grant.url(url) for url in part.to_pylist()]
    chunks = pa.chunked_array([array, array.slice(3), array.slice(0, 0), column([f"{SITE}/else"], kind)])
    result = sign_array(signer, chunks, expires=END)
    result.validate(full=True)
    expected = [*signed, *signed[3:], signer.sign_url(f"{SITE}/else", expires=END)]
    assert (result.type, result.num_chunks, result.to_pylist()) == (kind, chunks.num_chunks, expected)
    empty = sign_array(signer, pa.chunked_array([], kind), expires=END)
    assert (empty.type, len(empty)) == (kind, 0)
    nulls = sign_array(signer, column([None] * 3, kind), expires=END)
    assert (nulls.type, nulls.to_pylist()) == (kind, [None] * 3)


@hypothesis.given(st.lists(st.one_of(st.none(), st.text(max_size=9).map(lambda name: f"{SITE}/{name}"))), st.data())
def test_any_rows_in_any_slices(grant, urls, data):
    array = pa.array(urls, data.draw(st.sampled_from(STRINGS)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(urls)), max_size=3)))
    spans = zip([0, *cuts], [*cuts, len(urls)], strict=True)
    result = sign_array(grant, pa.chunked_array([array.slice(a, b - a) for a, b in spans]), errors="null")
    result.validate(full=True)
    for url, row in zip(urls, result.to_pylist(), strict=True):
        try:
            assert row == (url and grant.url(url))
        except CloudFrontSignerError:
            assert row is None


def test_a_column_longer_than_a_batch(grant, monkeypatch):
    """Also one whose pieces are joined."""
    urls = [None if number % 7 == 0 else f"{SITE}/{number}" for number in range(17_001)]
    expected = [url and grant.url(url) for url in urls]
    for _ in range(2):
        for kind in STRINGS:
            assert sign_array(grant, pa.array(urls, kind).slice(3)).to_pylist() == expected[3:]
            chunks = sign_array(grant, pa.chunked_array([pa.array(urls, kind)]))
            assert chunks.to_pylist() == expected
        monkeypatch.setattr(arrow, "_LONGEST_CHUNK", 1_000)
    assert chunks.num_chunks == 3


def test_a_type_without_any_value(signer):
    assert sign_array(signer, pa.nulls(3), expires=END).to_pylist() == [None] * 3
    assert sign_array(signer, pl.Series("n", [None, None]), expires=END).to_list() == [None, None]
    assert sign_array(signer, pd.Series([None, None], dtype=object), expires=END).isna().all()


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical], ids=str)
def test_polars(signer, signed, dtype):
    result = sign_array(signer, pl.Series("url", URLS, dtype=dtype), expires=END)
    assert isinstance(result, pl.Series)
    assert (result.name, result.dtype, result.to_list()) == ("url", dtype, signed)
    assert sign_array(signer, pl.Series("url", URLS, dtype=dtype).slice(2), expires=END).to_list() == signed[2:]


@pytest.mark.parametrize(
    "dtype", ["str", "object", "category", "string[pyarrow]", pd.ArrowDtype(pa.string_view())], ids=str
)
def test_pandas(signer, signed, dtype):
    index = pd.Index(list("vwxyz"), name="row")
    result = sign_array(signer, pd.Series(URLS, index, dtype, "url"), expires=END)
    assert isinstance(result, pd.Series)
    assert (result.name, result.index.name, list(result.index)) == ("url", "row", list("vwxyz"))
    assert result.dtype == (dtype if dtype != "category" else result.dtype)
    assert isinstance(result.dtype, pd.CategoricalDtype) == (dtype == "category")
    assert [None if pd.isna(row) else row for row in result] == signed


def test_two_spellings_of_a_url_are_one_category(signer):
    urls = pd.Series([f"{SITE}/a b", f"{SITE}/a%20b"], dtype="category")
    result = sign_array(signer, urls, expires=END)
    assert len(result.cat.categories) == 1
    assert result[0] == result[1]


def test_duckdb(signer, signed):
    connection = duckdb.connect()
    connection.execute("CREATE TABLE videos AS SELECT 1 AS id, 'https://media.example.com/1.ts' AS url")
    result = sign_array(signer, connection.sql("SELECT url FROM videos"), expires=END)
    assert result["url"].to_pylist() == [signed[0]]
    assert connection.sql("SELECT url FROM result").fetchall() == [(signed[0],)]
    with pytest.raises(TypeError, match=r"expected one column, found a table of 2 \(id, url\): select one"):
        sign_array(signer, connection.sql("SELECT * FROM videos"), expires=END)


class Capsule:
    """A column of an unknown library."""

    def __init__(self, array):
        self.__arrow_c_array__ = array.__arrow_c_array__


def test_any_object_with_the_capsule_methods(signer, signed):
    result = sign_array(signer, Capsule(pa.array(URLS)), expires=END)
    assert isinstance(result, pa.Array)
    assert result.to_pylist() == signed


@pytest.mark.parametrize(
    "kind",
    [pa.int64(), pa.int32(), pa.uint32(), pa.timestamp("s", "UTC"), pa.timestamp("us", "Europe/Berlin")],
    ids=str,
)
def test_an_expiry_for_each_row(signer, kind):
    ends = [END, END + 1, END, END, END + 2]
    column = pa.array(ends, pa.int64()).cast(kind if pa.types.is_integer(kind) else pa.timestamp("s")).cast(kind)
    expected = [url and signer.sign_url(url, expires=end) for url, end in zip(URLS, ends, strict=True)]
    for expires in (column, pa.chunked_array([column.slice(0, 2), column.slice(2)]), Capsule(column)):
        for urls in (pa.array(URLS), pa.array(URLS).dictionary_encode()):
            result = sign_array(signer, urls, expires=expires)
            assert (result.type, result.to_pylist()) == (pa.string(), expected)
    assert sign_array(signer, pa.array(URLS[2:]), expires=column.slice(2)).to_pylist() == expected[2:]


def test_an_expiry_for_each_row_of_a_series(signer):
    urls, when = [f"{SITE}/1", f"{SITE}/2"], datetime(2033, 5, 18, 3, 33, 20, 999_999, UTC)
    expected = [signer.sign_url(url, expires=END) for url in urls]
    frame = pl.DataFrame({"url": urls, "until": [when, when]})
    assert sign_array(signer, frame["url"], expires=frame["until"]).to_list() == expected
    assert sign_array(signer, pd.Series(urls), expires=pd.Series([when, when])).to_list() == expected


def test_an_expiry_for_each_row_goes_with_other_terms(signer):
    ends = pa.array([END, END + 1])
    urls = pa.array([f"{SITE}/1", f"{SITE}/2"])
    terms = {"resource": f"{SITE}/*", "ip_address": "192.0.2.0/24", "not_before": 1_900_000_000, "align": 3600}
    result = sign_array(signer, urls, expires=ends, **terms).to_pylist()
    assert result == signer.sign_urls(urls.to_pylist(), expires=END, **terms)
    aligned = CloudFrontSigner("K2JCJMDEHXQW5F", signer.rsa_signer, align=timedelta(hours=1), expires=END)
    assert sign_array(aligned, urls, expires=ends).to_pylist() == aligned.sign_urls(urls.to_pylist())
    assert sign_array(aligned, urls).to_pylist() == aligned.sign_urls(urls.to_pylist()), "the signer's own expiry"


REFUSED_EXPIRIES = {
    "null": (None, "neither was given"),
    "a span": (3_600, "is before 2001"),
    "milliseconds": (END * 1_000, "in milliseconds"),
    "negative": (-5, "before 1970"),
    "before the start": (1_800_000_000, "must be before the end"),
}


@pytest.mark.parametrize("case", REFUSED_EXPIRIES)
def test_a_refused_expiry_is_the_error_of_its_row(signer, case):
    end, message = REFUSED_EXPIRIES[case]
    urls, ends = pa.array([f"{SITE}/1", None, f"{SITE}/2"]), pa.array([END, None, end])
    with pytest.raises(InvalidPolicyError, match=f"^row 2, counted from 0: .*{message}") as caught:
        sign_array(signer, urls, expires=ends, not_before=1_900_000_000)
    assert caught.value.index == 2
    result = sign_array(signer, urls, expires=ends, not_before=1_900_000_000, errors="null")
    assert [row is None for row in result.to_pylist()] == [False, True, True]


def test_an_expiry_that_int64_cannot_hold_is_the_error_of_its_row(signer):
    urls, ends = pa.array([f"{SITE}/1", f"{SITE}/2", f"{SITE}/3"]), pa.array([END, None, 2**64 - 1], pa.uint64())
    with pytest.raises(InvalidPolicyError, match=r"^row 1, counted from 0: time .* is past the year 5000"):
        sign_array(signer, urls.take([0, 2]), expires=ends.take([0, 2]))
    result = sign_array(signer, urls, expires=ends, errors="null").to_pylist()
    assert result == [signer.sign_url(f"{SITE}/1", expires=END), None, None]


def test_a_row_that_expired_warns(signer):
    with pytest.warns(ExpiredWarning, match="2017-07-14") as warned:
        sign_array(signer, pa.array([f"{SITE}/1", f"{SITE}/2"]), expires=pa.array([END, 1_500_000_000]))
    assert warned[0].filename == __file__


@pytest.mark.parametrize("kind", [*STRINGS, DICTIONARIES[0]], ids=str)
@pytest.mark.parametrize("place", [2, 20_000])
def test_a_refused_row_is_named(signer, grant, kind, place):
    """Its number is that of the whole column, also where an earlier chunk or a dictionary is in between."""
    urls = [None, f"{SITE}/ok"] * (place // 2) + ["relative", f"{SITE}/ok", "/also"]
    array = column(urls, kind)
    for rows in (array, pa.chunked_array([array.slice(0, place - 1), array.slice(place - 1)])):
        for who, terms in ((grant, {}), (signer, {"expires": END, "resource": f"{SITE}/*"})):
            with pytest.raises(InvalidUrlError, match=f'^row {place}, counted from 0: URL "relative"') as caught:
                sign_array(who, rows, **terms)
            assert caught.value.index == place
            result = sign_array(who, rows, errors="null", **terms)
            result.validate(full=True)
            assert result.null_count == place // 2 + 2
            assert [at for at, row in enumerate(result.to_pylist()) if row is None and urls[at]] == [place, place + 2]


def test_why_rows_were_refused(signer):
    """As the documentation says."""
    urls = pa.array([f"{SITE}/1", "relative", None])
    result = sign_array(signer, urls, expires=END, errors="null")
    refused = urls.filter(pc.and_(urls.is_valid(), result.is_null()))
    with pytest.raises(InvalidUrlError, match="is relative"):
        sign_array(signer, refused, expires=END)


def test_a_span_ends_at_one_time_in_all_rows(signer, monkeypatch):
    monkeypatch.setattr(arrow, "_BATCH", 8)
    ticks = []
    signer = CloudFrontSigner("K1", lambda message: ticks.append(threading.Event().wait(0.02)) or b"signature")
    urls = sign_array(signer, pa.array([f"{SITE}/{number}" for number in range(80)]), expires=timedelta(hours=1))
    assert len(ticks) == 80
    assert len({url.split("Expires=")[1] for url in urls.to_pylist()}) == 1


REFUSED_COLUMNS = {
    "numbers": (pa.array([1]), "expected a column of strings, found int64: cast it, or choose another column"),
    "bytes": (pa.array([b"a"]), "expected a column of strings, found binary"),
    "a dictionary of numbers": (
        pa.array([1]).dictionary_encode(),
        "expected a column of strings, found dictionary<values=int64",
    ),
    "a list": ([f"{SITE}/1"], "DuckDB, found list: pyarrow.array makes one of a list"),
    "text": (f"{SITE}/1", "found str"),
    "several types": (pd.Series(["a", 5], dtype=object), "the Series of object holds values of several types: cast it"),
    "numbers of pandas": (pd.Series([1.5]), "found double"),
    "numbers of polars": (pl.Series([True]), "found bool"),
}


@pytest.mark.parametrize("case", REFUSED_COLUMNS)
def test_other_columns_are_refused(signer, case):
    given, message = REFUSED_COLUMNS[case]
    with pytest.raises(TypeError) as caught:
        sign_array(signer, given, expires=END)
    assert str(caught.value).startswith("urls: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1.5]),
        pa.array([float("nan")]),
        pa.array([date(2033, 1, 1)]),
        pl.Series([timedelta(hours=1)]),
        pd.Series([END, None]).head(1),
        pa.array(["2033-01-01T00:00:00Z"]),
        pa.array([True]),
    ],
    ids=lambda column: str(getattr(column, "type", getattr(column, "dtype", None))),
)
def test_expiries_of_other_types_are_refused(signer, column):
    with pytest.raises(TypeError, match=r"^expires: expected integers .*, found [\w\[\]]+: cast it$"):
        sign_array(signer, pa.array([f"{SITE}/1"]), expires=column)


def test_other_expiries_are_refused(signer):
    urls = pa.array([f"{SITE}/1"])
    with pytest.raises(InvalidPolicyError, match="timestamps without a time zone, which may be hours off"):
        sign_array(signer, urls, expires=pa.array([datetime(2033, 1, 1)]))
    with pytest.raises(InvalidPolicyError, match="expected an expiry for each of the 1 URLs, found 2"):
        sign_array(signer, urls, expires=pa.array([END, END]))
    with pytest.raises(InvalidPolicyError, match="give either an expiry or a policy: both were given"):
        sign_array(signer, urls, expires=pa.array([END]), policy={"Statement": []})
    with pytest.raises(InvalidPolicyError, match="give either an expiry or a policy: neither was given"):
        sign_array(signer, urls)
    with pytest.raises(ValueError, match='errors: expected "raise" or "null", found ignore'):
        sign_array(signer, urls, expires=END, errors="ignore")


def test_who_signs(signer, grant):
    urls = pa.array([f"{SITE}/1"])
    for expires in (END, pa.array([END])):
        with pytest.raises(TypeError, match="a Grant has its own terms: leave out expires"):
            sign_array(grant, urls, expires=expires)
    with pytest.raises(TypeError, match="signer: expected a CloudFrontSigner or a Grant, found PrivateKey"):
        sign_array(signer.rsa_signer, urls, expires=END)
    with pytest.raises(InvalidPolicyError, match="row 0, counted from 0: the policy covers"):
        sign_array(grant, pa.array(["https://else.example/"]))


def test_the_error_of_a_callable_is_its_own():
    def out_of_order(message):
        raise RuntimeError("out of order")

    with pytest.raises(RuntimeError, match=r"^out of order$"):
        sign_array(CloudFrontSigner("K1", out_of_order), pa.array([f"{SITE}/1"]), expires=END, errors="null")
    with pytest.raises(SigningError, match=r"^the signer returned no signature"):
        sign_array(CloudFrontSigner("K1", lambda message: b""), pa.array([f"{SITE}/1"]), expires=END)


def test_more_than_an_array_of_strings_holds(grant, monkeypatch):
    monkeypatch.setattr(arrow, "_LONGEST_STRINGS", 10_000)
    urls = [f"{SITE}/{number}" for number in range(100)]
    for array in (pa.array(urls), pa.array(urls).dictionary_encode()):
        with pytest.raises(CloudFrontSignerError, match=r"more than 2 GiB: cast an? .* of string to large_string"):
            sign_array(grant, array)
    for fitting in (pa.array(urls, pa.large_string()), pa.array(urls, pa.string_view()), pa.chunked_array([urls])):
        assert len(sign_array(grant, fitting)) == 100


def test_damaged_buffers_are_refused(grant):
    """Those of another library are not checked by pyarrow."""
    native = ColumnSigner(grant)
    with pytest.raises(ValueError, match="an offset is outside of the data"):
        native.sign(b"".join(place.to_bytes(8, sys.byteorder) for place in (0, 9)), b"short", None)
    with pytest.raises(ValueError, match="an offset is less than the one before it"):
        native.sign(b"".join(place.to_bytes(8, sys.byteorder) for place in (0, 3, 2)), b"short", None)
    with pytest.raises(ValueError, match="expected a byte of validity for each row"):
        native.sign(bytes(16), b"", b"\1\1")
    with pytest.raises(ValueError, match="expires: expected with own_expiries, and only then"):
        native.sign(bytes(16), b"", None, bytes(8))
    array = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(bytes(4) + b"\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
    )
    with pytest.raises(InvalidUrlError, match="bytes that are not UTF-8"):
        sign_array(grant, array)


def test_a_missing_package_is_named(tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('none', name='pyarrow')")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import cloudfront_signer.arrow"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.endswith("(pyarrow is missing): pip install 'cloudfront-signer[arrow]'"), done.stderr
