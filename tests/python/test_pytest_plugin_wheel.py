"""The pytest plugin, from a wheel, where nothing but pytest is installed."""

import subprocess

import pytest

from support.wheels import bare_environment

# One worker: a wheel that has to be built is built once.
pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return bare_environment(tmp_path_factory.mktemp("bare"), "pytest", "pluggy", "iniconfig", "packaging", "pygments")


@pytest.fixture
def run(python, tmp_path):
    """Runs a test file with pytest, as it is installed."""

    def run(text):
        (tmp_path / "test_it.py").write_text(text)
        command = [python, "-I", "-m", "pytest", "-W", "error", "test_it.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_a_run_that_does_not_use_it(run):
    done = run("def test_it(): assert 1 + 1 == 2\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "plugins: cloudfront-signer-" in done.stdout


def test_a_program_that_imports_the_package_and_runs_pytest(python, tmp_path):
    """pytest rewrites the assertions of plugins, and warns of those that were imported before."""
    (tmp_path / "test_it.py").write_text("def test_it(): assert 1 + 1 == 2\n")
    program = "import sys, cloudfront_signer, pytest; sys.exit(pytest.main(['-W', 'error', 'test_it.py']))"
    command = [python, "-I", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 passed in" in done.stdout


def test_the_key(run):
    done = run("def test_it(cloudfront_signer_key): assert cloudfront_signer_key.kind == 'ecdsa-p256'\n")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_extra_is_named(run):
    done = run("def test_it(cloudfront_edge): cloudfront_edge('.')\n")
    assert done.returncode == 1
    line = "cloudfront_edge needs an extra (starlette is missing): pip install 'cloudfront-signer[edge]'"
    assert line in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("name", ["flask", "starlette"])
def test_a_module_names_its_extra(python, name):
    command = [python, "-I", "-c", f"import cloudfront_signer.{name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    module = f"cloudfront_signer.{name}"
    assert done.stderr.splitlines()[-1] == (
        f"ModuleNotFoundError: {module} needs an extra ({name} is missing): pip install 'cloudfront-signer[{name}]'"
    )
