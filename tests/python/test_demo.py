"""The demo: every step is an event, and its video is made when it runs."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

import cloudfront_signer
from cloudfront_signer.aws.checks import Answer
from cloudfront_signer.demo import guide, place
from cloudfront_signer.demo.events import Event, Step
from cloudfront_signer.demo.video import FRAMES, HEIGHT, WIDTH, ball_positions, make_video
from cloudfront_signer.edge.log import Log

from support.programs import find


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    path.write_bytes(make_video())
    return path


@pytest.fixture(scope="module")
def here(tmp_path_factory, video):
    folder = tmp_path_factory.mktemp("demo")
    (folder / "content").mkdir()
    (folder / "content" / "video.mp4").write_bytes(video.read_bytes())
    with place.on_this_machine(folder, 0, Log(stream=StringIO())) as made:
        yield made


def test_every_step_is_an_event_and_as_expected(here, video):
    events = list(guide.steps(here, video.read_bytes()))
    assert [event.step for event in events] == list(Step)
    assert all(event.fine for event in events)
    assert here.bucket_answer.status == 403


def test_what_is_not_as_expected_is_said(here, video):
    public = place.Place(here.stack, Answer(200, ""), here.addresses)
    bad = {event.step: event for event in guide.steps(public, b"another video") if not event.fine}
    assert set(bad) == {Step.BUCKET, Step.OPEN, Step.SIGNED, Step.RANGE, Step.COOKIES}
    assert bad[Step.BUCKET].expected == "403"
    assert str(bad[Step.SIGNED]).endswith("NOT AS EXPECTED: 200")
    assert "NOT AS EXPECTED" not in str(Event(Step.SIGNED, "200"))


@pytest.mark.parametrize("flags", [["--port", "65536"], ["--port", "-1"], ["--aws"], ["--bucket", "my-videos"]])
def test_invalid_usage_is_refused_before_anything_runs(flags):
    command = [sys.executable, "-m", "cloudfront_signer.cli", "demo", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert flags[0] in done.stderr


def test_the_package_holds_no_video():
    package = Path(cloudfront_signer.__file__).parent
    assert [path.name for path in package.rglob("*") if path.suffix in {".mp4", ".webm", ".mov", ".gif"}] == []


def test_the_video_is_always_the_same(video):
    assert make_video() == video.read_bytes()


def test_the_video_is_h264(video):
    command = [
        "-v",
        "error",
        "-count_frames",
        "-show_entries",
        "stream=codec_name,width,height,nb_read_frames,duration",
    ]
    done = subprocess.run([find("ffmpeg", "ffprobe"), *command, "-of", "json", video], capture_output=True, check=True)
    (stream,) = json.loads(done.stdout)["streams"]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("h264", WIDTH, HEIGHT)
    assert (int(stream["nb_read_frames"]), float(stream["duration"])) == (FRAMES, 8)


def test_a_decoder_sees_the_ball_move(video):
    command = [
        find("ffmpeg", "ffmpeg"),
        "-v",
        "error",
        "-xerror",
        "-i",
        video,
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    size = WIDTH * HEIGHT
    frames = [done.stdout[at : at + size] for at in range(0, len(done.stdout), size)]
    assert len(frames) == FRAMES
    seen = []
    for frame in frames:
        (background,) = {frame[0], frame[WIDTH - 1], frame[-1], frame[-WIDTH]}
        ball = [divmod(at, WIDTH) for at, sample in enumerate(frame) if sample != background]
        rows, columns = [row for row, _ in ball], [column for _, column in ball]
        seen.append(((min(columns) + max(columns)) // 2, (min(rows) + max(rows)) // 2))
        assert max(rows) - min(rows) == max(columns) - min(columns), "it is round"
    assert seen == list(ball_positions())
