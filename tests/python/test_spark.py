"""Spark, for real: in one process, and on a cluster that loses a worker. The key is in no plan and in no log."""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pyarrow.dataset
import pyspark
import pytest
from moto import mock_aws

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, InvalidPolicyError, SigningError, spark
from cloudfront_signer.spark import sign_column

from support.keys import pem_of
from support.programs import find

HOME = Path(pyspark.__file__).parent
# One after the other: each starts virtual machines.
pytestmark = pytest.mark.xdist_group("spark")

SESSION = """
import json, os, sys, time
from datetime import timedelta
from pyspark.sql import SparkSession, functions as F
from cloudfront_signer.spark import sign_column

options = json.loads(sys.argv[1])
# Java's snappy takes itself for one on musl where musl is installed, too.
builder = SparkSession.builder.config("spark.sql.parquet.compression.codec", "gzip")
for name, value in options["configuration"].items():
    builder = builder.config(name, value)
session = builder.getOrCreate()
url = F.concat(F.lit("https://media.example.com/"), F.col("id").cast("string"))
videos = session.range(0, options["rows"], 1, options["partitions"])
videos = videos.select("id", F.when(F.col("id") % 10 != 0, url).alias("url"))
key = {"key_id": "K1", "private_key": options["key"]}
"""

LOCAL = """
def error_of(**terms):
    try:
        videos.select(sign_column("url", **{**key, "expires": 2000000000, **terms})).collect()
    except Exception as error:
        return str(error)

one_digit = "https://media.example.com/?"
columns = {
    "fixed": sign_column("url", expires=2000000000, **key),
    "span": sign_column(F.col("url"), expires=timedelta(hours=1), **key),
    "seconds": sign_column("url", expires=F.col("id") + 2000000000, **key),
    "timestamps": sign_column("url", expires=F.timestamp_seconds(F.col("id") + 2000000000), **key),
    "nulls": sign_column("url", expires=2000000000, errors="null", resource=one_digit, **key),
    "environment": sign_column("url", expires=2000000000, key_id="K1", private_key="env:SPARK_TEST_KEY"),
}
signed = videos.select(*(column.alias(name) for name, column in columns.items()))
rows = signed.collect()
found = {name: [row[name] for row in rows] for name in columns}
found["schema"] = signed.schema["fixed"].dataType.simpleString()
found["plan"] = session._jvm.PythonSQLUtils.explainString(signed._jdf.queryExecution(), "extended")
found["refused"] = error_of(resource=one_digit)
found["no key"] = error_of(private_key="env:SPARK_TEST_NONE")
session.stop()
print(json.dumps(found))
"""

# The first partitions are signed at once, the others when the gate opens: the worker is lost in between.
CLUSTER = """
import threading

@F.udf("string")
def after_the_gate(url, partition):
    while partition >= 2 and not os.path.exists(options["gate"]):
        time.sleep(0.05)
    return url

def watch():
    tracker = session.sparkContext.statusTracker()
    while True:
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(stage and stage.numCompletedTasks >= 2 and stage.numActiveTasks >= 2 for stage in stages):
            return print("half", flush=True)
        time.sleep(0.05)

threading.Thread(target=watch, daemon=True).start()
waiting = videos.select("id", "url", after_the_gate("url", F.spark_partition_id()).alias("waited"))
signed = waiting.select("id", "url", sign_column("waited", expires=2000000000, **key).alias("signed"))
signed.write.parquet(options["out"])
print("done", flush=True)
session.stop()
"""


def environment(**more):
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    network = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(HOME), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    # The virtual machines live for seconds: what they would compile for hours of work is not worth its time.
    quick = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    return os.environ | python | network | quick | more


def command(program, tmp_path, key, **options):
    configuration = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.local.dir": str(tmp_path),
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": str(tmp_path),
        "spark.eventLog.compress": "false",
        **options.pop("configuration"),
    }
    text = json.dumps({"configuration": configuration, "key": str(key), **options})
    return [sys.executable, "-W", "ignore", "-c", SESSION + program, text]


@pytest.fixture(scope="module", autouse=True)
def java():
    return find("openjdk-17-jre-headless", "java")


@pytest.fixture(scope="module")
def pem(rsa_reference):
    return pem_of(rsa_reference)


@pytest.fixture(scope="module")
def local(java, pem, tmp_path_factory):
    """What a session on two cores has found, and its event log."""
    folder = tmp_path_factory.mktemp("spark")
    key = folder / "key.pem"
    key.write_bytes(pem)
    given = {"configuration": {"spark.master": "local[2]"}, "rows": 40, "partitions": 2}
    done = subprocess.run(
        command(LOCAL, folder, key, **given),
        env=environment(SPARK_TEST_KEY=pem.decode()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5_000:]
    logs = [path.read_text() for path in folder.rglob("*") if path.is_file() and "local-" in str(path)]
    return json.loads(done.stdout.splitlines()[-1]) | {"log": "".join(logs), "output": done.stdout + done.stderr}


@pytest.fixture(scope="module")
def expected(rsa_key):
    signer = CloudFrontSigner("K1", rsa_key)

    def rows(count, end=lambda row: 2_000_000_000):
        return [
            signer.sign_url(f"https://media.example.com/{row}", expires=end(row)) if row % 10 else None
            for row in range(count)
        ]

    return rows


def test_a_column_is_signed_as_sign_url_signs(local, expected):
    assert local["schema"] == "string"
    assert local["fixed"] == expected(40)
    assert local["environment"] == expected(40)


def test_an_expiry_may_be_a_column(local, expected):
    assert local["seconds"] == expected(40, lambda row: 2_000_000_000 + row)
    assert local["timestamps"] == local["seconds"]


def test_a_span_is_the_same_for_all_rows(local):
    ends = {int(re.search(r"Expires=(\d+)", url)[1]) for url in local["span"] if url}
    assert len(ends) == 1
    # The session ran before this line.
    assert datetime(2026, 1, 1, tzinfo=UTC).timestamp() < ends.pop() < time.time() + 3_600


def test_a_refused_row_is_null_or_ends_the_query(local):
    assert [bool(url) for url in local["nulls"]] == [0 < row < 10 for row in range(40)]
    assert "InvalidPolicyError" in local["refused"]
    assert "does not cover https://media.example.com/" in local["refused"]
    assert "environment variable SPARK_TEST_NONE is not set" in local["no key"]


def test_the_key_is_in_no_plan_and_in_no_log(local, pem):
    """Where the reference is, the key would be."""
    body = b"".join(pem.splitlines()[1:-1]).decode()
    assert "ArrowEvalPython" in local["plan"]
    assert "SparkListenerSQLExecutionStart" in local["log"]
    assert "ArrowEvalPython" in local["log"]
    for text in (local["plan"], local["log"], local["output"]):
        assert not any(body[start : start + 24] in text for start in range(0, len(body) - 24, 24))
        assert "PRIVATE KEY" not in text


def test_the_key_is_not_pickled(tmp_path, pem):
    """The pickled function holds the reference."""
    from pyspark.cloudpickle import dumps

    key = tmp_path / "key.pem"
    key.write_bytes(pem)
    pickled = dumps(spark._udf("K1", spark._reference(key), None, "raise", 2_000_000_000, {}))
    assert str(key).encode() in pickled
    assert b"PRIVATE KEY" not in pickled
    for line in pem.splitlines()[1:-1]:
        assert line not in pickled


def test_a_process_reads_a_key_once(tmp_path, pem):
    key = tmp_path / "key.pem"
    key.write_bytes(pem)
    first = spark._signer("K1", str(key), None)
    key.unlink()
    assert spark._signer("K1", str(key), None) is first
    with pytest.raises(InvalidKeyError, match=r"key\.pem"):
        spark._signer("K2", str(key), None)


def test_the_key_in_the_environment_may_be_a_path(tmp_path, pem, monkeypatch):
    (tmp_path / "key.pem").write_bytes(pem)
    monkeypatch.setenv("SPARK_TEST_PATH", str(tmp_path / "key.pem"))
    assert spark._read_key("env:SPARK_TEST_PATH").kind == "rsa-2048"


@mock_aws
@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1"])
def test_the_key_may_be_a_secret(pem, monkeypatch, region):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    secrets = boto3.client("secretsmanager", region)
    arn = secrets.create_secret(Name="cloudfront", SecretString=pem.decode())["ARN"]
    assert spark._read_key(spark._reference(arn)).kind == "rsa-2048"


def test_a_key_is_refused_where_a_reference_is_expected(pem, rsa_key):
    for text in (pem.decode(), pem.decode().replace("\n", "\\n")):
        with pytest.raises(InvalidKeyError, match="this is a key, which would be in the plan") as caught:
            sign_column("url", key_id="K1", private_key=text, expires=2_000_000_000)
        assert pem.splitlines()[1].decode() not in str(caught.value)
    for key, message in ((rsa_key, "PrivateKey: a key would be in the plan"), (pem, "found bytes")):
        with pytest.raises(TypeError, match=message):
            sign_column("url", key_id="K1", private_key=key, expires=2_000_000_000)


def test_wrong_terms_are_refused_by_the_driver():
    """Before there is a session."""
    with pytest.raises(InvalidPolicyError, match="neither was given"):
        sign_column("url", key_id="K1", private_key="key.pem")
    with pytest.raises(InvalidPolicyError, match="must be before the end"):
        sign_column("url", key_id="K1", private_key="key.pem", expires=2_000_000_000, not_before=2_000_000_000)
    with pytest.raises(SigningError, match="key pair id"):
        sign_column("url", key_id="", private_key="key.pem", expires=2_000_000_000)
    with pytest.raises(InvalidPolicyError, match="is negative: expected a positive one"):
        sign_column("url", key_id="K1", private_key="key.pem", expires=timedelta(hours=-1))


def ends_with_the_tests():
    """For `Popen(preexec_fn=…)`: Linux kills the child if the test run is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(port):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)


@contextmanager
def running(folder, *arguments):
    """A part of the cluster, in a process group that ends with the block."""
    script = [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{arguments[0]}", *arguments[1:]]
    more = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_WORKER_DIR": str(folder)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            script,
            env=environment(**more),
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=ends_with_the_tests,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def cluster(folder):
    """The address of a master with two workers, and the workers."""
    port = free_port()
    with ExitStack() as parts:
        for name in ("master", "first", "second"):
            (folder / name).mkdir()
        host = ["--host", "127.0.0.1", "--webui-port", "0"]
        parts.enter_context(running(folder / "master", "master.Master", *host, "--port", str(port)))
        wait_for(port)
        address = f"spark://127.0.0.1:{port}"
        share = ["--cores", "1", "--memory", "1g"]
        workers = [
            parts.enter_context(running(folder / name, "worker.Worker", *host, *share, address))
            for name in ("first", "second")
        ]
        yield address, workers


def test_a_cluster_that_loses_a_worker_signs_every_row_once(tmp_path, pem, expected):
    key, gate, out = tmp_path / "key.pem", tmp_path / "gate", tmp_path / "signed"
    key.write_bytes(pem)
    with cluster(tmp_path) as (address, workers):
        configuration = {
            "spark.master": address,
            "spark.executor.memory": "512m",
            "spark.cores.max": "2",
            # Both workers take part from the beginning.
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "200s",
        }
        given = {"configuration": configuration, "rows": 400, "partitions": 8, "gate": str(gate), "out": str(out)}
        with (tmp_path / "errors").open("w") as errors:
            driver = subprocess.Popen(
                command(CLUSTER, tmp_path, key, **given),
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                preexec_fn=ends_with_the_tests,
            )
        try:
            assert driver.stdout.readline() == "half\n", (tmp_path / "errors").read_text()[-5_000:]
            os.killpg(workers[0].pid, signal.SIGKILL)
            gate.touch()
            assert driver.stdout.read() == "done\n", (tmp_path / "errors").read_text()[-5_000:]
            assert driver.wait() == 0
        finally:
            if driver.poll() is None:
                os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()
            driver.stdout.close()
    lost = (tmp_path / "errors").read_text()
    assert "Lost executor" in lost
    table = pyarrow.dataset.dataset(out, format="parquet").to_table().sort_by("id")
    assert table["id"].to_pylist() == list(range(400))
    assert table["signed"].to_pylist() == expected(400)
