"""HTTP clients as people use them. Each sends a list of ``(number, URL)`` to a recorder, the URL as a plain string.

Nothing is set but what leads them to the recorder: neither a proxy of the environment nor a real host is ever asked.
"""

import asyncio
import contextlib
import http.client
import subprocess
import threading
import urllib.request

import aiohttp
import httpx
import requests
import urllib3

from support.browser import running_chromium
from support.node import running_node
from support.programs import find
from support.recorder import START, every_host_is, number_header


def with_requests(recorder, numbered):
    with every_host_is(recorder), requests.Session() as session:
        session.trust_env = False
        for number, url in numbered:
            with contextlib.suppress(requests.RequestException):
                session.get(url, headers=number_header(number))


def with_httpx(recorder, numbered):
    with every_host_is(recorder), httpx.Client(trust_env=False) as client:
        for number, url in numbered:
            with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
                client.get(url, headers=number_header(number))


def with_urllib3(recorder, numbered):
    with every_host_is(recorder), urllib3.PoolManager(retries=False) as pool:
        for number, url in numbered:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                pool.request("GET", url, headers=number_header(number))


def with_urllib(recorder, numbered):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with every_host_is(recorder):
        for number, url in numbered:
            with contextlib.suppress(OSError, http.client.InvalidURL):
                opener.open(urllib.request.Request(url, headers=number_header(number)), timeout=60).close()


def with_aiohttp(recorder, numbered):
    async def send():
        async with aiohttp.ClientSession() as session:
            for number, url in numbered:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(url, headers=number_header(number)):
                        pass

    with every_host_is(recorder):
        # Playwright's loop may be running in this thread.
        thread = threading.Thread(target=asyncio.run, args=[send()])
        thread.start()
        thread.join()


def with_curl(recorder, numbered):
    """This is `curl URL`: neither `--path-as-is` nor `--globoff` is given.

    Without the latter, curl takes `[1-3]` and `{a,b}` for ranges and lists of URLs: signed URLs have them encoded.
    """
    curl = find("curl", "curl")
    for batch in batched(numbered, 400):
        _curl(curl, recorder, batch)
        # One that did not get to the end of its list, on a machine short of something, has not refused the rest.
        for number, url in batch:
            if not recorder.has(number):
                _curl(curl, recorder, [(number, url)])


def _curl(curl, recorder, numbered):
    configuration = "next\n".join(_curl_options(recorder, number, url) for number, url in numbered)
    # Its status is the last URL's alone: what was not sent, the recorder does not have.
    command = [curl, "-q", "--silent", "--show-error", "--config", "-"]
    subprocess.run(command, input=configuration, text=True, check=False)


def _curl_options(recorder, number, url):
    ((name, value),) = number_header(number).items()
    options = [
        ("url", url),
        ("header", f"{name}: {value}"),
        # Each `next` would keep its connection, and this process, which has the other ends, may open only so many.
        ("header", "Connection: close"),
        ("output", "/dev/null"),
        ("connect-to", f"::127.0.0.1:{recorder.port}"),
        ("noproxy", "*"),
    ]
    return "".join(f"{name} = {_quoted(value)}\n" for name, value in options)


def batched(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def _quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def with_node(recorder, numbered):
    asked = [{"url": url, "headers": number_header(number)} for number, url in numbered]
    with running_node() as node:
        node.ask("fetch", port=recorder.port, requests=asked)


FETCH = """async numbered => {
  const fetchAll = async () => {
    for (let next; (next = numbered.pop());) {
      await fetch(next.url, {mode: 'no-cors', headers: next.headers}).catch(() => {});
    }
  };
  await Promise.all(Array.from({length: 6}, fetchAll));
}"""

IMAGE = """([start, url]) => new Promise(resolve => {
  history.replaceState(null, '', start);
  const image = new Image();
  image.referrerPolicy = 'unsafe-url';
  image.onload = image.onerror = resolve;
  image.src = url;
})"""

LINK = """([start, url]) => {
  history.replaceState(null, '', start);
  const link = document.createElement('a');
  link.referrerPolicy = 'unsafe-url';
  link.href = url;
  link.click();
}"""


@contextlib.contextmanager
def _page(recorder):
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{recorder.port}"
    with running_chromium(rules, "--no-proxy-server") as chromium, chromium.new_context() as context:
        page = context.new_page()
        page.goto(START)
        yield page


def with_chromium_fetch(recorder, numbered):
    with _page(recorder) as page:
        page.evaluate(FETCH, [{"url": url, "headers": number_header(number)} for number, url in numbered])


def with_chromium_image(recorder, numbered):
    with _page(recorder) as page:
        for number, url in numbered:
            page.evaluate(IMAGE, [f"{START}?{number}", url])


def with_chromium_link(recorder, numbered):
    with _page(recorder) as page:
        for number, url in numbered:
            page.evaluate(LINK, [f"{START}?{number}", url])
            # The next click would call this one off.
            recorder.wait_for(number)


CLIENTS = {
    "curl": with_curl,
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
    "urllib3": with_urllib3,
    "urllib": with_urllib,
    "node fetch": with_node,
    "chromium fetch": with_chromium_fetch,
}
# One at a time, so for fewer URLs.
SLOW_CLIENTS = {"chromium image": with_chromium_image, "chromium link": with_chromium_link}
