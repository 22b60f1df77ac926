"""Small real streams, made by ffmpeg: twelve seconds of a picture in two qualities, a tone, and subtitles.

================= ================================================================================================
name              what it is
================= ================================================================================================
``ts``            HLS, segments of MPEG-2 TS, two variants
``fmp4``          HLS, fragmented MP4, two variants with an audio group and subtitles
``aes``           HLS, TS encrypted with AES-128, two variants that share a key
``template``      DASH, a segment template, two representations of video and one of audio
``list``          DASH, the same with a list of segments
``parts``         forty seconds in fragments of half a second, from which `support.live` makes a low-latency stream
================= ================================================================================================

The qualities of HLS are in the folders ``high`` and ``low``, those of DASH in ``stream0`` and ``stream1``.
"""

import secrets
from pathlib import Path

from support.locked import made_once, run
from support.programs import find

_SUBTITLES = "1\n00:00:00,500 --> 00:00:03,000\none\n\n2\n00:00:06,500 --> 00:00:09,000\ntwo\n"
_HIGH_AND_LOW = ["-map", "[high]", "-map", "[low]"]
_VARIANTS = ["-var_stream_map", "v:0,a:0,name:high v:1,a:1,name:low"]


def streams():
    """The folder that has a folder for each stream."""
    return made_once("streams", Path(__file__).read_bytes(), _make)


def _make(folder):
    (folder / "subtitles.srt").write_text(_SUBTITLES)
    _hls(folder / "ts", *_HIGH_AND_LOW, "-map", "1:a", "-map", "1:a", *_VARIANTS)
    (folder / "aes.key").write_bytes(secrets.token_bytes(16))
    # The key's URI in the playlist, and where ffmpeg reads it.
    (folder / "aes.txt").write_text("../aes.key\n../aes.key\n")
    _hls(
        folder / "aes",
        *_HIGH_AND_LOW,
        *("-map", "1:a", "-map", "1:a", *_VARIANTS),
        *("-hls_key_info_file", "../aes.txt"),
    )
    (folder / "aes.key").rename(folder / "aes" / "aes.key")
    _hls(
        folder / "fmp4",
        *_HIGH_AND_LOW,
        *("-map", "1:a", "-map", "2:s", "-c:s", "webvtt"),
        "-var_stream_map",
        "v:0,agroup:a,s:0,sgroup:s,name:high v:1,agroup:a,name:low a:0,agroup:a,default:yes,name:a",
        fragmented=True,
    )
    _hls(
        folder / "parts",
        *_HIGH_AND_LOW,
        *("-map", "1:a", "-map", "1:a", *_VARIANTS),
        fragmented=True,
        seconds=40,
        segment=0.5,
    )
    for name, template in (("template", 1), ("list", 0)):
        sets = ["-adaptation_sets", "id=0,streams=v id=1,streams=a"]
        names = ["-init_seg_name", "stream$RepresentationID$/init.m4s"]
        names += ["-media_seg_name", "stream$RepresentationID$/$Number%05d$.m4s"]
        _dash(folder / name, *_HIGH_AND_LOW, "-map", "1:a", *sets, *names, "-use_template", str(template))


def _hls(folder, *maps, fragmented=False, seconds=12, segment=2):
    suffix, kind = ("m4s", "fmp4") if fragmented else ("ts", "mpegts")
    output = ["-f", "hls", "-hls_time", str(segment), "-hls_segment_type", kind, "-hls_playlist_type", "vod"]
    output += ["-hls_segment_filename", f"%v/%d.{suffix}", "-master_pl_name", "index.m3u8", "%v/index.m3u8"]
    for quality in ("high", "low", "a"):
        (folder / quality).mkdir(parents=True, exist_ok=True)
    _ffmpeg(folder, *maps, *_encoders(segment), *output, seconds=seconds)


def _dash(folder, *maps):
    for number in range(3):
        (folder / f"stream{number}").mkdir(parents=True)
    output = ["-f", "dash", "-seg_duration", "2", "-use_timeline", "0", "index.mpd"]
    _ffmpeg(folder, *maps, *_encoders(2), *output, seconds=12)


def _ffmpeg(folder, *arguments, seconds):
    inputs = [
        *("-f", "lavfi", "-i", f"testsrc2=size=192x108:rate=10:duration={seconds}"),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}"),
        *("-i", "../subtitles.srt"),
        *("-filter_complex", "[0:v]split[high][full];[full]scale=96:54[low]"),
    ]
    run([find("ffmpeg", "ffmpeg"), "-v", "error", "-nostdin", *inputs, *arguments], folder)


def _encoders(segment):
    """H.264, with a key frame at the start of each segment, and AAC."""
    frames = str(int(10 * segment))
    picture = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-sc_threshold", "0"]
    rates = ["-b:v:0", "120k", "-b:v:1", "40k", "-g", frames, "-keyint_min", frames]
    return [*picture, *rates, "-c:a", "aac", "-b:a", "32k"]


def index(name):
    """The name of a stream's first manifest."""
    return "index.mpd" if name in ("template", "list") else "index.m3u8"
