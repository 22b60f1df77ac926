"""What a key source and a key ring add to a signature when they are warm, in microseconds.

    python benches/keys.py

The signature itself is a remembered one (`align`), so that little else is measured. All ways are timed in turns, since
machines are shared and noisy; the median of the turns' differences counts. `maturin develop --release` comes first.
"""

from collections.abc import Callable
from statistics import median
from timeit import timeit

from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer.keys import KeyRing, KeySource

URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4"
EXPIRES = 2_000_000_000
TURNS, CALLS = 1000, 100


def ways() -> dict[str, CloudFrontSigner]:
    """Signers with the same key; the first one is the measure."""
    key = PrivateKey.generate("ecdsa-p256")
    source = KeySource(lambda: key, name="a key", lifetime=3600)
    return {
        "PrivateKey": CloudFrontSigner("K1", key),
        "KeySource": source.signer("K1"),
        "KeyRing": KeyRing(("K1", key), ("K2", key), switch_at=EXPIRES).signer(),
        "KeyRing of sources": KeyRing(("K1", source), ("K2", source), switch_at=EXPIRES).signer(),
    }


def call(signer: CloudFrontSigner) -> Callable[[], str]:
    """One signature."""
    return lambda: signer.sign_url(URL, expires=EXPIRES, align=3600)


def measure() -> dict[str, tuple[float, float]]:
    """Median microseconds of a call, and of what it takes more than the first way in the same turn."""
    calls = {name: call(signer) for name, signer in ways().items()}
    turns = [{name: timeit(one, number=CALLS) / CALLS * 1e6 for name, one in calls.items()} for _ in range(TURNS)]
    first = next(iter(calls))
    return {
        name: (median(turn[name] for turn in turns), median(turn[name] - turn[first] for turn in turns))
        for name in calls
    }


def main() -> None:
    """Print a table."""
    print(f"{'signer':<20}{'µs':>8}{'added µs':>12}")
    for name, (whole, added) in measure().items():
        print(f"{name:<20}{whole:>8.2f}{added:>12.2f}")


if __name__ == "__main__":
    main()
