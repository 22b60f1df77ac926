//! When and from where a policy grants access.

use std::{fmt, net::Ipv4Addr};

use crate::{
    error::{PolicyError, Result},
    text::Excerpt,
};

/// 1 January 2001: no expiry is meant to lie before it, but every span in seconds does.
const YEAR_2001: u64 = 978_307_200;

/// 1 January 5000: no expiry is meant to lie beyond it, but every present time in milliseconds does.
const YEAR_5000: u64 = 95_617_584_000;

/// The last second of the year 9999, where calendars of this kind end.
const YEAR_9999: u64 = 253_402_300_799;

/// A moment in whole seconds since 1 January 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochSeconds(u64);

impl EpochSeconds {
    /// A number of seconds. Past the year 5000 it is refused: it is in milliseconds.
    ///
    /// # Errors
    /// [`PolicyError::NegativeTime`] or [`PolicyError::Milliseconds`].
    pub fn new(seconds: i128) -> Result<Self> {
        Self::within(seconds, YEAR_5000)
    }

    /// A number of seconds with a fraction, which is cut off.
    ///
    /// # Errors
    /// As [`EpochSeconds::new`], and [`PolicyError::NotFiniteTime`].
    #[allow(clippy::cast_possible_truncation, reason = "the fraction is meant to go, and the range is checked")]
    pub fn from_f64(seconds: f64) -> Result<Self> {
        if seconds.is_finite() {
            Self::new(seconds.floor() as i128)
        } else {
            Err(PolicyError::NotFiniteTime(Excerpt::new(&seconds.to_string())).into())
        }
    }

    /// A number out of a policy, where any year up to 9999 will do.
    ///
    /// # Errors
    /// [`PolicyError::NegativeTime`] or [`PolicyError::Milliseconds`].
    pub fn from_calendar(seconds: i128) -> Result<Self> {
        Self::within(seconds, YEAR_9999)
    }

    /// The moment of a calendar date, or of a span from now, which cannot be in milliseconds.
    ///
    /// # Errors
    /// [`PolicyError::NegativeTime`] or [`PolicyError::TooLate`].
    pub fn from_date(seconds: i128) -> Result<Self> {
        if seconds > YEAR_9999.into() {
            return Err(PolicyError::TooLate(Excerpt::new(&seconds.to_string())).into());
        }
        Self::from_calendar(seconds)
    }

    /// Reads ISO 8601 with an offset from UTC; a fraction of a second is cut off.
    ///
    /// ```
    /// use cloudfront_signer::EpochSeconds;
    ///
    /// assert_eq!(EpochSeconds::parse("2026-01-01T19:00:00+01:00")?, EpochSeconds::new(1_767_290_400)?);
    /// assert!(EpochSeconds::parse("2026-01-01T19:00:00").is_err(), "in which time zone?");
    /// # Ok::<(), cloudfront_signer::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`PolicyError::NoOffset`], [`PolicyError::BadTime`], and as [`EpochSeconds::from_date`].
    pub fn parse(text: &str) -> Result<Self> {
        match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Self::from_date(moment.as_second().into()),
            Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => {
                Err(PolicyError::NoOffset(Excerpt::new(text)).into())
            }
            Err(_) => Err(PolicyError::BadTime(Excerpt::new(text)).into()),
        }
    }

    /// Whether the moment lies before 2001, where no expiry is meant to.
    #[must_use]
    pub const fn is_long_past(self) -> bool {
        self.0 < YEAR_2001
    }

    /// The same moment, unless it lies before 2001: somebody who gives 3600 means an hour from now.
    ///
    /// # Errors
    /// [`PolicyError::LikelySpan`].
    pub fn not_a_span(self) -> Result<Self> {
        if self.is_long_past() {
            return Err(PolicyError::LikelySpan(self.0).into());
        }
        Ok(self)
    }

    fn within(seconds: i128, limit: u64) -> Result<Self> {
        if seconds < 0 {
            return Err(PolicyError::NegativeTime(Excerpt::new(&seconds.to_string())).into());
        }
        match u64::try_from(seconds) {
            Ok(seconds) if seconds <= limit => Ok(Self(seconds)),
            _ => Err(PolicyError::Milliseconds(Excerpt::new(&seconds.to_string())).into()),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Rounds up to a multiple of `grid` seconds, so that requests within one grid cell share an expiry.
    ///
    /// # Errors
    /// [`PolicyError::BadAlignment`] for a grid of zero.
    pub fn align_up(self, grid: u64) -> Result<Self> {
        match self.0.checked_next_multiple_of(grid) {
            Some(aligned) if grid > 0 => Self::from_date(aligned.into()),
            _ => Err(PolicyError::BadAlignment(Excerpt::new(&grid.to_string())).into()),
        }
    }

    /// How far away the moment is, for people: `in 4 minutes`, `12 minutes ago`.
    #[must_use]
    pub fn relative_to(self, now: Self) -> String {
        let span = span(self.0.abs_diff(now.0));
        if self > now { format!("in {span}") } else { format!("{span} ago") }
    }
}

/// In UTC: `2026-01-01 18:00:00 UTC`.
impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        match moment {
            Some(moment) => f.write_str(&moment.to_string().replace('T', " ").replace('Z', " UTC")),
            None => write!(f, "second {} since 1970", self.0),
        }
    }
}

/// One unit is enough to see what is wrong; two seconds and two years are both `2`.
fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(31_557_600, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    // Two of a unit at least, but for minutes: "90 minutes" says more than "1 hour".
    let (size, name) = UNITS
        .into_iter()
        .find(|(size, name)| seconds >= if *name == "minute" { *size } else { 2 * size })
        .unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// One IPv4 address or a range in CIDR notation.
///
/// The text is kept as given, host bits included (AWS's own examples have `10.52.17.9/0`); a bare address gets `/32`, as
/// AWS's signers do it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IpRange {
    text: String,
    address: Ipv4Addr,
    prefix: u8,
}

impl IpRange {
    /// Reads `192.0.2.1` or `192.0.2.0/24`.
    ///
    /// # Errors
    /// [`PolicyError::Ipv6`] or [`PolicyError::BadIpAddress`].
    pub fn parse(text: &str) -> Result<Self> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
        if address.parse::<std::net::Ipv6Addr>().is_ok() {
            return Err(PolicyError::Ipv6(text.into()).into());
        }
        let bad = || PolicyError::BadIpAddress(Excerpt::new(text));
        // One spelling alone: `+8` and `08` parse as 8 too.
        let plain = |length: &u8| length.to_string() == prefix;
        let range = Self {
            address: address.parse().map_err(|_| bad())?,
            prefix: prefix.parse().ok().filter(|length| *length <= 32 && plain(length)).ok_or_else(bad)?,
            text: if text.contains('/') { text.to_owned() } else { format!("{text}/32") },
        };
        Ok(range)
    }

    /// The range in CIDR notation.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the range holds `address`; host bits of the range are ignored.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        u32::from(self.address) & mask == u32::from(address) & mask
    }
}

/// When access ends, when it starts, and from where it is granted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Conditions {
    expires: EpochSeconds,
    not_before: Option<EpochSeconds>,
    ip_address: Option<IpRange>,
}

impl Conditions {
    /// Access from now on, from anywhere, as long as the time is before `expires`.
    #[must_use]
    pub const fn until(expires: EpochSeconds) -> Self {
        Self { expires, not_before: None, ip_address: None }
    }

    /// The same, but only after `start`.
    ///
    /// # Errors
    /// [`PolicyError::StartNotBeforeEnd`].
    pub fn after(self, start: EpochSeconds) -> Result<Self> {
        if start < self.expires {
            Ok(Self { not_before: Some(start), ..self })
        } else {
            let (not_before, expires) = (start.get(), self.expires.get());
            Err(PolicyError::StartNotBeforeEnd { not_before, expires }.into())
        }
    }

    /// The same, but only for viewers within `range`.
    #[must_use]
    pub fn from_ip(self, range: IpRange) -> Self {
        Self { ip_address: Some(range), ..self }
    }

    /// When access ends.
    #[must_use]
    pub const fn expires(&self) -> EpochSeconds {
        self.expires
    }

    /// When access starts, if it does not from the beginning of time.
    #[must_use]
    pub const fn not_before(&self) -> Option<EpochSeconds> {
        self.not_before
    }

    /// From where access is granted, if not from everywhere.
    #[must_use]
    pub const fn ip_address(&self) -> Option<&IpRange> {
        self.ip_address.as_ref()
    }

    /// Whether there is an end and nothing else, which is all that a canned policy can say.
    #[must_use]
    pub const fn only_expire(&self) -> bool {
        self.not_before.is_none() && self.ip_address.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn problem<T: std::fmt::Debug>(result: Result<T>) -> PolicyError {
        match result {
            Err(Error::InvalidPolicy(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn times_are_seconds() {
        assert_eq!(EpochSeconds::new(1_700_000_000).unwrap().get(), 1_700_000_000);
        assert_eq!(EpochSeconds::from_f64(1.9).unwrap().get(), 1);
        assert!(matches!(problem(EpochSeconds::new(1_700_000_000_000)), PolicyError::Milliseconds(_)));
        assert!(matches!(problem(EpochSeconds::new(i128::MAX)), PolicyError::Milliseconds(_)));
        assert!(matches!(problem(EpochSeconds::new(-1)), PolicyError::NegativeTime(_)));
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(problem(EpochSeconds::from_f64(seconds)), PolicyError::NotFiniteTime(_)));
        }
        assert!(EpochSeconds::from_calendar(253_402_300_799).is_ok());
        assert!(matches!(problem(EpochSeconds::from_calendar(253_402_300_800)), PolicyError::Milliseconds(_)));
        assert!(matches!(problem(EpochSeconds::from_date(253_402_300_800)), PolicyError::TooLate(_)));
        assert_eq!(problem(EpochSeconds::new(978_307_199).unwrap().not_a_span()), PolicyError::LikelySpan(978_307_199));
        assert!(EpochSeconds::new(978_307_200).unwrap().not_a_span().is_ok());
    }

    #[test]
    fn text_has_an_offset() {
        for text in [
            "2026-01-01T18:00:00Z",
            "2026-01-01T18:00:00.999Z",
            "2026-01-01 19:00:00+01:00",
            "2026-01-01T11:00-0700",
            "20260101T180000Z",
        ] {
            assert_eq!(EpochSeconds::parse(text).unwrap().get(), 1_767_290_400, "{text}");
        }
        for text in ["2026-01-01T18:00:00", "2026-01-01 18:00", "2026-01-01"] {
            assert!(matches!(problem(EpochSeconds::parse(text)), PolicyError::NoOffset(_)), "{text}");
        }
        for text in ["", "tomorrow", "1767290400", "2026-13-01T00:00:00Z", "18:00Z"] {
            assert!(matches!(problem(EpochSeconds::parse(text)), PolicyError::BadTime(_)), "{text}");
        }
        assert!(matches!(problem(EpochSeconds::parse("1969-01-01T00:00:00Z")), PolicyError::NegativeTime(_)));
    }

    #[test]
    fn moments_are_told_to_people() {
        let at = |seconds| EpochSeconds::new(seconds).unwrap();
        let now = 1_767_290_400;
        assert_eq!(at(now).to_string(), "2026-01-01 18:00:00 UTC");
        let last = EpochSeconds::from_calendar(253_402_300_799).unwrap();
        assert_eq!(last.to_string(), "second 253402300799 since 1970", "past what the calendar library takes");
        for (seconds, told) in [
            (1, "in 1 second"),
            (59, "in 59 seconds"),
            (60, "in 1 minute"),
            (5_400, "in 90 minutes"),
            (7_200, "in 2 hours"),
            (100_000, "in 27 hours"),
            (172_800, "in 2 days"),
            (63_115_200, "in 2 years"),
            (0, "0 seconds ago"),
            (-720, "12 minutes ago"),
        ] {
            assert_eq!(at(now + seconds).relative_to(at(now)), told);
        }
    }

    #[test]
    fn aligning_rounds_up() {
        let at = |seconds| EpochSeconds::new(seconds).unwrap();
        assert_eq!(at(3_601).align_up(3_600).unwrap(), at(7_200));
        assert_eq!(at(7_200).align_up(3_600).unwrap(), at(7_200));
        assert!(matches!(problem(at(1).align_up(0)), PolicyError::BadAlignment(_)));
        assert!(matches!(problem(at(1).align_up(1_000_000_000_000)), PolicyError::TooLate(_)));
    }

    #[test]
    fn ranges_are_kept_as_given() {
        for (given, kept) in
            [("192.0.2.1", "192.0.2.1/32"), ("12.34.56.78/9", "12.34.56.78/9"), ("10.52.17.9/0", "10.52.17.9/0")]
        {
            assert_eq!(IpRange::parse(given).unwrap().as_str(), kept);
        }
        for bad in [
            "300.1.1.1",
            "1.2.3.4/33",
            "1.2.3",
            "",
            "1.2.3.4/",
            "1.2.3.4/-1",
            "1.2.3.4/+1",
            "01.2.3.4",
            "host",
            "1.2.3.4/08",
            "1.2.3.4/00",
        ] {
            assert!(matches!(problem(IpRange::parse(bad)), PolicyError::BadIpAddress(_)), "{bad}");
        }
        for ipv6 in ["::1", "2001:db8::/32"] {
            assert!(matches!(problem(IpRange::parse(ipv6)), PolicyError::Ipv6(_)), "{ipv6}");
        }
        let range = IpRange::parse("12.34.56.78/9").unwrap();
        assert!(range.contains("12.127.0.1".parse().unwrap()));
        assert!(!range.contains("12.128.0.1".parse().unwrap()));
        assert!(IpRange::parse("1.2.3.4/0").unwrap().contains("9.9.9.9".parse().unwrap()));
    }

    #[test]
    fn the_start_is_before_the_end() {
        let until = || Conditions::until(EpochSeconds::new(10).unwrap());
        assert!(until().after(EpochSeconds::new(9).unwrap()).is_ok());
        for start in [10, 11] {
            let error = problem(until().after(EpochSeconds::new(start).unwrap()));
            assert!(matches!(error, PolicyError::StartNotBeforeEnd { .. }));
        }
    }
}
