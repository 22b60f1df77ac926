"""The event loop runs while a key signs elsewhere."""

import asyncio
import inspect
import threading

import pytest

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
from cloudfront_signer.keys import AsyncSigner, KeyRing, KeySource, options

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
RESOURCE = "https://d111111abcdef8.cloudfront.net/*"
END = 2_000_000_000
NOW = END - 60
PATIENCE = 60


class Remote:
    """A remote signer: any callable from bytes to bytes. It answers when the event loop lets it."""

    def __init__(self, key):
        self.key, self.answers, self.threads = key, threading.Event(), set()

    def __call__(self, message):
        self.threads.add(threading.get_ident())
        assert self.answers.wait(PATIENCE)
        return self.key.sign(message, "SHA1")


@pytest.fixture
def key(rsa_key):
    return rsa_key


def test_the_loop_runs_while_a_remote_key_signs(key):
    """Without a thread this would never end: the loop has to let the remote signer answer."""
    remote = Remote(key)

    async def main():
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, remote.answers.set)
        return await AsyncSigner(CloudFrontSigner("K1", remote)).sign_url(URL, expires=END)

    assert Verifier({"K1": key.public_key()}).check(asyncio.run(main()), now=NOW)
    assert threading.get_ident() not in remote.threads


def test_every_method(key):
    plain = CloudFrontSigner("K1", key)

    async def main():
        signer = AsyncSigner(plain)
        assert await signer.sign_url(URL, expires=END) == plain.sign_url(URL, expires=END)
        assert await signer.sign_urls([URL, URL], expires=END) == plain.sign_urls([URL, URL], expires=END)
        assert await signer.sign_cookies(RESOURCE, expires=END) == plain.sign_cookies(RESOURCE, expires=END)
        parameters = await signer.signed_parameters(RESOURCE, expires=END)
        assert parameters == plain.signed_parameters(RESOURCE, expires=END)
        assert await signer.sign_stream("a", expires=END) == plain.sign_stream("a", expires=END)
        assert (await signer.grant(RESOURCE, expires=END)).query == plain.grant(RESOURCE, expires=END).query
        assert await signer.generate_presigned_url(URL, END) == plain.generate_presigned_url(URL, END)

    asyncio.run(main())
    signing = {name for name in vars(CloudFrontSigner) if name.startswith(("sign", "grant", "generate"))}
    assert signing <= vars(AsyncSigner).keys()


def test_the_keywords_are_those_of_a_signer():
    for name, terms in {
        "sign_url": options.UrlTerms,
        "sign_urls": options.UrlTerms,
        "sign_cookies": options.CookieTerms,
        "signed_parameters": options.CookieTerms,
        "sign_stream": options.StreamTerms,
        "grant": options.GrantTerms,
    }.items():
        parameters = inspect.signature(getattr(CloudFrontSigner, name)).parameters.values()
        assert terms.__annotations__.keys() == {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}, name
    arguments = inspect.signature(CloudFrontSigner).parameters.keys()
    assert options.SignerOptions.__annotations__.keys() == arguments - {"key_id", "rsa_signer"}


def test_only_signers(key):
    with pytest.raises(TypeError, match=r"^signer: expected a CloudFrontSigner, found PrivateKey$"):
        AsyncSigner(key)


def test_errors_reach_the_caller(key):
    with pytest.raises(ValueError, match="nonsense"):
        asyncio.run(AsyncSigner(CloudFrontSigner("K1", key)).sign_url("nonsense", expires=END))


def test_a_ring_is_followed(clock):
    keys = [PrivateKey.generate("ecdsa-p256") for _ in range(2)]
    ring = KeyRing(("K1", keys[0]), ("K2", keys[1]), switch_at=clock.now + 60)
    signer = AsyncSigner(ring.signer())
    assert ring.verifier().check(asyncio.run(signer.sign_url(URL, expires=END)), now=NOW).key_id == "K1"
    clock.now += 60
    assert ring.verifier().check(asyncio.run(signer.sign_url(URL, expires=END)), now=NOW).key_id == "K2"
    assert repr(signer) == "<AsyncSigner of <CloudFrontSigner of <KeyRing K1, K2>>>"


def test_many_coroutines_do_one_fetch(key):
    calls, answers = [], threading.Event()

    def fetch():
        calls.append(1)
        assert answers.wait(PATIENCE)
        return key

    async def main():
        signer = AsyncSigner(KeySource(fetch, name="here").signer("K1"))
        tasks = [asyncio.create_task(signer.sign_url(f"{URL}?{number}", expires=END)) for number in range(4)]
        while not calls:
            await asyncio.sleep(0)
        answers.set()
        return await asyncio.gather(*tasks)

    urls = asyncio.run(main())
    assert len(set(urls)) == 4
    assert calls == [1]
