"""What people do with botocore's class, done with both: its own unit tests' cases, subclasses, patched attributes."""

import base64
import copy
import gc
import inspect
import pickle
import threading
import weakref
from datetime import datetime
from unittest import mock

import botocore.signers
import pytest

from cloudfront_signer import CloudFrontSigner, PrivateKey, SigningError

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = datetime(2036, 1, 1)
BOTH = [botocore.signers.CloudFrontSigner, CloudFrontSigner]


@pytest.fixture(params=BOTH, ids=["botocore", "ours"])
def base(request):
    """botocore's class, then ours."""
    return request.param


def signed(signer, url=URL):
    """What a signer with these bytes and this id makes."""
    return signer.generate_presigned_url(url, END).removeprefix(f"{url}?Expires=2082758400&")


# "signed", "other" and "third" in base64.
SIGNED, OTHER, THIRD = "Signature=c2lnbmVk", "Signature=b3RoZXI_", "Signature=dGhpcmQ_"


def rsa_other(message):
    """Stand in for a signer."""
    return b"other"


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


@pytest.mark.parametrize("derive", [False, True], ids=["itself", "subclass"])
def test_attributes_can_be_patched(base, derive):
    kind = type("Derived", (base,), {}) if derive else base
    signer = kind("K1", lambda message: b"signed")
    given = signer.rsa_signer
    with mock.patch.object(signer, "rsa_signer", new=rsa_other):
        assert signed(signer) == f"{OTHER}&Key-Pair-Id=K1"
        with mock.patch.object(signer, "rsa_signer", return_value=b"third") as third:
            assert signed(signer) == f"{THIRD}&Key-Pair-Id=K1"
        third.assert_called_once()
        assert signed(signer) == f"{OTHER}&Key-Pair-Id=K1"
    with mock.patch.object(signer, "key_id", "K2"):
        with mock.patch.object(signer, "key_id", "K3"):
            assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K3"
        assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K2"
        assert signer.key_id == "K2"
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"
    assert signer.rsa_signer is given
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signer, "key_id", "K2")
        assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K2"
    assert signer.key_id == "K1"


@pytest.mark.parametrize("derive", [False, True], ids=["itself", "subclass"])
def test_a_method_of_one_instance_can_be_patched(base, derive):
    kind = type("Derived", (base,), {}) if derive else base
    signer, other = kind("K1", lambda message: b"signed"), kind("K1", lambda message: b"signed")
    with mock.patch.object(signer, "generate_presigned_url", return_value="patched") as patched:
        assert signer.generate_presigned_url(URL, END) == "patched"
        assert signed(other) == f"{SIGNED}&Key-Pair-Id=K1"
    patched.assert_called_once_with(URL, END)
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"
    assert vars(signer).keys() == vars(other).keys()


def test_a_weak_reference_lasts_as_long_as_its_signer(base):
    signer = base("K1", lambda message: b"signed")
    reference = weakref.ref(signer)
    assert reference() is signer
    assert list(weakref.WeakKeyDictionary({signer: 1}).items()) == [(signer, 1)]
    del signer
    assert reference() is None


def test_attributes_of_an_instance_are_collected_and_copied():
    signer = CloudFrontSigner("K1", PrivateKey.generate("ecdsa-p256"))
    signer.name, signer.me = ["a"], signer
    shallow, deep = copy.copy(signer), copy.deepcopy(signer)
    assert shallow.name is signer.name
    assert shallow.me is signer
    assert deep.name == ["a"]
    assert deep.name is not signer.name
    assert deep.me is deep
    assert signed(shallow).endswith("&Key-Pair-Id=K1&Hash-Algorithm=SHA256")
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(signer)
    gone = [weakref.ref(one) for one in (signer, shallow, deep)]
    del signer, shallow, deep
    gc.collect()
    assert [one() for one in gone] == [None] * 3


def test_the_class_can_be_patched(base):
    signer = base("K1", lambda message: b"signed")
    with mock.patch.object(base, "generate_presigned_url", return_value="patched"):
        assert signer.generate_presigned_url(URL, END) == "patched"
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"


def test_a_deleted_attribute_is_gone(base):
    signer = base("K1", lambda message: b"signed")
    del signer.key_id
    assert not hasattr(signer, "key_id")
    assert hasattr(signer, "rsa_signer")
    with pytest.raises((AttributeError, SigningError)):
        signed(signer)
    signer.key_id = "K2"
    assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K2"


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


def test_a_copy_is_a_signer_of_its_own(base):
    class Mine(base):
        pass

    for kind in (base, Mine):
        signer = kind("K1", lambda message: b"signed")
        for duplicate in (copy.copy(signer), copy.deepcopy(signer)):
            assert type(duplicate) is kind
            assert duplicate.rsa_signer is signer.rsa_signer
            duplicate.key_id = "K2"
            assert signed(duplicate) == f"{SIGNED}&Key-Pair-Id=K2"
            assert signed(signer) == f"{SIGNED}&Key-Pair-Id=K1"
    signer = Mine("K1", lambda message: b"signed")
    signer.itself, signer.tags = signer, ["a"]
    shallow, deep = copy.copy(signer), copy.deepcopy(signer)
    assert shallow.itself is signer
    assert shallow.tags is signer.tags
    assert deep.itself is deep
    assert deep.tags == ["a"]
    assert deep.tags is not signer.tags


def test_a_copy_has_the_slots(base):
    class Plain(base):
        __slots__ = ("tags", "unset")

    class WithDict(Plain):
        pass

    for kind in (Plain, WithDict):
        signer = kind("K1", lambda message: b"signed")
        signer.tags = ["a"]
        shallow, deep = copy.copy(signer), copy.deepcopy(signer)
        assert shallow.tags is signer.tags
        assert deep.tags == ["a"]
        assert deep.tags is not signer.tags
        assert not hasattr(deep, "unset")
        assert signed(deep) == f"{SIGNED}&Key-Pair-Id=K1"


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


def test_cycles_through_what_was_given_and_what_replaced_it_are_collected():
    class Mine(CloudFrontSigner):
        def __init__(self):
            super().__init__("K1", self.sign)

        def sign(self, message):
            return b"signed"

    class Overriding(CloudFrontSigner):
        key_id = "K1"

        def __init__(self):
            pass

        def rsa_signer(self, message):
            return b"signed"

    class Sign:
        def __call__(self, message):
            return b"signed"

    gone = []
    for kind in (Mine, Overriding):
        signer = kind()
        signed(signer)
        gone.append(weakref.ref(signer))
    sign = Sign()
    sign.signer = CloudFrontSigner("K1", lambda message: b"signed")
    sign.signer.rsa_signer = sign
    signed(sign.signer)
    gone.append(weakref.ref(sign))
    del signer, sign
    gc.collect()
    assert [one() for one in gone] == [None, None, None]
