"""HTML that plays a private stream or video.

>>> from cloudfront_signer.player import player_html
>>> print(player_html("https://media.example.com/film.mp4?Expires=1&Signature=s&Key-Pair-Id=K1"))
<div class="cloudfront-player">
<video controls playsinline src="https://media.example.com/film.mp4?Expires=1&amp;Signature=s&amp;Key-Pair-Id=K1"></video>
</div>

HLS is played by hls.js, or by the browser itself where hls.js cannot run (iOS); DASH is played by dash.js; other files
are left to the browser. This module makes text only: it signs nothing and fetches nothing.
"""

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

from cloudfront_signer._native import excerpt
from cloudfront_signer.errors import InvalidUrlError

__all__ = ["PlayerHtml", "legacy_player_html", "player_html"]

_Kind = Literal["hls", "dash", "file"]
_KINDS: dict[str, _Kind] = {
    ".m3u8": "hls",
    ".m3u": "hls",
    ".mpd": "dash",
    **dict.fromkeys((".mp4", ".m4v", ".m4a", ".mov", ".webm", ".ogv", ".mp3", ".aac", ".ogg", ".wav", ".flac"), "file"),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


class PlayerHtml(str):
    """HTML in a ``str``. Jinja, Django and Jupyter do not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the text: what Jinja and Django ask for."""
        return str(self)

    def _repr_html_(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class _Player:
    """A player's script on a public CDN, the hash of exactly that file, and the script that starts it."""

    url: str
    integrity: str
    start: str


# All values reach the scripts through attributes of the element: the scripts never change, whatever is played.
_START = """(() => {
  const box = document.currentScript.parentElement;
  const video = box.querySelector("video");
  const problem = box.querySelector("[role=alert]");
  const url = video.dataset.url;
  const withCredentials = video.crossOrigin === "use-credentials";
  const fail = (reason) => { problem.textContent = `The video cannot be played: ${reason}`; problem.hidden = false; };
  %s
})();"""

_HLS = _Player(
    url="https://cdn.jsdelivr.net/npm/hls.js@1.7.4/dist/hls.min.js",
    integrity="sha384-p9vgU/7IYJWd3I4STrtqxqR/2cAQlhIX7D/HrTnIMEjjcUox165b7se7sxmm3zDg",
    start=_START
    % """if (window.Hls && Hls.isSupported()) {
    const hls = new Hls({ xhrSetup: (xhr) => { xhr.withCredentials = withCredentials; } });
    hls.on(Hls.Events.ERROR, (_, error) => {
      if (error.fatal) { fail(error.response ? `${error.details} (${error.response.code})` : error.details); }
    });
    hls.loadSource(url);
    hls.attachMedia(video);
  } else if (video.canPlayType("application/vnd.apple.mpegurl")) {
    video.onerror = () => fail(video.error.message || "the browser refuses it");
    video.src = url;
  } else {
    fail("hls.js was not loaded, and this browser plays no HLS");
  }""",
)
_DASH = _Player(
    url="https://cdn.jsdelivr.net/npm/dashjs@5.2.1/dist/modern/umd/dash.mediaplayer.min.js",
    integrity="sha384-Jcki1Hfil8KEdDKI6Q8umDXlik6GBZ+oiY3Bj3JLH12m3vJWaV6NApw5Z2oLpVTG",
    start=_START
    % """if (window.dashjs) {
    const player = dashjs.MediaPlayer().create();
    player.initialize();
    player.setXHRWithCredentialsForType("", withCredentials);
    player.on("error", (event) => fail(event.error.message || event.error.code));
    player.setAutoPlay(video.autoplay);
    player.attachView(video);
    player.attachSource(url);
  } else {
    fail("dash.js was not loaded");
  }""",
)
_PLAYERS = {"hls": _HLS, "dash": _DASH}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style{nonce}>
  body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: #111827; color: #f9fafb; }}
  .cloudfront-player {{ width: min(100vw, 177vh); font: 16px/1.5 system-ui, sans-serif; }}
  video {{ display: block; width: 100%; max-height: 100vh; aspect-ratio: 16 / 9; background: #000; }}
  [role=alert] {{ margin: 1rem; }}
</style>
{player}
</html>
"""


def player_html(
    url: str,
    *,
    kind: _Kind | None = None,
    title: str | None = None,
    page: bool = False,
    script_url: str | None = None,
    credentials: bool = False,
    autoplay: bool = False,
    poster: str | None = None,
    nonce: str | None = None,
) -> PlayerHtml:
    """Return HTML that plays a stream or a video.

    All arguments are escaped. The inline script is the same for every URL; the URL is in an attribute. A fragment that
    is added to a page through ``innerHTML`` does not play HLS or DASH, because browsers do not run its scripts.

    Args:
        url: What is played: a signed URL, the URL of a view that signs a manifest, or, with ``credentials``, a URL
            without a signature. It is absolute (https or http) or relative to the page.
        kind: ``"hls"``, ``"dash"``, or ``"file"`` for what browsers play without a script. By default it follows from
            the suffix of the URL's path.
        title: The accessible name of the player and, with ``page``, the title of the page.
        page: Whether to return a whole page instead of a fragment.
        script_url: The URL of hls.js or dash.js among the application's own static files. By default it is a public
            CDN, and the script tag has the hash of the file, so that the browser runs no other file.
        credentials: Whether requests to another origin carry cookies: the variant with signed cookies. The
            distribution must then allow the page's origin with credentials.
        autoplay: Whether to start at once. The sound is then off, since browsers require that.
        poster: The URL of a picture to show until the video starts.
        nonce: The nonce of the page's Content-Security-Policy. The page then needs ``script-src`` and, with ``page``,
            ``style-src`` with this nonce, ``connect-src`` and ``media-src`` for the distribution, and for HLS and DASH
            also ``media-src blob:`` and ``worker-src blob:``.

    Returns:
        The HTML, which Jinja, Django and Jupyter accept without escaping it again.

    Raises:
        InvalidUrlError: A URL has another scheme than https or http, or ``kind`` is missing and the suffix is unknown.

    Examples:
        >>> html = player_html("/watch/film.m3u8", script_url="/static/hls.min.js")
        >>> html.splitlines()[1]
        '<video controls playsinline data-url="/watch/film.m3u8"></video>'
    """
    for one in (url, poster, script_url):
        _check_scheme(one)
    kind = kind or _kind_of(url)
    if kind not in ("hls", "dash", "file"):
        raise InvalidUrlError(f"kind '{excerpt(kind)}': expected hls, dash or file")
    player = _PLAYERS.get(kind)
    video = _video(url, kind, title=title, credentials=credentials, autoplay=autoplay, poster=poster)
    lines = ['<div class="cloudfront-player">', video]
    if player is not None:
        lines += ['<p role="alert" hidden></p>', *_scripts(player, script_url, nonce)]
    fragment = "\n".join([*lines, "</div>"])
    if not page:
        return PlayerHtml(fragment)
    shown = escape(title or "Video")
    return PlayerHtml(_PAGE.format(title=shown, nonce=_attributes(nonce=nonce), player=fragment))


def legacy_player_html(
    stream: str, *, domain: str, player_url: str = "player.swf", swfobject_url: str = "swfobject.js"
) -> PlayerHtml:
    """Return the Flash player snippet for an RTMP stream, for the record: AWS ended RTMP distributions on 31 December
    2020, and no current browser has Flash.

    Args:
        stream: A signed stream name from ``CloudFrontSigner.sign_stream``, whose ``?``, ``=`` and ``&`` are escaped,
            since Flash would split it there.
        domain: The domain name of the streaming distribution.
        player_url: The URL of the Flash player.
        swfobject_url: The URL of the script SWFObject.

    Returns:
        The HTML.

    Raises:
        InvalidUrlError: A URL has another scheme than https or http.

    Examples:
        >>> html = legacy_player_html("video.mp4%3FExpires%3D1", domain="s1.cloudfront.net")
        >>> 'addVariable("streamer", "rtmp://s1.cloudfront.net/cfx/st")' in html
        True
    """
    _check_scheme(player_url)
    _check_scheme(swfobject_url)
    variables = {"file": stream, "streamer": f"rtmp://{domain}/cfx/st"}
    parameters = {"allowfullscreen": "true", "allowscriptaccess": "always", "wmode": "opaque"}
    lines = [f"player.addParam({_literal(name)}, {_literal(value)});" for name, value in parameters.items()]
    lines += [f"player.addVariable({_literal(name)}, {_literal(value)});" for name, value in variables.items()]
    return PlayerHtml(
        '<div id="cloudfront-player">This stream needs the Flash player.</div>\n'
        f"<script{_attributes(src=swfobject_url)}></script>\n"
        "<script>\n"
        f'var player = new SWFObject({_literal(player_url)}, "mpl", "640", "360", "9");\n'
        + "\n".join(lines)
        + '\nplayer.write("cloudfront-player");\n</script>'
    )


def _video(url: str, kind: _Kind, *, title: str | None, credentials: bool, autoplay: bool, poster: str | None) -> str:
    attributes = _attributes(
        controls=True,
        playsinline=True,
        autoplay=autoplay,
        muted=autoplay,
        aria_label=title,
        crossorigin="use-credentials" if credentials else None,
        poster=poster,
        # A script gives the URL to its player: as `src`, the browser would fetch it, too.
        **{"src" if kind == "file" else "data-url": url},
    )
    return f"<video{attributes}></video>"


def _scripts(player: _Player, script_url: str | None, nonce: str | None) -> tuple[str, str]:
    if script_url is None:
        source = _attributes(src=player.url, integrity=player.integrity, crossorigin="anonymous", nonce=nonce)
    else:
        source = _attributes(src=script_url, nonce=nonce)
    return f"<script{source}></script>", f"<script{_attributes(nonce=nonce)}>{player.start}</script>"


def _attributes(**values: str | bool | None) -> str:
    """The attributes that have a value; true is an attribute without one."""
    given = {name.replace("_", "-"): value for name, value in values.items() if value not in (None, False)}
    return "".join(f" {name}" if value is True else f' {name}="{escape(str(value))}"' for name, value in given.items())


def _literal(text: str) -> str:
    """A string of JavaScript that may stand in a script element."""
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _check_scheme(url: str | None) -> None:
    """Refuse the schemes that run a script, such as ``javascript:``, and those that no player fetches."""
    # Browsers drop control characters and blanks before and within a scheme.
    scheme = _SCHEME.match(re.sub(r"[\x00-\x20]", "", url or ""))
    if scheme is not None and scheme[1].lower() not in ("https", "http"):
        raise InvalidUrlError(f"'{excerpt(url)}': expected an https or http URL, or one that is relative to the page")


def _kind_of(url: str) -> _Kind:
    try:
        suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    except ValueError:
        raise InvalidUrlError(f"'{excerpt(url)}': not a URL") from None
    if suffix not in _KINDS:
        raise InvalidUrlError(f"'{excerpt(url)}': no known suffix in the path; give kind: hls, dash or file")
    return _KINDS[suffix]
