"""The content types of a folder's files. S3 itself keeps what the uploader said, and knows nothing of names.

Only this table and Python's own decide, not the machine's, so that an edge answers the same everywhere.
"""

import mimetypes
from pathlib import PurePath

# What players need, and Python lacks or takes for something else: `.ts` is a linguist's file to it.
_MEDIA = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".ts": "video/mp2t",
    ".m2ts": "video/mp2t",
    ".m4s": "video/iso.segment",
    ".cmfv": "video/mp4",
    ".cmfa": "audio/mp4",
    ".cmft": "application/mp4",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".ac3": "audio/ac3",
    ".ec3": "audio/eac3",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".ogv": "video/ogg",
    ".webm": "video/webm",
    ".mkv": "video/matroska",
    ".vtt": "text/vtt",
    ".ttml": "application/ttml+xml",
    ".webp": "image/webp",
    ".avif": "image/avif",
    # Python's own answer depends on its version.
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    # An AES key of HLS; elsewhere it is a presentation.
    ".key": "application/octet-stream",
}

# What S3 says of an object whose uploader said nothing.
_UNKNOWN = "binary/octet-stream"

_PYTHON = mimetypes.MimeTypes()


def content_type(name: str) -> str:
    """The content type of a file, by the end of its name."""
    if known := _MEDIA.get(PurePath(name).suffix.lower()):
        return known
    guessed, encoding = _PYTHON.guess_type(f"file:///{PurePath(name).name}")
    return guessed if guessed is not None and encoding is None else _UNKNOWN
