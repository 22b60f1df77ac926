"""Columns: a million rows by `sign_array`, by botocore in `apply`, and by Spark, measured in turns on two cores."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import botocore.signers
import pandas
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer.arrow import sign_array

END = datetime(2033, 1, 1, tzinfo=UTC)
SITE = "https://d111111abcdef8.cloudfront.net/videos"
TURNS = 5
# Rows of a turn: a million in all, and 20,000 of the peer, from which its million is extrapolated.
ROWS, PEER_ROWS, RSA_ROWS = 200_000, 4_000, 10_000


def urls(rows: int) -> "pandas.Series[str]":
    """Different URLs."""
    return pandas.Series([f"{SITE}/{number}.mp4" for number in range(rows)])


def botocore_apply(sign: Callable[[bytes], bytes]) -> Callable[[], object]:
    """What people write today."""
    signer, column = botocore.signers.CloudFrontSigner("K2JCJMDEHXQW5F", sign), urls(PEER_ROWS)
    return lambda: column.apply(lambda url: signer.generate_presigned_url(url, END))


def peers(rsa_pem: str, ec_pem: str) -> dict[str, Callable[[], object]]:
    """botocore with keys of cryptography. It knows no ECDSA, but calls what it is given."""
    rsa_key: Any = serialization.load_pem_private_key(rsa_pem.encode(), None)
    ec_key: Any = serialization.load_pem_private_key(ec_pem.encode(), None)
    return {
        "RSA-2048": botocore_apply(lambda message: rsa_key.sign(message, padding.PKCS1v15(), hashes.SHA1())),
        "ECDSA": botocore_apply(lambda message: ec_key.sign(message, ec.ECDSA(hashes.SHA256()))),
    }


def columns(rsa: PrivateKey, ecdsa: PrivateKey) -> dict[str, tuple[Callable[[], object], int]]:
    """Ours, with the rows of a turn."""
    many, some = urls(ROWS), urls(RSA_ROWS)
    rsa_signer, ec_signer = (CloudFrontSigner("K2JCJMDEHXQW5F", key) for key in (rsa, ecdsa))
    grant = rsa_signer.grant(f"{SITE}/*", expires=END)
    return {
        "sign_array, RSA-2048": (lambda: sign_array(rsa_signer, some, expires=END), RSA_ROWS),
        "sign_array, ECDSA": (lambda: sign_array(ec_signer, many, expires=END), ROWS),
        "sign_array, a grant": (lambda: sign_array(grant, many), ROWS),
    }


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def spark_times(pem: str) -> tuple[float, float, float]:
    """Seconds for `ROWS` rows with an ECDSA key: in Spark's executors, in Spark unsigned, and by `sign_array`."""
    from pyspark.sql import SparkSession, functions

    from cloudfront_signer.spark import sign_column

    # Of the executors: Spark would take the first Python of the PATH.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key.pem")
        key.write_text(pem)
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.local.dir", folder).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        url = functions.concat(functions.lit(f"{SITE}/"), functions.col("id").cast("string"))
        videos = session.range(0, ROWS, 1, 4).select(url.alias("url"))
        signed = videos.select(sign_column("url", key_id="K2JCJMDEHXQW5F", private_key=key, expires=END))
        signer, column = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.from_pem(pem)), urls(ROWS)
        works = [
            lambda: signed.write.format("noop").mode("overwrite").save(),
            lambda: videos.write.format("noop").mode("overwrite").save(),
            lambda: sign_array(signer, column, expires=END),
        ]
        for work in works:
            work()
        times = [[seconds(work) for work in works] for _ in range(TURNS)]
        session.stop()
    in_spark, unsigned, plain = (median(one) for one in zip(*times, strict=True))
    return in_spark, unsigned, plain


def main() -> None:
    """Print the tables."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    rsa, ecdsa = PrivateKey.generate(), PrivateKey.generate("ecdsa-p256")
    theirs, ours = peers(rsa.to_pem(), ecdsa.to_pem()), columns(rsa, ecdsa)
    a_row: dict[str, list[float]] = {name: [] for name in (*theirs, *ours)}
    for _ in range(TURNS):
        for name, peer in theirs.items():
            a_row[name].append(seconds(peer) / PEER_ROWS)
        for name, (work, rows) in ours.items():
            a_row[name].append(seconds(work) / rows)
    print(f"{'a million rows, on two cores':<32}{'seconds':>9}{'/ botocore, RSA':>18}{'/ botocore, ECDSA':>19}")
    for name in theirs:
        print(f"{'botocore in apply, ' + name:<32}{median(a_row[name]) * 1e6:>9.1f}")
    for name in ours:
        ratios = [median(t / o for t, o in zip(a_row[peer], a_row[name], strict=True)) for peer in theirs]
        print(f"{name:<32}{median(a_row[name]) * 1e6:>9.1f}{ratios[0]:>18.1f}{ratios[1]:>19.1f}", flush=True)
    if shutil.which("java"):
        in_spark, unsigned, plain = spark_times(ecdsa.to_pem())
        print(f"Spark, local[2], {ROWS:,} rows, ECDSA: {in_spark:.1f} s, unsigned {unsigned:.1f} s; ", end="")
        print(f"sign_array {plain:.1f} s; Spark adds {(in_spark - plain) / ROWS * 1e6:.1f} µs a row")


if __name__ == "__main__":
    main()
