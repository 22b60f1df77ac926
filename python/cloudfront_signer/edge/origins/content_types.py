"""The content types of a folder's files. S3 itself stores the type that the uploader sets, and ignores the name.

The operating system's table is not used, so that the edge answers the same on every machine.
"""

import mimetypes
from pathlib import PurePath

# Media types that Python lacks or gets wrong: `.ts` is a translation file of Qt to it.
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
    # Python's type depends on its version.
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    # An AES key of HLS. Elsewhere the suffix means a Keynote presentation.
    ".key": "application/octet-stream",
}

# S3's default for an object that was uploaded without a type.
_UNKNOWN = "binary/octet-stream"

_PYTHON = mimetypes.MimeTypes()


def content_type(name: str) -> str:
    """Return the content type of a file by its suffix."""
    if known := _MEDIA.get(PurePath(name).suffix.lower()):
        return known
    guessed, encoding = _PYTHON.guess_type(f"file:///{PurePath(name).name}")
    return guessed if guessed is not None and encoding is None else _UNKNOWN
