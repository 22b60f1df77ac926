"""A column is signed within twice the memory of the result, and what other libraries export is released."""

import gc
import subprocess
import sys

import pyarrow as pa
import pytest

from cloudfront_signer.arrow import sign_array

END = 2_000_000_000
URLS = [f"https://media.example.com/{number}.ts" for number in range(1_000)]

# The peak of a process that signs, without what it had before.
MEMORY = """
import sys
import pandas, polars, pyarrow
from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer.arrow import sign_array

def peak():
    # Not ru_maxrss: that of a child begins with what its parent held.
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))

kind, rows = sys.argv[1], 220_000
urls = pyarrow.array([f"https://media.example.com/{number}.ts" for number in range(rows)])
urls = {
    "string": lambda: urls, "string_view": lambda: urls.cast(pyarrow.string_view()),
    "dictionary": lambda: urls.dictionary_encode(), "polars": lambda: polars.Series("url", urls),
    "pandas": lambda: pandas.Series(urls.to_pandas(), name="url"),
}[kind]()
grant = CloudFrontSigner("K1", PrivateKey.generate()).grant("https://media.example.com/*", expires=2000000000)
sign_array(grant, urls[:10])
before = peak()
signed = sign_array(grant, urls)
print(peak() - before, rows * len(signed[1] if kind in ("polars", "pandas") else signed[1].as_py()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of a process in /proc")
@pytest.mark.parametrize("kind", ["string", "string_view", "dictionary", "polars", "pandas"])
def test_memory_stays_within_twice_the_result(kind):
    done = subprocess.run([sys.executable, "-c", MEMORY, kind], capture_output=True, text=True, check=True)
    used, result = map(int, done.stdout.split())
    assert result > 100_000_000
    assert used < 2 * result, f"{used / result:.2f} times the result"


class Exported:
    """A column of an unknown library, as an array or as a stream of chunks."""

    def __init__(self, *, array=None, stream=None):
        if array:
            self.__arrow_c_array__ = array
        if stream:
            self.__arrow_c_stream__ = stream


@pytest.fixture
def nothing_stays_allocated():
    gc.collect()
    before = pa.total_allocated_bytes()
    yield
    gc.collect()
    assert pa.total_allocated_bytes() == before


@pytest.mark.usefixtures("nothing_stays_allocated")
def test_what_was_exported_is_released(signer):
    array = pa.array(URLS)
    for column in (
        Exported(array=array.__arrow_c_array__),
        Exported(stream=pa.chunked_array([array, array]).__arrow_c_stream__),
    ):
        assert set(sign_array(signer.grant("https://*", expires=END), column).to_pylist()).isdisjoint([None, *URLS])


def out_of_order(requested_schema=None):
    raise RuntimeError("out of order")


def broken_stream(requested_schema=None):
    """It ends with an error after the first chunk."""

    def batches():
        yield pa.record_batch({"url": URLS})
        out_of_order()

    reader = pa.RecordBatchReader.from_batches(pa.schema({"url": pa.string()}), batches())
    return reader.__arrow_c_stream__()


@pytest.mark.usefixtures("nothing_stays_allocated")
@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (Exported(array=out_of_order), RuntimeError, "^out of order$"),
        (Exported(stream=out_of_order), RuntimeError, "^out of order$"),
        (Exported(stream=broken_stream), pa.ArrowInvalid, "out of order"),
    ],
    ids=["array", "stream", "chunk"],
)
def test_a_producer_that_fails(signer, column, error, message):
    with pytest.raises(error, match=message):
        sign_array(signer, column, expires=END)
    with pytest.raises(error, match=message):
        sign_array(signer, pa.array(URLS), expires=column)


@pytest.mark.usefixtures("nothing_stays_allocated")
def test_a_refused_column_is_released(signer):
    numbers = pa.chunked_array([range(1_000)])
    with pytest.raises(TypeError, match="expected a column of strings"):
        sign_array(signer, Exported(stream=numbers.__arrow_c_stream__), expires=END)


@pytest.mark.usefixtures("nothing_stays_allocated")
def test_a_stream_is_read_once(signer):
    capsule = pa.chunked_array([URLS[:2]]).__arrow_c_stream__()
    column = Exported(stream=lambda requested_schema=None: capsule)
    assert len(sign_array(signer, column, expires=END)) == 2
    with pytest.raises(pa.ArrowInvalid, match="released"):
        sign_array(signer, column, expires=END)
