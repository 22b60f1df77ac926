"""A column is signed within twice the memory of the result."""

import subprocess
import sys

import pytest

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
