"""`keygen`: both files or neither, and nothing replaced that is no file."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import cloudfront_signer
from cloudfront_signer import InvalidKeyError, InvalidUrlError, PrivateKey
from cloudfront_signer._atomic_file import translated, write_together


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keygen(*arguments, status=0):
    command = [sys.executable, "-m", "cloudfront_signer.cli", "keygen", "--kind", "ecdsa-p256", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert status == 0 or done.stderr.count("\n") == 1
    return done.stderr


def content():
    return {path.name: path.read_text() for path in Path().iterdir()}


def test_names_and_modes():
    said = keygen("--out", "private_key.pem")
    assert set(content()) == {"private_key.pem", "private_key.pub.pem"}
    assert all(name in said for name in content())
    assert [stat.S_IMODE(os.stat(name).st_mode) for name in sorted(content())] == [0o600, 0o644]
    key = PrivateKey.from_file("private_key.pem")
    assert Path("private_key.pub.pem").read_text() == key.public_key().to_pem()
    before = content()
    keygen("--out", "private_key.pem", "--force")
    assert set(content()) == set(before)
    assert all(content()[name] != text for name, text in before.items())


@pytest.mark.parametrize("name", ["", "/", ".", "..", "sub", "sub/"])
def test_names_of_folders(name, folder):
    (folder / "sub").mkdir()
    assert "is a folder" in keygen("--out", name, status=1)
    assert "is a folder" in keygen("--out", name, "--force", status=1)
    assert "is a folder" in keygen("--out", "key.pem", "--public-out", name or "/", "--force", status=1)
    assert [path.name for path in folder.iterdir()] == ["sub"]


@pytest.mark.parametrize("flags", [["--out", "a", "--public-out", "pipe"], ["--out", "pipe", "--public-out", "a"]])
def test_only_regular_files_are_replaced(flags):
    """As with a device: a pipe has a name, and stays what it is."""
    os.mkfifo("pipe")
    assert "regular file" in keygen(*flags, "--force", status=1)
    assert os.listdir() == ["pipe"]
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    os.symlink("pipe", "link")
    assert "regular file" in keygen("--out", "link", "--force", status=1)
    assert sorted(os.listdir()) == ["link", "pipe"]


def test_one_file_for_both():
    assert "another file than" in keygen("--out", "key.pem", "--public-out", "./key.pem", status=1)
    assert content() == {}


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_both_or_neither(force):
    assert "No such file" in keygen("--out", "key.pem", "--public-out", "none/key.pub.pem", *force, status=1)
    assert content() == {}
    Path("key.pub.pem").write_text("theirs")
    if not force:
        assert "--force" in keygen("--out", "key.pem", status=1)
    assert content() == {"key.pub.pem": "theirs"}


@pytest.mark.parametrize("links", [True, False])
def test_what_was_there_comes_back(monkeypatch, links):
    Path("a").write_text("theirs")
    Path("b").write_text("theirs, too")
    replace = Path.replace

    def fails_for_b(self, target):
        if target.name == "b" and "new" in self.read_text():
            raise OSError(5, "Input/output error")
        return replace(self, target)

    def no_links(*_arguments, **_options):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", fails_for_b)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    for names in ("a", "b"), ("none", "b"):
        with pytest.raises(OSError, match="Input/output error: 'b'"):
            write_together([(Path(name), "new", 0o600) for name in names], replace=True)
        assert content() == {"a": "theirs", "b": "theirs, too"}


def test_what_somebody_else_makes_meanwhile_is_not_replaced():
    def files():
        yield Path("a"), "new", 0o600
        Path("b").write_text("theirs")
        yield Path("b"), "new", 0o600

    with pytest.raises(FileExistsError):
        write_together(files(), replace=False)
    assert content() == {"b": "theirs"}


def test_errors_of_the_file_system_become_the_packages_own():
    with pytest.raises(InvalidKeyError, match=r"^b: Input/output error$"), translated(InvalidKeyError):
        raise OSError(5, "Input/output error", "b")
    with (
        pytest.raises(InvalidUrlError, match=r"^a: No such file or directory; give another$"),
        translated(InvalidUrlError, Path("a"), "give another"),
    ):
        Path("none").read_text()
    pem = PrivateKey.generate("ecdsa-p256").to_pem()
    with pytest.raises(InvalidKeyError) as caught, translated(InvalidKeyError, pem):
        raise OSError(5, "Input/output error")
    assert pem.splitlines()[1] not in str(caught.value)


def test_one_file_translates_errors_of_the_file_system():
    package = Path(cloudfront_signer.__file__).parent
    files = [path for folder in ("aws", "cli", "demo") for path in (package / folder).rglob("*.py")]
    files += package.glob("*.py")
    translating = {path.relative_to(package).as_posix() for path in files if ".strerror" in path.read_text()}
    # Where a command ends: errors of the standard streams.
    assert translating == {"_atomic_file.py", "cli/main.py"}
