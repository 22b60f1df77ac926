"""What people do with botocore's class, done with both: its own unit tests' cases, subclasses, replaced attributes."""

import base64
import inspect
import threading
from datetime import datetime
from unittest import mock

import pytest

from cloudfront_signer import CloudFrontSigner, SigningError

from support.botocore_class import BOTH, END, OTHER, SIGNED, URL, signed


@pytest.fixture(params=BOTH, ids=["botocore", "ours"])
def base(request):
    """botocore's class, then ours."""
    return request.param


def test_botocores_cases(base):
    signer = base("MY_KEY_ID", lambda message: b"signed")
    assert signer.build_policy("foo", END) == (
        '{"Statement":[{"Resource":"foo","Condition":{"DateLessThan":{"AWS:EpochTime":2082758400}}}]}'
    )
    policy = signer.build_policy("foo", END, date_greater_than=datetime(2035, 12, 1), ip_address="12.34.56.78/9")
    assert policy == (
        '{"Statement":[{"Resource":"foo","Condition":{"DateLessThan":{"AWS:EpochTime":2082758400},'
        '"IpAddress":{"AWS:SourceIp":"12.34.56.78/9"},"DateGreaterThan":{"AWS:EpochTime":2080080000}}}]}'
    )
    url = signer.generate_presigned_url("http://test.com/foo.txt", date_less_than=END)
    assert url == "http://test.com/foo.txt?Expires=2082758400&Signature=c2lnbmVk&Key-Pair-Id=MY_KEY_ID"
    # botocore's own case has a policy for "foo" here, which opens no URL: ours refuses that one.
    policy = signer.build_policy("http://test.com/*", END, date_greater_than=datetime(2035, 12, 1))
    url = signer.generate_presigned_url("http://test.com/index.html?foo=bar", policy=policy)
    start, _, rest = url.partition("&Policy=")
    assert start == "http://test.com/index.html?foo=bar"
    assert rest.endswith("&Signature=c2lnbmVk&Key-Pair-Id=MY_KEY_ID")
    with pytest.raises(ValueError, match="policy"):
        signer.generate_presigned_url(URL)
    with pytest.raises(ValueError, match="policy"):
        signer.generate_presigned_url(URL, END, policy)


def test_the_message_is_the_policy(base):
    sign = mock.Mock(return_value=b"signed")
    signer = base("K1", sign)
    signer.generate_presigned_url(URL, END)
    sign.assert_called_once_with(signer.build_policy(URL, END).encode())


def test_what_counts_as_not_given(base):
    signer = base("K1", lambda message: b"signed")
    plain = signer.build_policy(URL, END)
    for empty in (None, "", 0, False):
        assert signer.build_policy(URL, END, empty, empty) == plain


def test_a_subclass_without_an_init(base):
    class Mine(base):
        pass

    assert signed(Mine("K1", lambda message: b"signed")) == f"{SIGNED}&Key-Pair-Id=K1"
    assert signed(Mine(rsa_signer=lambda message: b"signed", key_id="K1")) == f"{SIGNED}&Key-Pair-Id=K1"


def test_a_subclass_with_its_own_init(base):
    class ForBucket(base):
        def __init__(self, bucket, *, region="eu-west-1"):
            super().__init__(f"K-{bucket}", self.sign)
            self.bucket, self.region = bucket, region

        def sign(self, message):
            return b"signed"

    signer = ForBucket("media", region="us-east-1")
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K-media"
    assert (signer.bucket, signer.region, signer.key_id) == ("media", "us-east-1", "K-media")
    assert signer.rsa_signer == signer.sign


def test_a_second_init_replaces_the_first(base):
    signer = base("K1", lambda message: b"signed")
    signer.__init__("K2", lambda message: b"other")
    assert signed(signer) == f"{OTHER}&Key-Pair-Id=K2"


def test_a_method_may_sign(base):
    class Mine(base):
        def __init__(self, key_id):
            self.key_id = key_id

        def rsa_signer(self, message):
            return b"signed"

    signer = Mine("K1")
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"
    # An instance's attribute comes before its class's method.
    signer.rsa_signer = lambda message: b"other"
    assert signed(signer) == f"{OTHER}&Key-Pair-Id=K1"


def test_what_is_given_comes_before_a_method(base):
    class Mine(base):
        def rsa_signer(self, message):
            return b"signed"

    assert signed(Mine("K1", lambda message: b"other")) == f"{OTHER}&Key-Pair-Id=K1"


def test_what_a_method_signed_is_remembered():
    messages = []

    class Mine(CloudFrontSigner):
        key_id = "K1"

        def __init__(self):
            pass

        def rsa_signer(self, message):
            messages.append(message)
            return b"signed"

    signer = Mine()
    urls = {signer.sign_url(URL, expires=2_000_000_000, align=60) for _ in range(3)}
    assert (len(urls), len(messages)) == (1, 1)


def test_a_callable_says_what_it_signs_with():
    """CloudFront checks SHA-1 if the URL does not name SHA-256."""

    class Remote:
        hash_algorithm = "SHA256"

        def __call__(self, message):
            return b"signed"

    signer = CloudFrontSigner("K1", Remote())
    assert signer.hash_algorithm == "SHA256"
    assert "&Hash-Algorithm=SHA256" in signer.sign_url(URL, expires=2_000_000_000)
    assert CloudFrontSigner("K1", Remote(), hash_algorithm="SHA256").hash_algorithm == "SHA256"
    signer.rsa_signer = lambda message: b"signed"
    assert signer.hash_algorithm == "SHA1"
    with pytest.raises(
        SigningError, match=r"^hash algorithm SHA1: the signer signs with SHA256: leave the hash algorithm out$"
    ):
        CloudFrontSigner("K1", Remote(), hash_algorithm="SHA1")
    Remote.hash_algorithm = "MD5"
    with pytest.raises(SigningError, match="MD5"):
        CloudFrontSigner("K1", Remote())
    # A mock has every attribute.
    assert CloudFrontSigner("K1", mock.Mock(return_value=b"signed")).hash_algorithm == "SHA1"


def test_properties_are_asked_each_time(base):
    class Rotating(base):
        def __init__(self, **settings):
            self.settings = settings

        @property
        def key_id(self):
            return self.settings["key_id"]

        @property
        def rsa_signer(self):
            signature = self.settings["signature"]
            return lambda message: signature

    signer = Rotating(key_id="K1", signature=b"signed")
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"
    signer.settings["signature"] = b"other"
    assert signed(signer) == f"{OTHER}&Key-Pair-Id=K1"
    signer.settings["key_id"] = "K2"
    assert signed(signer) == f"{OTHER}&Key-Pair-Id=K2"


def test_a_property_without_a_setter_refuses_the_init(base):
    class Mine(base):
        @property
        def key_id(self):
            return "K1"

    with pytest.raises(AttributeError):
        Mine("K2", lambda message: b"signed")


def test_a_property_with_a_setter_is_given_the_value(base):
    class Mine(base):
        @property
        def key_id(self):
            return self.prefix + "1"

        @key_id.setter
        def key_id(self, value):
            self.prefix = value

    assert signed(Mine("K", lambda message: b"signed")) == f"{SIGNED}&Key-Pair-Id=K1"


def test_replacements_in_two_threads_are_both_kept(rsa_key):
    """One thread sets the key pair id while another sets the signer: reading a key lets other threads run."""
    reading, replaced = threading.Event(), threading.Event()

    class Key:
        def __init__(self):
            self.readings = 0

        def private_numbers(self):
            raise NotImplementedError

        def private_bytes(self, *_):
            self.readings += 1
            if self.readings > 1:
                reading.set()
                assert replaced.wait(30)
            return pem_to_der(rsa_key)

    signer = CloudFrontSigner("K1", Key())
    thread = threading.Thread(target=setattr, args=(signer, "key_id", "K2"))
    thread.start()
    assert reading.wait(30)
    signer.rsa_signer = rsa_key
    replaced.set()
    thread.join()
    assert signer.key_id == "K2"
    assert signer.rsa_signer is rsa_key
    assert repr(signer) == repr(CloudFrontSigner("K2", rsa_key))


def pem_to_der(key):
    return base64.b64decode("".join(key.to_pem().splitlines()[1:-1]))


def test_every_method_signs_with_the_replacement(ec_key, rsa_key):
    signer = CloudFrontSigner("K1", rsa_key)
    other = CloudFrontSigner("K2", rsa_key)
    signer.key_id = "K2"
    made = [
        [
            one.sign_url(URL, expires=2_000_000_000),
            one.sign_url(URL, expires=2_000_000_000, align=60),
            one.sign_urls([URL], expires=2_000_000_000),
            dict(one.sign_cookies(URL, expires=2_000_000_000)),
            one.sign_stream("a", expires=2_000_000_000),
            one.grant(URL, expires=2_000_000_000).url(URL),
            repr(one),
        ]
        for one in (signer, other)
    ]
    assert made[0] == made[1]
    signer.rsa_signer = ec_key
    assert signer.hash_algorithm == "SHA256"
    assert signer.rsa_signer is ec_key
    assert "&Hash-Algorithm=SHA256" in signer.sign_url(URL, expires=2_000_000_000, align=60)
    fixed = CloudFrontSigner("K1", rsa_key, hash_algorithm="SHA1")
    fixed.rsa_signer = ec_key
    assert fixed.hash_algorithm == "SHA1"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [("key_id", None, TypeError), ("key_id", "", SigningError), ("key_id", "a b", SigningError)]
    + [("rsa_signer", value, TypeError) for value in (None, "key.pem", b"")],
)
def test_a_replacement_that_cannot_sign_is_refused(rsa_key, name, value, error):
    signer = CloudFrontSigner("K1", rsa_key)
    before = signer.sign_url(URL, expires=2_000_000_000)
    with pytest.raises(error):
        setattr(signer, name, value)
    assert signer.sign_url(URL, expires=2_000_000_000) == before


def test_without_init_there_is_one_clear_error():
    class Mine(CloudFrontSigner):
        def __init__(self, bucket):
            self.bucket = bucket

    for signer in (Mine("media"), CloudFrontSigner.__new__(CloudFrontSigner)):
        assert repr(signer) == "CloudFrontSigner()"
        assert not hasattr(signer, "key_id")
        assert not hasattr(signer, "rsa_signer")
        with pytest.raises(SigningError, match=r"CloudFrontSigner\.__init__ was not called"):
            signer.sign_url(URL, expires=2_000_000_000)
    signer.__init__("K1", lambda message: b"signed")
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"


def test_a_property_that_fails_says_so_itself():
    class Mine(CloudFrontSigner):
        @property
        def rsa_signer(self):
            raise LookupError("no secret")

        @rsa_signer.setter
        def rsa_signer(self, value):
            pass

    with pytest.raises(LookupError, match="no secret"):
        signed(Mine("K1", None))


def test_wrong_arguments_are_refused_by_init():
    for arguments in [(), ("K1",), ("K1", bytes, "SHA1")]:
        with pytest.raises(TypeError, match=r"CloudFrontSigner\.__init__\(\)"):
            CloudFrontSigner(*arguments)
    with pytest.raises(TypeError, match="hash"):
        CloudFrontSigner("K1", bytes, hash="SHA1")


def test_help_shows_the_arguments():
    assert str(inspect.signature(CloudFrontSigner)).startswith("(key_id, rsa_signer, *, hash_algorithm=None")


def test_threads_see_one_pair_or_the_other():
    pairs = {"K1": b"signed", "K2": b"other"}
    signer = CloudFrontSigner("K1", lambda message: b"signed")
    done, seen = threading.Event(), set()

    def read():
        while not done.is_set():
            seen.add(signed(signer))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(300):
        for key_id, signature in pairs.items():
            signer.__init__(key_id, lambda message, signature=signature: signature)
    done.set()
    for reader in readers:
        reader.join()
    assert seen <= {f"{SIGNED}&Key-Pair-Id=K1", f"{OTHER}&Key-Pair-Id=K2"}
