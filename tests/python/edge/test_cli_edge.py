"""``cloudfront-signer edge`` as people run it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from support.edges import KEY, SIGNER, SITE
from support.programs import interruptible

COMMAND = [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer.cli", "edge"]


@pytest.fixture
def public_key(tmp_path):
    path = tmp_path / "public.pem"
    path.write_text(KEY.public_key().to_pem())
    return path


@contextlib.contextmanager
def started(*arguments):
    """The address that the command prints, once it is ready; then what it wrote to standard error."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_ctrl_c_in_the_middle_of_downloads(folder, origin):
    """A paused video, and an origin that has not answered yet: both end, and nobody reads a traceback."""
    with (folder / "large.bin").open("wb") as file:
        file.truncate(1 << 40)
    config = folder.parent / "edge.toml"
    remote = f"http://127.0.0.1:{origin.server_address[1]}"
    config.write_text(
        f"[[behaviors]]\npath = '/slow'\norigin = '{remote}'\n"
        f"[[behaviors]]\npath = '/endless'\norigin = '{remote}'\n"
        f"[[behaviors]]\norigin = '{folder}'\n"
    )
    with started("--config", config, "--port", 0) as (process, address), contextlib.ExitStack() as viewers:
        client = viewers.enter_context(httpx.Client(trust_env=False, timeout=60))
        # Kept, since an iterator that nobody has any more ends its download.
        paused = []
        for path in ("/large.bin", "/endless"):
            answer = viewers.enter_context(client.stream("GET", address + path))
            paused.append(answer.iter_raw(1 << 16))
            next(paused[-1])
        waiting = viewers.enter_context(socket.create_connection(address.removeprefix("http://").split(":")))
        waiting.sendall(b"GET /slow HTTP/1.1\r\nHost: d1.example\r\n\r\n")
        while not any(request[1] == "/slow" for request in origin.requests):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0
    told = [line for line in err.splitlines() if not line.startswith("cloudfront-signer: ")]
    assert len(told) == 3
    assert all(line.startswith("127.0.0.1 GET http://") for line in told), err


def test_nobody_reads_the_log(folder):
    with started("--origin", folder, "--port", 0) as (process, address), httpx.Client(trust_env=False) as client:
        process.stderr.close()
        for _ in range(3):
            assert client.get(f"{address}/video.mp4").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        process.stderr = None


def test_flags_reach_the_edge(folder, public_key):
    arguments = ["--origin", folder, "--public-key", f"K1={public_key}", "--as", SITE, "--port", 0, "--timeout", "2.5"]
    arguments += ["--viewer-ip", "192.0.2.1", "--cors-origin", "https://app.example", "--host", "127.0.0.1"]
    with started(*arguments) as (_, address), httpx.Client(trust_env=False) as client:
        url = SIGNER.sign_url(f"{SITE}/video.mp4", expires=time.time() + 600, ip_address="192.0.2.0/24")
        answer = client.get(address + url.removeprefix(SITE), headers={"Origin": "https://app.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


def refused(*arguments, status=1, **environment):
    environment = {**os.environ, **environment}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == status, done.stderr
    assert done.stderr.splitlines()[-1].startswith("cloudfront-signer: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_serves_until_ctrl_c(folder, public_key):
    arguments = ["--origin", folder, "--public-key", f"K1={public_key}", "--open", "/public/*", "--as", SITE]
    with started(*arguments, "--port", 0, "--log", "json") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        url = SIGNER.sign_url(f"{SITE}/video.mp4", expires=time.time() + 60)
        with httpx.Client(trust_env=False) as client:
            assert client.get(address + url.removeprefix(SITE)).status_code == 200
            assert client.get(f"{address}/video.mp4").status_code == 403
            assert client.get(f"{address}/public/a.txt").status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0
    assert out == "", "the address alone"
    assert "for development" in err
    assert "no signature is required" not in err
    assert '"status": 403' in err
    assert "Traceback" not in err


def test_without_a_key_it_says_that_all_is_open(folder):
    with started("--origin", folder, "--port", 0) as (process, address):
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{address}/video.mp4").status_code == 200
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert "no signature is required" in err


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_good_order(folder, tmp_path, monkeypatch, number, ignored):
    """SIGTERM as Ctrl-C, also where whoever starts the test ignores Ctrl-C; nothing is left in the temporary folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    try:
        with started("--origin", folder, "--port", 0) as (process, address):
            with httpx.Client(trust_env=False) as client:
                assert client.get(f"{address}/video.mp4").status_code == 200
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert list(temporary.iterdir()) == []


def test_a_folder_as_a_bucket(folder):
    arguments = ["--origin", folder, "--port", 0, "--list-bucket", "--allow-download-names"]
    with started(*arguments) as (_, address), httpx.Client(trust_env=False) as client:
        assert "<Code>NoSuchKey</Code>" in client.get(f"{address}/none").text
        answer = client.get(f"{address}/video.mp4?response-content-type=video/x-mine")
    assert answer.headers["content-type"] == "video/x-mine"


def test_flags_come_before_the_file(tmp_path, folder, public_key):
    path = tmp_path / "edge.toml"
    path.write_text(f"origin = 'content'\nport = 1\n[public_keys]\nK1 = '{public_key}'\n")
    with started("--config", path, "--port", 0, "--strict") as (_, address), httpx.Client(trust_env=False) as client:
        answer = client.get(f"{address}/video.mp4")
    assert answer.status_code == 403
    assert "x-signer-reason" not in answer.headers


def test_what_is_wrong_is_said_in_one_line(folder, public_key, tmp_path):
    assert "one of --origin" in refused(status=2)
    assert "one of --origin" in refused("--origin", folder, "--distribution", "E1", status=2)
    assert "--config excludes" in refused("--config", "x", "--open", "/*", status=2)
    assert "ID=FILE" in refused("--origin", folder, "--public-key", public_key)
    assert "no such file" in refused("--origin", folder, "--public-key", "K1=/none")
    assert "no such folder" in refused("--origin", tmp_path / "none")
    assert "origin '': no such folder" in refused("--origin", "")
    assert "https:// and a host" in refused("--origin", folder, "--as", "d1.example")
    assert "0 to 65535" in refused("--origin", folder, "--port", 99_999, status=2)
    assert "0 to 65535" in refused("--origin", folder, "--port", -1, status=2)
    assert "IPv4" in refused("--origin", folder, "--viewer-ip", "here")
    assert "above 0" in refused("--origin", folder, "--timeout", 0)
    assert "without a path" in refused("--origin", folder, "--cors-origin", "https://app.example/")
    assert "given twice" in refused("--origin", folder, *["--public-key", f"K1={public_key}"] * 2)
    assert "Invalid endpoint" in refused("--distribution", "E1", "--endpoint-url", "nowhere")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "--port" in refused("--origin", folder, "--port", taken.getsockname()[1])
        taken_endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1"}
    assert "E1: Could not connect" in refused("--distribution", "E1", "--endpoint-url", taken_endpoint, **keys)


@pytest.mark.parametrize(
    ("module", "extra", "flags"),
    [
        ("uvicorn", "[edge]", ["--origin", "."]),
        ("botocore", "[aws]", ["--distribution", "E1"]),
        ("botocore", "[aws]", ["--origin", "s3://b"]),
    ],
)
def test_a_missing_extra_is_named(module, extra, flags):
    code = f"import sys; sys.modules[{module!r}] = None; from cloudfront_signer.cli import run; run()"
    command = [sys.executable, "-c", code, "edge", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"pip install 'cloudfront-signer{extra}'")


def test_manifests_are_signed_on_request(folder, public_key):
    (folder / "index.m3u8").write_text("#EXTM3U\n#EXTINF:4,\n1.ts\n")
    arguments = ("--origin", folder, "--port", 0, "--public-key", f"K1={public_key}", "--sign-manifests")
    with started(*arguments) as (_, address):
        url = SIGNER.sign_url(f"{address}/index.m3u8", resource=f"{address}/*", expires=time.time() + 3_600)
        assert "\n1.ts?Policy=" in httpx.get(url, trust_env=False, timeout=30).text
