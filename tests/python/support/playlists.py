"""HLS playlists for tests, and the URIs in them."""

import re

# What each URI of a static playlist has for a query.
STATIC = "Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}"
STATIC_256 = f"{STATIC}&Hash-Algorithm={{$Hash-Algorithm}}"
MASTER = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio/en.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="low/i.m3u8"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key.bin"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"
low/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="a"
# a comment between
/show/high/index.m3u8?v=2
"""
LIVE = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3,CAN-SKIP-UNTIL=24
#EXT-X-MEDIA-SEQUENCE:266
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4,
266.mp4
#EXT-X-PART:DURATION=1,URI="267.0.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI="267.1.mp4"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="267.2.mp4"
#EXT-X-RENDITION-REPORT:URI="../show/audio.m3u8",LAST-MSN=266,LAST-PART=1
"""


def uris(playlist):
    """The URIs of a signed playlist, as a player reads them."""
    for line in playlist.splitlines():
        if line.startswith("#"):
            yield from re.findall('(?:URI|X-ASSET-LIST)="([^"]+)"', line)
        elif line.strip():
            yield line.strip()
