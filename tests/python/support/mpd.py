"""MPDs for tests, and what a DASH player requests, by a reader that knows nothing of the one under test."""

import re
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree import ElementTree

DASH = "urn:mpeg:dash:schema:mpd:2011"
# What declares the prefix of `xlink:href`.
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'

_SEGMENTS = range(1, 4)
_PARAMETERS = "{urn:mpeg:dash:schema:urlparam:2014}UrlQueryInfo"


SHORT = {
    "<R>": "<Period><AdaptationSet><Representation>",
    "</R>": "</Representation></AdaptationSet></Period>",
    "<R/>": "<Period><AdaptationSet><Representation/></AdaptationSet></Period>",
    "<A>": "<Period><AdaptationSet>",
    "</A>": "</AdaptationSet></Period>",
    "<A2>": "<AdaptationSet>",
    "</A2>": "</AdaptationSet>",
}


def mpd(content, start='<?xml version="1.0" encoding="UTF-8"?>\n', end=""):
    """An MPD with this content."""
    for short, long in SHORT.items():
        content = content.replace(short, long)
    return f'{start}<MPD xmlns="{DASH}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{content}</MPD>{end}'


VOD = mpd(
    """
  <BaseURL>video/</BaseURL>
  <Period>
    <AdaptationSet mimeType="video/mp4">
      <SegmentTemplate media="$RepresentationID$/$Number%05d$.m4s" initialization="$RepresentationID$/init.mp4"/>
      <Representation id="1080p" bandwidth="5000000"/>
      <Representation id="720p" bandwidth="2500000"><BaseURL>low/</BaseURL></Representation>
    </AdaptationSet>
    <AdaptationSet mimeType="audio/mp4">
      <Representation id="a"><BaseURL>audio.mp4</BaseURL><SegmentBase indexRange="0-9"/></Representation>
    </AdaptationSet>
    <AdaptationSet mimeType="text/vtt">
      <Representation id="t"><BaseURL>/show/en.vtt</BaseURL></Representation>
    </AdaptationSet>
    <AdaptationSet mimeType="video/mp4">
      <Representation id="l">
        <SegmentList>
          <Initialization sourceURL="i.mp4"/><SegmentURL media="1.m4s"/><SegmentURL media="2.m4s"/>
        </SegmentList>
      </Representation>
    </AdaptationSet>
  </Period>
"""
)


def requests(text, url):
    """The URLs of the segments of all Representations, with those of their first segments where a template has many.

    `url` is that of the MPD.
    """
    root = ElementTree.fromstring(text.removeprefix("\ufeff").encode())
    space = re.match("({.*})?", root.tag)[0]
    for period in root.iter(f"{space}Period"):
        for adaptation in period.iter(f"{space}AdaptationSet"):
            for representation in adaptation.iter(f"{space}Representation"):
                levels = [root, period, adaptation, representation]
                query = urlsplit(url).query if any(_takes_query(level, space) for level in levels) else ""
                for base in _bases(levels, space, url):
                    for reference in _references(levels, space):
                        found = urldefrag(urljoin(base, reference) if reference else base).url
                        if query and found.startswith("http"):
                            found += f"{'&' if urlsplit(found).query else '?'}{query}"
                        yield found


def _takes_query(level, space):
    for name in ("EssentialProperty", "SupplementalProperty"):
        for found in level.findall(f"{space}{name}/{_PARAMETERS}"):
            if found.get("useMPDUrlQuery") == "true" and found.get("queryTemplate") == "$querypart$":
                return True
    return False


def _bases(levels, space, url):
    bases = [url]
    for level in levels:
        own = [(element.text or "").strip() for element in level.findall(f"{space}BaseURL")]
        if own:
            bases = [urljoin(base, reference) for base in bases for reference in own]
    return bases


def _references(levels, space):
    """URIs that are relative to the base URLs; None for the base URL itself."""
    template = {}
    for level in levels:
        for found in level.findall(f"{space}SegmentTemplate"):
            template |= {name: value.strip() for name, value in found.attrib.items()}
    if template.get("media"):
        for name in ("initialization", "index", "bitstreamSwitching", "media"):
            yield from (_filled(template[name], levels[-1], number) for number in _SEGMENTS if template.get(name))
        return
    lists = [found for level in levels for found in level.findall(f"{space}SegmentList")]
    for element in lists[-1].iter() if lists else ():
        uris = (element.get(name, "").strip() for name in ("sourceURL", "media", "index"))
        yield from (uri for uri in uris if uri)
    # A Representation without segments is its base URL, if it has one.
    if not any(level.findall(f"{space}BaseURL") for level in levels):
        return
    if not lists or any(not found.get("media", "").strip() for found in lists[-1].findall(f"{space}SegmentURL")):
        yield None


def _filled(template, representation, number):
    values = {
        "RepresentationID": representation.get("id", ""),
        "Bandwidth": representation.get("bandwidth", "1"),
        "Number": number,
        "Time": 1000 * number,
        "SubNumber": 1,
    }

    def value(found):
        name, _, width = found[1].partition("%")
        return f"{values[name]:{width[:-1]}}" if width else str(values[name])

    return "$".join(re.sub(r"\$(\w+(?:%0\d+d)?)\$", value, part) for part in template.split("$$"))
