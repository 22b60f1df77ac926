#!/usr/bin/env bash
# Makes the demo's video again: eight seconds of a test picture, without sound, H.264. Needs ffmpeg.
set -euo pipefail
cd "$(dirname "$0")/../python/cloudfront_signer/demo"
ffmpeg -loglevel error -y -f lavfi -i testsrc2=size=320x180:rate=12:duration=8 \
    -c:v libx264 -profile:v baseline -pix_fmt yuv420p -crf 34 -preset veryslow -movflags +faststart \
    -map_metadata -1 -fflags +bitexact -flags:v +bitexact video.mp4
