"""Static MPDs: players take the signature from the URL of the MPD."""

import pytest

from cloudfront_signer import (
    InvalidManifestError,
    InvalidUrlError,
)
from cloudfront_signer.manifest import sign_dash

from support.manifests import GRANT, allowed
from support.manifests import MPD_URL as BASE
from support.mpd import VOD, XLINK, mpd, requests

PROPERTY = (
    '<EssentialProperty schemeIdUri="urn:mpeg:dash:urlparam:2014" xmlns:up="urn:mpeg:dash:schema:urlparam:2014">'
    '<up:UrlQueryInfo queryTemplate="$querypart$" useMPDUrlQuery="true"/></EssentialProperty>'
)


def test_it_is_the_same_for_all_and_needs_no_key():
    signed = sign_dash(VOD, base_url=BASE, mode="query")
    assert signed == VOD.replace("</Period>", f"</Period>\n  {PROPERTY}")
    assert sign_dash(VOD.encode(), base_url=BASE, mode="query", hash_algorithm="SHA256") == signed.encode()
    found = allowed(signed, GRANT.url(BASE))
    assert len(found) == 13
    assert all(found.values())
    assert not any(allowed(signed).values())


@pytest.mark.parametrize(
    "after", ["<SupplementalProperty/>", "<UTCTiming/>", "<LeapSecondInformation/>", "<x xmlns='urn:x'/>", ""]
)
def test_it_stands_where_the_schema_expects_it(after):
    before = '<R><BaseURL>v.mp4</BaseURL></R><Metrics/><EssentialProperty schemeIdUri="urn:x"/>'
    assert sign_dash(mpd(before + after), base_url=BASE, mode="query") == mpd(before + PROPERTY + after)


def test_only_own_representations_have_it_next_to_foreign_ones():
    content = """<A>
  <Representation id="1">
    <ContentProtection/>
    <SupplementalProperty/>
    <BaseURL>v.mp4</BaseURL>
  </Representation>
  <SegmentTemplate media="$Number$.m4s"/>
  <Representation id="2" />
  <Representation id="3"><BaseURL>https://o.example/</BaseURL></Representation>
</A>"""
    signed = sign_dash(mpd(content), base_url=BASE, mode="query")
    assert signed == mpd(
        content.replace("<ContentProtection/>", f"<ContentProtection/>\n    {PROPERTY}").replace(
            '<Representation id="2" />', f'<Representation id="2" >{PROPERTY}</Representation>'
        )
    )
    query = GRANT.query
    assert [query in requested for requested in requests(signed, GRANT.url(BASE))] == [True] * 6 + [False] * 3


@pytest.mark.parametrize("href", ["https://o.example/p.xml", "//o.example/p.xml"])
def test_of_a_foreign_part_nothing_is_known(href):
    content = f'<Period {XLINK} xlink:href="{href}"/><R><BaseURL>v.mp4</BaseURL></R>'
    signed = sign_dash(mpd(content), base_url=BASE, mode="query")
    assert signed == mpd(content).replace("<Representation>", f"<Representation>{PROPERTY}")
    nothing = content.replace(href, "urn:mpeg:dash:resolve-to-zero:2013")
    assert sign_dash(mpd(nothing), base_url=BASE, mode="query") == mpd(nothing + PROPERTY)


@pytest.mark.parametrize("content", ["", "<R><BaseURL>https://o.example/v.mp4</BaseURL></R>", "<Period/>"])
def test_without_own_segments_nothing_is_added(content):
    assert sign_dash(mpd(content), base_url=BASE, mode="query") == mpd(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<Location>a.mpd</Location>", 'URI "a.mpd" is not that of a segment'),
        ("<PatchLocation>a.mpp</PatchLocation>", "is not that of a segment"),
        ("<ContentSteering>a.json</ContentSteering>", "is not that of a segment"),
        ("<Period><ImportedMPD>a.mpd</ImportedMPD></Period>", "is not that of a segment"),
        (f'<Period {XLINK} xlink:href="p.xml"/>', "is not that of a segment"),
        (
            '<A><Representation><SegmentTemplate media="$Number$" initialization="https://o.example/i.mp4"/>'
            "</Representation></A>",
            "the Representation has URIs of several hosts",
        ),
        (
            '<R><BaseURL>a/</BaseURL><BaseURL>https://o.example/</BaseURL><SegmentTemplate media="$Time$"/></R>',
            "the Representation has URIs of several hosts",
        ),
        ("<R><BaseURL>v.mp4?Policy=p</BaseURL></R>", "already carries Policy"),
    ],
)
def test_what_players_do_not_add_parameters_to_is_refused(content, message):
    with pytest.raises((InvalidManifestError, InvalidUrlError), match=f"^line 2: .*{message}") as caught:
        sign_dash(mpd(content), base_url=BASE, mode="query")
    assert caught.value.line == 2


@pytest.mark.parametrize("mode", ["query", "inline"])
@pytest.mark.parametrize(
    "content",
    [
        f"<A>{PROPERTY}</A>",
        PROPERTY.replace("Essential", "Supplemental").replace('"true"', '"1"'),
        PROPERTY.replace("UrlQueryInfo", "ExtUrlQueryInfo").replace("2014", "2016"),
        '<RequestParam useMPDUrlQuery="true"/>',
    ],
)
def test_it_is_made_once(content, mode):
    terms = {"mode": mode} if mode == "query" else {"grant": GRANT}
    with pytest.raises(InvalidManifestError, match=r"^line 2: the MPD takes parameters from its own URL already"):
        sign_dash(mpd(content), base_url=BASE, **terms)
    with pytest.raises(InvalidManifestError, match="already"):
        sign_dash(sign_dash(VOD, base_url=BASE, mode="query"), base_url=BASE, **terms)
