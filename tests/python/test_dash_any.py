"""MPDs of any structure: signing is undone byte for byte, and all requests of a player are signed."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.manifest import sign_dash

from support.manifests import MPD_URL as BASE
from support.manifests import VERIFIER, WIDE
from support.mpd import DASH, requests

URIS = """a a/ b/v.mp4 /c/ ?d=1 $Number$.m4s $RepresentationID$/i&amp;j.mp4 https://o.example/ //o.example/e/ ../f
https://media.example.com/g/h?k urn:l n#o &#x6f; data:,p *?q* r//s"""
URI = st.sampled_from([*URIS.split(), "", " t "])
TEXT = URI | st.builds(lambda one, other: f"{one}<!-- x -->{other}", URI, URI) | st.just("<![CDATA[r&s]]>")
BASE_URLS = st.lists(st.builds("<BaseURL>{}</BaseURL>\n".format, TEXT), max_size=2).map("".join)
SEGMENTS = st.one_of(
    st.just(""),
    st.just('<SegmentBase indexRange="0-9"/>'),
    st.builds("<SegmentTemplate media='{}' initialization=\"{}\"/>".format, URI, URI),
    st.builds('<SegmentTemplate initialization="{}"/>'.format, URI),
    st.builds('<SegmentList><Initialization sourceURL="{}"/><SegmentURL media="{}"/></SegmentList>'.format, URI, URI),
    st.just('<SegmentList><SegmentURL mediaRange="0-1"/></SegmentList>'),
)
REPRESENTATION = st.builds("<Representation id='1'>{}{}</Representation>".format, BASE_URLS, SEGMENTS)
ADAPTATION = st.builds(
    "<AdaptationSet>{}{}{}</AdaptationSet>".format,
    BASE_URLS,
    SEGMENTS,
    st.lists(REPRESENTATION, max_size=3).map("".join),
)
PERIOD = st.builds("<Period>{}{}{}</Period>".format, BASE_URLS, SEGMENTS, st.lists(ADAPTATION, max_size=2).map("".join))
MPD = st.builds(
    f'<MPD xmlns="{DASH}">\n{{}}<Location>{{}}</Location>{{}}</MPD>'.format, BASE_URLS, st.just("") | TEXT, PERIOD
)


@given(MPD, st.booleans())
def test_all_own_requests_are_signed_and_no_others(text, is_static):
    """As the independent reader of `support.mpd` sees it."""
    try:
        signed = sign_dash(text, base_url=BASE, **({"mode": "query"} if is_static else {"grant": WIDE}))
    except CloudFrontSignerError as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert str(refused).startswith(f"line {refused.line}: ")
        return
    if not is_static:
        escaped = WIDE.query.replace("&", "&amp;")
        bare = re.sub(f"([?]|&amp;){re.escape(escaped)}|[?&]{re.escape(WIDE.query)}", "", signed)
        assert bare == text
    url = WIDE.url(BASE) if is_static else BASE
    for requested in requests(signed, url):
        if requested.split("?")[0] == BASE:
            # An empty base URL: the MPD is no segment of itself.
            continue
        own = requested.startswith("https://media.example.com/")
        assert (WIDE.query in requested) == own, requested
        assert not own or VERIFIER.check(requested), requested


@given(MPD, st.data())
def test_damaged_mpds(text, data):
    at = data.draw(st.integers(0, len(text)))
    damaged = (
        text[:at] + data.draw(st.sampled_from(["", "<", ">", "&", "'", '"', "]]>", "<!--", "\0", "é"])) + text[at + 1 :]
    )
    try:
        signed = sign_dash(damaged, base_url=BASE, grant=WIDE)
    except CloudFrontSignerError:
        return
    query = WIDE.query
    bare = signed.replace(query.replace("&", "&amp;"), "").replace(query, "")
    assert re.sub("[?]|&amp;", "", bare) == re.sub("[?]|&amp;", "", damaged)
