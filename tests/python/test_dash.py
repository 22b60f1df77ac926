"""DASH MPDs: every URI that players request is signed, and nothing else is touched."""

import re
from xml.etree import ElementTree

import pytest

from cloudfront_signer import (
    InvalidManifestError,
    InvalidPolicyError,
    Policy,
)
from cloudfront_signer.manifest import sign_dash

from support.manifests import END, GRANT, SIGNER, VERIFIER, WIDE, allowed
from support.manifests import MPD_URL as BASE
from support.mpd import DASH, VOD, XLINK, mpd

# «?» and «&amp;» stand where a separator and the parameters are appended, ‹?› and ‹&› where `&` is not escaped.
SIGNED = {
    # Text.
    "Location": "<Location>index.mpd«?»</Location>",
    "Location with a session": "<Location> /show/index.mpd?s=1&amp;t=2«&amp;»\n</Location>",
    "Location with attributes": "<Location serviceLocation='a'>https://media.example.com/show/a.mpd«?»</Location>",
    "PatchLocation": '<PatchLocation ttl="60">patch.mpp?t=1«&amp;»</PatchLocation>',
    "ContentSteering": '<ContentSteering defaultServiceLocation="a">steering.json«?»</ContentSteering>',
    "ContentSteering through a proxy": (
        '<ContentSteering proxyServerURL="/show/proxy?a=1«&amp;»">https://media.example.com/show/s.json«?»</ContentSteering>'
    ),
    "other ContentSteering through a proxy": (
        '<ContentSteering proxyServerURL="proxy«?»">https://o.example/s.json</ContentSteering>'
    ),
    "ContentSteering through another proxy": (
        '<ContentSteering proxyServerURL="https://o.example/p" >https://o.example/s.json</ContentSteering>'
    ),
    "ImportedMPD": "<Period><ImportedMPD>ad.mpd«?»</ImportedMPD></Period>",
    "foreign Location": "<Location>https://other.example/index.mpd?Signature=s</Location>",
    # A BaseURL that is the media, and one that is a folder.
    "file": "<R><BaseURL>v.mp4«?»</BaseURL></R>",
    "file with SegmentBase": (
        '<R><BaseURL>v.mp4«?»</BaseURL><SegmentBase indexRange="0-9"><Initialization range="0-5"/></SegmentBase></R>'
    ),
    "file in a folder": "<BaseURL>a/</BaseURL><R><BaseURL>v.mp4«?»</BaseURL></R>",
    "file of an AdaptationSet": "<A><BaseURL>v.mp4«?»</BaseURL><Representation/></A>",
    "file of the MPD": "<BaseURL>v.mp4«?»</BaseURL><R/>",
    "two files": "<R><BaseURL>v.mp4«?»</BaseURL><BaseURL>/show/b/v.mp4«?»</BaseURL></R>",
    "byte ranges of a file": (
        '<R><BaseURL>v.mp4«?»</BaseURL><SegmentList><SegmentURL mediaRange="0-9"/></SegmentList></R>'
    ),
    "folder": '<R><BaseURL>v/</BaseURL><SegmentTemplate media="$Number$.m4s«?»"/></R>',
    "folder of a list": '<R><BaseURL>v/</BaseURL><SegmentList><SegmentURL media="1.m4s«?»"/></SegmentList></R>',
    "folder outside of the grant": '<BaseURL>/</BaseURL><R><SegmentTemplate media="show/$Number$.m4s«?»"/></R>',
    "folder and file": (
        "<A><BaseURL>v/</BaseURL><Representation><BaseURL>v.mp4«?»</BaseURL></Representation>"
        '<Representation><SegmentTemplate media="$Time$.m4s«?»"/></Representation></A>'
    ),
    "subtitles": '<A><Representation id="s"><BaseURL>\n  s.vtt«?»\n</BaseURL></Representation></A>',
    "BaseURL without a level": "<Metrics><BaseURL>a</BaseURL></Metrics>",
    # Templates.
    "template": (
        '<A><SegmentTemplate media="$RepresentationID$/$Number%05d$.m4s«?»" initialization="$RepresentationID$/i«?»"'
        ' index="$Number$.idx«?»" bitstreamSwitching="b.mp4«?»" timescale="1"/><Representation id="1"/></A>'
    ),
    "template in quotes": "<R><SegmentTemplate media='$Time$.m4s?a=1&amp;b=2«&amp;»'\n\tstartNumber = '1' /></R>",
    "template of a Period": '<Period><SegmentTemplate media="$Number$«?»"/><A2><Representation/></A2></Period>',
    "template with a dollar": '<R><SegmentTemplate media="$$$Bandwidth$-$SubNumber$.m4s«?»"/></R>',
    "template with a timeline": (
        '<R><SegmentTemplate media="$Time$.m4s«?»"><SegmentTimeline><S t="0" d="2" r="3"/></SegmentTimeline>'
        "</SegmentTemplate></R>"
    ),
    "InitializationSet": '<InitializationSet id="1" initialization="i.mp4«?»"/>',
    # Lists.
    "list": (
        '<R><SegmentList><Initialization sourceURL="i.mp4«?»"/><RepresentationIndex sourceURL="x.sidx«?»"/>'
        '<BitstreamSwitching sourceURL="b.mp4«?»" range="0-1"/><SegmentURL media="1.m4s«?»" index="1.idx«?»"/>'
        '<SegmentURL mediaRange="1-2" media="/show/2.m4s?x«&amp;»"/></SegmentList></R>'
    ),
    "list of an AdaptationSet": '<A><SegmentList><SegmentURL media="1.m4s«?»"/></SegmentList><Representation/></A>',
    # Other documents.
    "xlink": f'<Period {XLINK} xlink:href="p.xml«?»" xlink:actuate="onLoad"/>',
    "xlink with another prefix": '<Period xmlns:l="http://www.w3.org/1999/xlink" l:href="p.xml?a«&amp;»"/>',
    "xlink to nothing": f'<Period {XLINK} xlink:href="urn:mpeg:dash:resolve-to-zero:2013"/>',
    "no xlink": '<Period xmlns:l="urn:other" l:href="p.xml" href="p.xml"/>',
    "events": (
        '<Period><EventStream schemeIdUri="urn:mpeg:dash:event:alternativeMPD:insert:2025"><Event>'
        '<InsertPresentation uri="ad.mpd«?»"/></Event><Event><ReplacePresentation url="ad.mpd?b=1«&amp;»"/></Event>'
        "</EventStream></Period>"
    ),
    "chaining": '<SupplementalProperty schemeIdUri="urn:mpeg:dash:chaining:2016" value="next.mpd«?»"/>',
    "fallback": (
        '<SupplementalProperty schemeIdUri="urn:mpeg:dash:fallback:2016" value="a.mpd«?» https://o.example/b.mpd"/>'
    ),
    # Spellings.
    "CDATA": "<R><BaseURL><![CDATA[v.mp4?a=1&b=2‹&›]]></BaseURL></R>",
    "CDATA with blanks": "<R><BaseURL> <![CDATA[ v.mp4‹?› ]]> </BaseURL></R>",
    "references": "<R><BaseURL>v&#x2E;mp4?a=1&#38;b=&quot;c«&amp;»</BaseURL></R>",
    "fragment": '<R><SegmentList><SegmentURL media="1.m4s«?»#t=1"/></SegmentList></R>',
    "fragment in a reference": "<R><BaseURL>v.mp4«?»&#35;t</BaseURL></R>",
    "comments": "<R><BaseURL><!-- a -->v<!-- b -->.mp4«?»<?c d?> <!-- e --></BaseURL></R>",
    "text beside CDATA": "<R><BaseURL>v<![CDATA[.mp4?a&b]]>&amp;c«&amp;»</BaseURL></R>",
    "a lone question mark": "<R><BaseURL>v.mp4?«»</BaseURL></R>",
    "non-ASCII": "<R><BaseURL>ü v.mp4«?»</BaseURL></R>",
    "prefix": (
        f'<d:Period xmlns:d="{DASH}"><d:AdaptationSet><d:Representation><d:BaseURL>v.mp4«?»</d:BaseURL>'
        "</d:Representation></d:AdaptationSet></d:Period>"
    ),
    # Other hosts.
    "other host": '<R><BaseURL>https://o.example/</BaseURL><SegmentTemplate media="$Number$.m4s"/></R>',
    "other file": "<R><BaseURL>//o.example/v.mp4</BaseURL></R>",
    "own file of another host": (
        "<BaseURL>https://o.example/a/</BaseURL><R><BaseURL>https://media.example.com/show/v.mp4«?»</BaseURL></R>"
    ),
    "other file in own folder": (
        '<R><SegmentList><SegmentURL media="https://o.example/1.m4s?Policy=p"/><SegmentURL media="2.m4s«?»"/>'
        "</SegmentList></R>"
    ),
    "each Representation on its host": (
        '<A><Representation><BaseURL>https://o.example/</BaseURL><SegmentTemplate media="$Number$.m4s"/>'
        '</Representation><Representation><SegmentTemplate media="$Number$.m4s«?»"/></Representation></A>'
    ),
    # What a lower level replaces is not requested with its base URLs.
    "replaced template": (
        '<A><SegmentTemplate media="$Number$.m4s«?»"/><Representation/><Representation>'
        '<BaseURL>https://o.example/</BaseURL><SegmentTemplate media="x/$Number$.m4s"/></Representation></A>'
    ),
    # Left alone.
    "UTCTiming": '<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://media.example.com/show/now"/>',
    "descriptors": (
        '<A><ContentProtection schemeIdUri="urn:uuid:x" xmlns:c="urn:mpeg:cenc:2013"><c:pssh>AAAA</c:pssh>'
        '</ContentProtection><EssentialProperty schemeIdUri="https://media.example.com/show/x" value="v"/></A>'
    ),
    "parameters without the query of the MPD": (
        '<A><EssentialProperty schemeIdUri="urn:mpeg:dash:urlparam:2014">'
        '<u:UrlQueryInfo xmlns:u="urn:mpeg:dash:schema:urlparam:2014" queryTemplate="$querypart$" queryString="a=1"/>'
        "</EssentialProperty><Representation><BaseURL>v.mp4«?»</BaseURL></Representation></A>"
    ),
    "other namespaces": '<x:BaseURL xmlns:x="urn:x">v.mp4</x:BaseURL><Location xmlns="urn:x">a.mpd</Location>',
    "a program": '<ProgramInformation moreInformationURL="https://media.example.com/show/"><Title>a</Title></ProgramInformation>',
    "other schemes": '<R><SegmentList><SegmentURL media="data:,a"/></SegmentList></R>',
    "an empty BaseURL": '<BaseURL/><R><BaseURL> </BaseURL><SegmentTemplate media="$Number$«?»"/></R>',
    "an empty BaseURL below a file": "<BaseURL>v.mp4«?»</BaseURL><R><BaseURL/></R>",
    "an empty BaseURL next to a file": "<BaseURL>v.mp4«?»</BaseURL><R><BaseURL/><BaseURL>w.mp4«?»</BaseURL></R>",
    "a fragment for a BaseURL": '<BaseURL>#a</BaseURL><R><SegmentTemplate media="$Number$«?»"/></R>',
    "an empty URI": '<R><SegmentList><Initialization sourceURL=""/></SegmentList></R><Location/>',
}


def plain(marked):
    """Without signatures."""
    return re.sub("[«‹][^»›]*[»›]", "", marked)


def filled(marked, query):
    """With signatures."""
    escaped = re.sub("«([^»]*)»", lambda found: found[1] + query.replace("&", "&amp;"), marked)
    return re.sub("‹([^›]*)›", lambda found: found[1] + query, escaped)


@pytest.mark.parametrize("start", ["", "\ufeff", '<?xml version="1.0" encoding="utf-8"?>\r\n<!-- <MPD> -->\n<?a b?>'])
@pytest.mark.parametrize("marked", SIGNED.values(), ids=SIGNED)
def test_each_element(marked, start):
    marked = mpd(marked, start, "\n<!-- </MPD> -->\n")
    expected = filled(marked, GRANT.query)
    assert sign_dash(plain(marked), base_url=BASE, grant=GRANT) == expected
    assert sign_dash(plain(marked).encode(), base_url=BASE, grant=GRANT) == expected.encode()
    ElementTree.fromstring(expected.removeprefix("\ufeff").encode())


@pytest.mark.parametrize("marked", SIGNED.values(), ids=SIGNED)
def test_the_trees_differ_in_uris_only(marked):
    before, after = ElementTree.fromstring(mpd(plain(marked))), ElementTree.fromstring(mpd(filled(marked, GRANT.query)))
    for old, new in zip(before.iter(), after.iter(), strict=True):
        assert (old.tag, old.attrib.keys(), old.tail) == (new.tag, new.attrib.keys(), new.tail)
        for value, signed in zip([old.text, *old.attrib.values()], [new.text, *new.attrib.values()], strict=True):
            if signed != value:
                added = re.sub(f"[?&]{re.escape(GRANT.query)}", "", signed)
                assert value in (added, signed.replace(GRANT.query, ""))


@pytest.mark.parametrize("terms", [{"grant": GRANT}, {"signer": SIGNER, "expires": END}])
@pytest.mark.parametrize("absolute", [False, True])
def test_all_requests_of_a_player_are_signed(terms, absolute):
    assert len(allowed(VOD)) == 13
    assert not any(allowed(VOD).values())
    # Served by an application, the MPD has another URL.
    url = "https://app.example/play" if absolute else BASE
    signed = sign_dash(VOD, base_url=BASE, absolute=absolute, **terms)
    found = allowed(signed, url)
    assert len(found) == 13
    assert all(found.values()), found
    assert {found.split("?")[0] for found in found} == set(allowed(VOD))
    assert all(VERIFIER.check(f"{requested}&CMCD=bl%3D1") for requested in found)


@pytest.mark.parametrize("scope", ["presentation", "uri"])
def test_a_long_mpd_may_have_many_base_urls(scope):
    """Each of its periods has its folders, and nothing inherits a URI with all of them."""
    periods = "".join(f"<R><BaseURL>{n}/</BaseURL><SegmentTemplate media='i.mp4'/></R>" for n in range(1_000))
    found = allowed(sign_dash(mpd(periods), base_url=BASE, signer=SIGNER, expires=END, scope=scope))
    assert len(found) == 1_000
    assert all(found.values())


def test_each_uri_has_its_policy():
    listed = mpd(
        "<R><BaseURL>a b/</BaseURL><SegmentList><SegmentURL media='1.m4s'/><SegmentURL media='ü 2.m4s?a'/>"
        "</SegmentList></R>"
        "<R><BaseURL><![CDATA[v.mp4?a=1&b=2]]></BaseURL></R><R><SegmentTemplate media='all.m4s'/></R>"
    )
    signed = sign_dash(listed, base_url=BASE, signer=SIGNER, expires=END, scope="uri")
    found = allowed(signed)
    assert len(found) == 4
    assert all(found.values()), found
    resources = {Policy.from_encoded(re.search("Policy=([^&]+)", requested)[1]).resource for requested in found}
    assert resources == {
        "https://media.example.com/show/" + name
        for name in ("a%20b/1.m4s*", "a%20b/%C3%BC%202.m4s?a*", "v.mp4?a=1&b=2*", "all.m4s*")
    }
    for content, message in [
        ('<R><SegmentTemplate media="$Number$.m4s"/></R>', r'template "\$Number\$.m4s" leads to many URLs'),
        ('<R><SegmentTemplate media="$$.m4s"/></R>', "template .* leads to many URLs"),
        (
            '<BaseURL>a/</BaseURL><BaseURL>b/</BaseURL><R><SegmentList><SegmentURL media="1"/></SegmentList></R>',
            'URI "1" is relative to several base URLs',
        ),
    ]:
        with pytest.raises(InvalidManifestError, match=f"^line 2: {message}"):
            sign_dash(mpd(content), base_url=BASE, signer=SIGNER, expires=END, scope="uri")


def test_absolute_urls():
    content = """
  <ProgramInformation/>
  <Location>a.mpd</Location>
  <Period xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="p.xml"/>
  <R><SegmentTemplate media="$Number$.m4s"/></R>
"""
    folder, query = "https://media.example.com/show/", GRANT.query.replace("&", "&amp;")
    assert sign_dash(mpd(content), base_url=BASE, grant=GRANT, absolute=True) == mpd(
        content.replace("<ProgramInformation/>", f"<ProgramInformation/>\n  <BaseURL>{folder}</BaseURL>")
        .replace("a.mpd", f"{folder}a.mpd?{query}")
        .replace("p.xml", f"{folder}p.xml?{query}")
        .replace(".m4s", f".m4s?{query}")
    )
    several = '<BaseURL serviceLocation="a">b&amp;c/</BaseURL><BaseURL>https://o.example/</BaseURL><R/>'
    signed = sign_dash(mpd(several), base_url=BASE, grant=WIDE, absolute=True)
    assert f">{folder}b&amp;c/?{WIDE.query.replace('&', '&amp;')}</BaseURL><BaseURL>https://o.example/</" in signed
    prefixed = f'<d:MPD xmlns:d="{DASH}"><d:Period/></d:MPD>'
    expected = prefixed.replace("<d:P", f"<d:BaseURL>{folder}</d:BaseURL><d:P")
    assert sign_dash(prefixed, base_url=BASE, grant=GRANT, absolute=True) == expected


def test_named_hosts_are_signed():
    content = mpd(
        '<BaseURL>https://cdn.example.com/</BaseURL><BaseURL>a/</BaseURL><R><SegmentTemplate media="$Time$.m4s"/></R>'
    )
    found = allowed(sign_dash(content, base_url=BASE, grant=WIDE, hosts=["cdn.example.com"]))
    assert len(found) == 6
    assert all(found.values())
    with pytest.raises(InvalidPolicyError, match=r"^line 2: .*does not cover https://cdn\.example\.com/\*\.m4s"):
        sign_dash(content, base_url=BASE, grant=GRANT, hosts=["cdn.example.com"])
    # The other host would receive the signature.
    with pytest.raises(InvalidManifestError, match=r'^line 2: URI "\$Time\$.m4s" is relative to .* several hosts'):
        sign_dash(content, base_url=BASE, grant=WIDE)


def test_the_base_url_may_be_signed():
    assert sign_dash(VOD, base_url=GRANT.url(BASE), grant=GRANT) == sign_dash(VOD, base_url=BASE, grant=GRANT)
