"""`sign --column`: a Parquet file comes back with one column more, whole or not at all."""

import json
import os
import re
import signal
import subprocess
import sys

import pexpect
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cloudfront_signer import CloudFrontSigner

from support.programs import interruptible

END = 2_000_000_000


@pytest.fixture(scope="module")
def key(tmp_path_factory, rsa_key):
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    path.write_text(rsa_key.to_pem())
    return path


@pytest.fixture
def command(key, tmp_path):
    def words(*flags, column="url", to=tmp_path / "out.parquet"):
        common = ["sign", "--key-pair-id", "K1", "--private-key", str(key), "--date-less-than", str(END)]
        files = ["--urls-from", str(tmp_path / "in.parquet"), "--to", str(to)]
        return [sys.executable, "-m", "cloudfront_signer.cli", *common, *files, "--column", column, *flags]

    return words


@pytest.fixture
def sign(command, tmp_path):
    """Sign a table's column: the table that is written, and the lines on standard error."""

    def run(table, *flags, status=0, column="url", **options):
        pq.write_table(table, tmp_path / "in.parquet", **options)
        done = subprocess.run(command(*flags, column=column), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        out = tmp_path / "out.parquet"
        assert {path.name for path in tmp_path.iterdir()} == {"in.parquet"} | (
            {"out.parquet"} if out.exists() else set()
        )
        return (pq.read_table(out) if out.exists() else None), done.stderr.splitlines()

    return run


def urls(count, bad=(), null=()):
    return [None if row in null else "bad" if row in bad else f"https://a.example/{row}" for row in range(count)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_all_columns_are_kept(sign, rsa_key, tmp_path, kind, compression):
    given = pa.table({"id": range(5), "url": pa.array(urls(5, null={2})).cast(kind), "tags": [["a"], [], None, [], []]})
    given = given.replace_schema_metadata({"owner": "somebody"})
    table, errors = sign(given, compression=compression)
    assert errors == []
    assert table.select(given.column_names) == given
    assert table.schema.metadata[b"owner"] == b"somebody"
    assert table.schema.field("signed_url").type == kind
    signer = CloudFrontSigner("K1", rsa_key)
    expected = [url and signer.sign_url(url, expires=END) for url in urls(5, null={2})]
    assert table["signed_url"].to_pylist() == expected
    written = pq.read_metadata(tmp_path / "out.parquet").row_group(0).column(0).compression
    assert written == {"zstd": "ZSTD", "none": "UNCOMPRESSED"}[compression]


def test_the_new_column_has_the_name_that_is_asked_for(sign):
    table, _ = sign(pa.table({"link": urls(1)}), "--signed-column", "href", column="link")
    assert table.column_names == ["link", "href"]


def test_a_file_of_many_batches_and_one_of_none(sign, tmp_path):
    terms = ["--policy-resource", "https://a.example/*"]
    table, _ = sign(pa.table({"url": urls(70_000)}), *terms)
    assert [url.partition("?Policy=")[0] for url in table["signed_url"].to_pylist()] == urls(70_000)
    assert pq.read_metadata(tmp_path / "out.parquet").num_row_groups == 2
    table, _ = sign(pa.table({"url": pa.array([], pa.string())}))
    assert (len(table), table.column_names) == (0, ["url", "signed_url"])


def test_a_bad_row_ends_it_and_nothing_is_written(sign):
    bad = pa.table({"url": urls(66_000, bad={65_900})})
    table, (error,) = sign(bad, "--policy-resource", "https://a.example/*", status=1)
    assert table is None
    assert error.startswith('cloudfront-signer: row 65900: URL "bad" is relative')
    assert error.endswith("; nothing is written")


def test_keep_going_leaves_bad_rows_null_and_says_why(sign):
    table, errors = sign(pa.table({"url": urls(6, bad={1, 4}, null={2})}), "--keep-going", status=1)
    assert [bool(url) for url in table["signed_url"].to_pylist()] == [True, False, False, True, False, True]
    assert [line.split(": ")[1] for line in errors[:2]] == ["row 1", "row 4"]
    assert errors[2:] == ["cloudfront-signer: URLs refused: 2, signed: 3; refused URLs are null in the file"]
    table, errors = sign(pa.table({"url": urls(3, bad={1})}), "--keep-going", "--json", status=1)
    row, end = map(json.loads, errors)
    assert (row["error"], row["row"], end["status"]) == ("InvalidUrlError", 1, 1)


@pytest.mark.parametrize(
    ("table", "column", "message"),
    [
        ({"link": urls(1)}, "url", "column url: expected one of that name, the file has: link"),
        ({"url": urls(1), "signed_url": urls(1)}, "url", "the file has a column signed_url: choose another name"),
        ({"url": [5]}, "url", "urls: expected a column of strings, found int64"),
    ],
)
def test_columns_that_cannot_be_signed(sign, table, column, message):
    written, (error,) = sign(pa.table(table), column=column, status=1)
    assert written is None
    assert message in error


def test_files_that_cannot_be_read_or_written(command, tmp_path):
    def fails(**files):
        done = subprocess.run(command(**files), capture_output=True, text=True, check=False)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        return line

    source = tmp_path / "in.parquet"
    assert fails().endswith("in.parquet: No such file or directory")
    source.write_text("url\nhttps://a.example/1\n")
    assert fails().endswith("in.parquet: no Parquet file, or damaged")
    pq.write_table(pa.table({"url": urls(9_000)}), source, compression="gzip", use_dictionary=False)
    content = bytearray(source.read_bytes())
    content[2_000:3_000] = bytes(1_000)
    source.write_bytes(content)
    assert fails().endswith("in.parquet: no Parquet file, or damaged")
    pq.write_table(pa.table({"url": urls(1)}), source)
    (tmp_path / "out.parquet").mkdir()
    assert "expected a regular file" in fails()
    assert fails(to=tmp_path / "none" / "out.parquet").endswith("none/out.parquet: No such file or directory")
    assert {path.name for path in tmp_path.iterdir()} == {"in.parquet", "out.parquet"}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--column", "url", "--urls-from", "x"], "give --column and --to together"),
        (["--to", "y", "--urls-from", "x"], "give --column and --to together"),
        (["--column", "url", "--to", "y", "--urls-from", "-"], "--column needs a Parquet file"),
        (["--column", "url", "--to", "y", "--urls-from", "x", "--url", "z"], "--column needs a Parquet file"),
    ],
)
def test_flags_that_contradict_each_other(key, flags, message):
    command = [sys.executable, "-m", "cloudfront_signer.cli", "sign", "--key-pair-id", "K1", "--private-key", key]
    command += ["--date-less-than", "1d", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr


def test_ctrl_c_leaves_what_was_there(command, tmp_path):
    """And a terminal shows the progress meanwhile."""
    pq.write_table(pa.table({"url": urls(3_000_000)}), tmp_path / "in.parquet")
    (tmp_path / "out.parquet").write_text("before")
    program, *arguments = command()
    with pexpect.spawn(program, arguments, encoding="utf-8", timeout=120, preexec_fn=interruptible) as terminal:
        terminal.expect("Signing")
        while not any(path.name.startswith(".out.parquet.") for path in tmp_path.iterdir()):
            assert terminal.isalive()
        os.kill(terminal.pid, signal.SIGINT)
        terminal.expect(pexpect.EOF)
        terminal.wait()
        assert terminal.exitstatus == 130
    assert (tmp_path / "out.parquet").read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"in.parquet", "out.parquet"}


def test_a_missing_extra_is_named(command, tmp_path):
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError('none', name='pyarrow')")
    done = subprocess.run(
        command(), capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert re.search(r"pyarrow is not installed.*pip install 'cloudfront-signer\[arrow\]'", done.stderr)
