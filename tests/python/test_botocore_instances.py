"""An object of botocore's class and of ours: patched, copied, referred to weakly, and collected."""

import copy
import gc
import pickle
import weakref
from unittest import mock

import pytest

from cloudfront_signer import CloudFrontSigner, PrivateKey, SigningError

from support.botocore_class import BOTH, END, OTHER, SIGNED, THIRD, URL, rsa_other, signed


@pytest.fixture(params=BOTH, ids=["botocore", "ours"])
def base(request):
    """botocore's class, then ours."""
    return request.param


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
