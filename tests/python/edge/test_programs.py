"""What browsers and servers the tests need is installed or missed aloud; these hold it without installing anything."""

import subprocess

import pytest

from support import programs


@pytest.fixture
def machine(monkeypatch):
    """One that has apt-get and not yet what is asked for; the commands that were run."""
    there, commands = {"apt-get"}, []

    def run(command, **_):
        commands.append(command)
        if "install" in command:
            there.add("wanted")

    monkeypatch.setattr(programs.shutil, "which", lambda name: f"/bin/{name}" if name in there else None)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(programs.os, "geteuid", lambda: 0)
    monkeypatch.setenv("CI", "")
    return there, commands


def test_root_installs(machine):
    assert programs.find("package", "wanted", "other") == "/bin/wanted"
    assert machine[1][-1][-1] == "package"


def test_what_is_there_is_not_installed(machine):
    machine[0].add("other")
    assert programs.find("package", "wanted", "other") == "/bin/other"
    assert machine[1] == []


def test_others_skip_and_ci_fails(machine, monkeypatch):
    monkeypatch.setattr(programs.os, "geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="apt-get install package"):
        programs.find("package", "wanted")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install package"):
        programs.find("package", "wanted")
    assert machine[1] == []
