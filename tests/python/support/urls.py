"""URLs to sign: each character alone, each spelling of a host, what people have signed, and random ones."""

import re

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# NFC and NFD, blanks of other kinds, right-to-left, four bytes of UTF-8, a joined emoji, the last code points.
OTHERS = [
    *"éüßñ日本語ΩжЖ",
    *("e\u0301", "\u0301", "\u00a0", "\u2028", "\u3000", "\u200b", "\ufeff", "\u202e", "שלום", "\u0085", "ﬁ", "İ"),
    *("😀", "👩\u200d👩\u200d👧", "\U0010ffff", "\ufffd"),
]
ASCII = [chr(code) for code in range(128)]
ESCAPES = [f"%{code:02X}" for code in range(256)]
# Those that clients are known to change, to write anew or to take for none.
ODD_ESCAPES = [
    *(
        "%2a",
        "%7e",
        "%2f",
        "%3f",
        "%5d",
        "%c3%a9",
        "%0a",
        "%2A",
        "%7E",
        "%41",
        "%27",
        "%3F",
        "%2F",
        "%2B",
        "%25",
        "%2525",
    ),
    *("%", "%%", "%2", "%a", "%zz", "%2%41", "%é", "%u00e9"),
]
HOSTS = [
    *("media.example", "MEDIA.EXAMPLE", "D111111abcdef8.CloudFront.example", "xn--bcher-kva.example", "a_b.example"),
    *("media.example:80", "Media.Example:80", "media.example:8080", "media.example:443", "media.example:"),
]
WHOLE = [
    *("http://{host}", "http://{host}/", "http://{host}?a", "http://{host}/?", "http://{host}/a?", "http://{host}/a?#"),
    *("HTTP://{host}/a", "Http://{host}/A/b?C=D", "http://{host}#part", "http://{host}/a#part", "http://{host}/a?b#c"),
]
PATHS_AND_QUERIES = [
    *("/a//b", "//a", "//", "/a/", "/a;v=1/b", "/a:b", "/:80", "/@me", "/a@b.example/", "/[1-3].ts", "/{a,b}.ts"),
    *(
        "/a.b/..c/d..",
        "/.hidden",
        "/...",
        "/a?b?c",
        "/a??",
        "/???",
        "/a?b&&c=&=d",
        "/a?&",
        "/a?=",
        "/a?b=c=d",
        "/a?b;c",
    ),
    *("/a b+c%20d?e f+g%20h", "/it's?it's", "/100%?100%", "/50%off?50%off", "/a?redirect=http://b.example/c?d#e"),
    *(
        "/a?next=/../b",
        "/a?b=/./c",
        "/a\tb\r\nc",
        "/a\\b\\..\\c",
        "/~user/a~b?~c",
        "/a|b^c`d",
        "/a*b?c*d",
        "/*?*",
        "/<a>",
    ),
    *(
        "/Zusammen\u0301fassung für 2026 (Entwurf).pdf?name=Zusammenfassung für 2026.pdf",
        "/a#b#c",
        "/a#b?c",
        "/a#é '<>`",
    ),
    *(
        "/a?filename*=UTF-8''%e2%82%ac.pdf",
        '/a?response-content-disposition=attachment; filename="a b.pdf"',
        "/a?x[]=1",
    ),
]


def explicit_urls():
    """Every character and escape alone in a path and in a query, and every spelling of a host."""
    urls = [whole.format(host="media.example") for whole in WHOLE]
    urls += [f"http://{host}{rest}" for host in HOSTS for rest in ("/a/b.mp4?c=d", "/")]
    urls += [f"http://media.example{rest}" for rest in PATHS_AND_QUERIES]
    for text in (*ASCII, *OTHERS, *ESCAPES, *ODD_ESCAPES):
        urls += [f"http://media.example/a{text}b", f"http://media.example/a?b{text}c"]
    for text in (*ASCII, *OTHERS, *ODD_ESCAPES):
        urls += [f"http://media.example/{text}", f"http://media.example/a?{text}"]
    return [url for url in dict.fromkeys(urls) if not has_dot_segments(url)]


def urls(scheme="http"):
    """Random URLs of everything that the explicit list has."""
    text = st.lists(
        st.one_of(
            st.sampled_from(ASCII),
            st.sampled_from([*ODD_ESCAPES, *OTHERS, *"/?*'~+"]),
            st.sampled_from(ESCAPES),
            st.characters(exclude_categories=["Cs"]),
        ),
        max_size=12,
    ).map("".join)
    # Browsers refuse some ports (the Fetch standard's "bad ports"), none of which begins with 8.
    names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}\.Example(:80|:443|:8[0-9]{3})?", fullmatch=True)
    rests = st.one_of(
        st.just(""), text.map("?{}".format), text.map("/{}".format), st.builds("/{}?{}".format, text, text)
    )
    urls = st.builds("{}://{}{}".format, st.just(scheme), st.sampled_from(HOSTS) | names, rests)
    return urls.filter(lambda url: not has_dot_segments(url))


def random_urls(count):
    """A list of them, other ones in each run."""
    found = {}

    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(urls())
    def collect(url):
        found[url] = None

    collect()
    return list(found)


def has_dot_segments(url):
    """Whether clients resolve something in its path: `.` or `..`, however their dots are written."""
    path = re.split("[?#]", url.partition("://")[2], maxsplit=1)[0].partition("/")[2]
    return any(re.fullmatch(r"(\.|%2e){1,2}", segment, re.IGNORECASE) for segment in path.split("/"))
