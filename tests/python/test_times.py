"""Times as people give them: what they mean, and what they cannot mean."""

import subprocess
import sys
import time
import warnings
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cloudfront_signer import (
    CloudFrontSigner,
    ExpiredWarning,
    InvalidPolicyError,
    Policy,
    PrivateKey,
    Verifier,
    signed_url,
)
from cloudfront_signer.boto2 import create_signed_url

URL = "https://a.example/b"
END = 1_893_456_000
KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def expiry(**terms):
    return int(SIGNER.sign_url(URL, **terms).split("Expires=")[1].split("&")[0])


@pytest.mark.parametrize(
    "end",
    [
        END,
        END + 0.9,
        Decimal(END) + Decimal("0.5"),
        Fraction(2 * END + 1, 2),
        datetime(2030, 1, 1, tzinfo=UTC),
        datetime(2029, 12, 31, 17, tzinfo=timezone(timedelta(hours=-7))),
        "2030-01-01T00:00:00Z",
        "2030-01-01 01:00:00+01:00",
        np.int64(END),
        np.float64(END),
        np.datetime64("2030-01-01"),
        np.datetime64("2030-01"),
        np.datetime64("2030"),
        np.datetime64("2030-01-01T00:00:00.999999999"),
        pd.Timestamp("2030-01-01", tz="UTC"),
        pd.Timestamp("2030-01-01 01:00", tz="Europe/Berlin"),
        pd.Timestamp("2030-01-01").to_datetime64(),
    ],
)
def test_moments(end):
    assert expiry(expires=end) == END
    assert Policy("https://a/*", expires=end).expires == END


@pytest.mark.parametrize(
    "hour",
    [
        HOUR,
        np.timedelta64(1, "h"),
        np.timedelta64(3600, "s"),
        np.timedelta64(3600 * 10**9, "ns"),
        np.timedelta64(3600 * 10**6, "us"),
        np.timedelta64(60, "m"),
        pd.Timedelta(hours=1),
        pd.Timedelta(hours=1).to_timedelta64(),
    ],
)
def test_spans(hour):
    before = int(time.time())
    assert before + 3600 <= expiry(expires=hour) <= time.time() + 3600
    assert expiry(expires=END + 1, align=hour) == END + 3600


@pytest.mark.parametrize("hour", [3600, 3600.0, Decimal(3600), Fraction(3600), np.int32(3600)])
def test_a_grid_may_be_a_number_of_seconds(hour):
    assert expiry(expires=END + 1, align=hour) == END + 3600


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (
            3600,
            r"^expires: time 3600 is before 2001, so it is a duration: expected a point in time, in seconds since 1970 "
            r"\(for a duration, timedelta\(seconds=3600\)\)$",
        ),
        (978_307_199, "duration"),
        (np.int16(3600), "duration"),
        (
            datetime(1999, 1, 1, tzinfo=UTC),
            "^expires: time 1999-01-01 00:00:00 UTC is before 2001: expected a future expiry",
        ),
        ("1999-01-01T00:00:00Z", "before 2001"),
        (timedelta(seconds=-1), "^expires: a duration of -1 seconds is negative"),
        (np.timedelta64(-1, "s"), "is negative: expected a positive one"),
        (timedelta.min, "is negative: expected a positive one"),
        (-5, "^expires: time -5 is before 1970"),
        (END * 1000, "milliseconds"),
        (10**400, "milliseconds"),
        (-(10**400), "1970"),
        (Fraction(10**400), "finite"),
        (Decimal("NaN"), "finite"),
        (datetime.max, "without a time zone"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-7))), "past the year 9999"),
        (timedelta.max, "past the year 9999"),
        (np.timedelta64(2**62, "W"), "past the year 9999"),
        (datetime(2030, 1, 1), r"^expires: a datetime without a time zone.*use datetime\.now\(UTC\)"),
        (pd.Timestamp("2030-01-01"), "without a time zone"),
        ("2030-01-01T00:00:00", '^expires: time "2030-01-01T00:00:00" has no offset'),
        ("2030-01-01", "no offset"),
        ("tomorrow", "expected ISO 8601 with an offset"),
        (str(END), "expected ISO 8601 with an offset"),
        (np.timedelta64(30), "numpy.timedelta64 of unit generic"),
        (np.timedelta64(1, "M"), "numpy.timedelta64 of unit M"),
        (np.timedelta64("NaT", "s"), "NaT"),
        (np.datetime64("NaT"), "NaT"),
    ],
)
def test_what_no_expiry_can_mean(end, message):
    for refused in (
        lambda: SIGNER.sign_url(URL, expires=end),
        lambda: SIGNER.sign_cookies("https://a/*", expires=end),
        lambda: SIGNER.grant("https://a/*", expires=end),
        lambda: SIGNER.sign_stream("a", expires=end),
        lambda: Policy("https://a/*", expires=end),
        lambda: CloudFrontSigner("K1", KEY, expires=end).sign_url(URL),
    ):
        with pytest.raises(InvalidPolicyError, match=message) as caught:
            refused()
        assert "\n" not in str(caught.value)


def test_the_last_second_of_calendars():
    assert expiry(expires=datetime.max.replace(tzinfo=UTC)) == 253_402_300_799


@pytest.mark.parametrize(
    "wrong",
    [
        True,
        np.bool_(True),
        np.array(END),
        np.array([END]),
        b"2030-01-01T00:00:00Z",
        date(2030, 1, 1),
        1j,
        pd.NaT,
        Decimal("sNaN"),
        [END],
    ],
)
def test_what_is_no_time(wrong):
    with pytest.raises(TypeError, match=r"^expires: expected datetime, timedelta, .*, found \w+$"):
        SIGNER.sign_url(URL, expires=wrong)


def test_a_default_that_no_calendar_holds_is_refused_at_once(rsa_key):
    with pytest.raises(InvalidPolicyError, match=r"^expires: .*past the year 9999"):
        CloudFrontSigner("K1", rsa_key, expires=timedelta.max)


@pytest.mark.parametrize(
    ("align", "kind", "message"),
    [
        (0, InvalidPolicyError, "at least one second"),
        (-HOUR, InvalidPolicyError, "at least one second"),
        (0.5, InvalidPolicyError, "at least one second"),
        (10**400, InvalidPolicyError, "at least one second"),
        (float("nan"), InvalidPolicyError, "at least one second"),
        (timedelta.max, InvalidPolicyError, "at least one second"),
        (np.timedelta64(1, "Y"), InvalidPolicyError, "unit Y"),
        (True, TypeError, "^align: expected timedelta or a number of seconds, found bool$"),
        (np.bool_(True), TypeError, "align"),
        (np.datetime64("2030"), TypeError, "align"),
        (LONG_AGO, TypeError, "align"),
        ("1h", TypeError, "align"),
    ],
)
def test_what_is_no_grid(align, kind, message):
    for refused in (
        lambda: SIGNER.sign_url(URL, expires=HOUR, align=align),
        lambda: CloudFrontSigner("K1", KEY, align=align),
    ):
        with pytest.raises(kind, match=message) as caught:
            refused()
        assert len(str(caught.value)) < 150


def test_a_start_may_be_past_but_no_span():
    for start in (-HOUR, LONG_AGO, datetime(1970, 1, 1, tzinfo=UTC), "2020-01-01T00:00:00Z", 1_577_836_800):
        assert Policy("https://a/*", expires=HOUR, not_before=start).not_before is not None
    # As a time this would have opened at once what was to open in an hour.
    for start in (3600, 0, datetime(2020, 1, 1), "2020-01-01"):
        with pytest.raises(InvalidPolicyError, match=r"^not_before: "):
            SIGNER.sign_url(URL, expires=HOUR, not_before=start)


def test_a_datetime_without_a_zone_is_utc_where_it_is_in_the_libraries_we_stand_in_for():
    naive, aware = datetime(2030, 1, 1), datetime(2030, 1, 1, tzinfo=UTC)
    assert f"Expires={END}&" in SIGNER.generate_presigned_url(URL, date_less_than=naive)
    assert SIGNER.build_policy("https://a/*", naive, datetime(1980, 1, 1)) == SIGNER.build_policy(
        "https://a/*", aware, datetime(1980, 1, 1, tzinfo=UTC)
    )
    pem = PrivateKey.generate().to_pem()
    assert f"Expires={END}&" in create_signed_url(URL, "K1", naive, private_key_string=pem)
    with pytest.raises(InvalidPolicyError, match=r"^date_less_than: time 3600 is before 2001"):
        SIGNER.generate_presigned_url(URL, date_less_than=3600)
    with pytest.raises(InvalidPolicyError, match=r"^date_greater_than: .*duration"):
        SIGNER.build_policy("https://a/*", naive, 3600)


def test_the_verifier_takes_any_moment_with_its_zone():
    verifier = Verifier({"K1": KEY.public_key()})
    url = SIGNER.sign_url(URL, expires=END)
    for now in (5, END - 1, "2029-01-01T00:00:00Z", np.datetime64("2029-01-01"), datetime(1999, 1, 1, tzinfo=UTC)):
        assert verifier.check(url, now=now)
    assert not verifier.check(url, now=pd.Timestamp("2031-01-01", tz="UTC"))
    with pytest.raises(InvalidPolicyError, match=r"^now: a datetime without a time zone"):
        verifier.check(url, now=datetime(2029, 1, 1))


EXPIRED = Policy("https://a.example/*", expires=LONG_AGO)
WAYS = [
    lambda: SIGNER.sign_url(URL, expires=LONG_AGO),
    lambda: SIGNER.sign_url(URL, expires=LONG_AGO, align=1),
    lambda: SIGNER.sign_url(URL, expires=LONG_AGO, resource="https://a.example/*"),
    lambda: SIGNER.sign_url(URL, policy=EXPIRED),
    lambda: SIGNER.sign_urls([URL], expires=LONG_AGO),
    lambda: SIGNER.sign_urls([URL], policy=EXPIRED.to_json()),
    lambda: SIGNER.sign_cookies("https://a.example/*", expires=LONG_AGO),
    lambda: SIGNER.sign_cookies(policy=EXPIRED),
    lambda: SIGNER.signed_parameters(URL, expires=LONG_AGO),
    lambda: SIGNER.signed_parameters(policy=EXPIRED),
    lambda: SIGNER.sign_stream("a", expires=LONG_AGO),
    lambda: SIGNER.grant("https://a.example/*", expires=LONG_AGO),
    lambda: SIGNER.generate_presigned_url(URL, LONG_AGO),
    lambda: SIGNER.generate_presigned_url(URL, policy=EXPIRED.to_json()),
    lambda: CloudFrontSigner("K1", KEY, expires=LONG_AGO).sign_url(URL),
    lambda: signed_url(URL, key_id="K1", private_key=KEY, expires=LONG_AGO),
    lambda: create_signed_url(URL, "K1", 1_577_836_800, private_key_string=RSA),
    lambda: create_signed_url(URL, "K1", 1_577_836_800, ip_address="192.0.2.1", private_key_string=RSA),
    lambda: SIGNER.sign_url(URL, expires=timedelta(0)),
]
RSA = PrivateKey.generate().to_pem()


@pytest.mark.parametrize("sign", WAYS)
def test_what_has_expired_is_signed_with_a_warning(sign):
    with pytest.warns(ExpiredWarning, match=r"^this expired \d+ \w+ ago \(.* UTC\): it grants no access$") as told:
        assert sign()
    # The line of whoever called this package, not one within it.
    assert [Path(warning.filename) for warning in told] == [Path(__file__)]
    assert told[0].lineno == sign.__code__.co_firstlineno
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ExpiredWarning):
            sign()


def test_what_has_not_expired_or_is_not_signed_yet_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SIGNER.sign_url(URL, expires=timedelta(minutes=1))
        grant = SIGNER.grant("https://a.example/*", expires=timedelta(minutes=1))
        grant.url(URL)
        Policy("https://a.example/*", expires=LONG_AGO)
        SIGNER.build_policy("https://a.example/*", LONG_AGO)
        # Rounded up, it lies ahead.
        SIGNER.sign_url(URL, expires=timedelta(0), align=timedelta(days=1))


def test_dash_w_error():
    program = (
        "from cloudfront_signer import *; "
        "CloudFrontSigner('K1', PrivateKey.generate('ecdsa-p256')).sign_url('https://a/b', expires=10**9)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("cloudfront_signer.errors.ExpiredWarning: this expired")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.startswith("<string>:1: ExpiredWarning: this expired")
