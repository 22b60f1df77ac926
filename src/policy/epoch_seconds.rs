//! Points in time, as policies state them.

use std::fmt;

use crate::{
    error::{PolicyError, Result},
    text::Excerpt,
};

/// 1 January 2001: no intended expiry is earlier, but every duration in seconds is.
const YEAR_2001: u64 = 978_307_200;

/// 1 January 5000: no intended expiry is later, but every present time in milliseconds is.
const YEAR_5000: u64 = 95_617_584_000;

/// The last second of the year 9999, the last year of the calendar.
const YEAR_9999: u64 = 253_402_300_799;

/// A point in time, in whole seconds since 1 January 1970, UTC.
///
/// ```
/// use cloudfront_signer::EpochSeconds;
///
/// let end = EpochSeconds::new(1_767_290_400)?;
/// assert_eq!(end.to_string(), "2026-01-01 18:00:00 UTC");
/// assert_eq!(end.align_up(86_400)?, EpochSeconds::parse("2026-01-02T00:00:00Z")?);
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochSeconds(u64);

impl EpochSeconds {
    /// The last second of the year 9999, after which nothing expires.
    pub const LAST: Self = Self(YEAR_9999);

    /// A number of seconds. One past the year 5000 is refused, because it is in milliseconds.
    ///
    /// # Errors
    /// [`PolicyError::NegativeTime`] or [`PolicyError::Milliseconds`].
    pub fn new(seconds: i128) -> Result<Self> {
        Self::within(seconds, YEAR_5000)
    }

    /// A number of seconds; a fraction is dropped.
    ///
    /// # Errors
    /// As [`EpochSeconds::new`], and [`PolicyError::NotFiniteTime`].
    #[allow(clippy::cast_possible_truncation, reason = "the fraction is dropped, and the range is checked")]
    pub fn from_f64(seconds: f64) -> Result<Self> {
        if seconds.is_finite() {
            Self::new(seconds.floor() as i128)
        } else {
            Err(PolicyError::NotFiniteTime(Excerpt::new(&seconds.to_string())).into())
        }
    }

    /// A number from a policy, which may be in any year up to 9999.
    ///
    /// # Errors
    /// [`PolicyError::NegativeTime`] or [`PolicyError::Milliseconds`].
    pub fn from_calendar(seconds: i128) -> Result<Self> {
        Self::within(seconds, YEAR_9999)
    }

    /// A calendar date, or the end of a duration, which cannot be in milliseconds.
    ///
    /// # Errors
    /// [`PolicyError::NegativeTime`] or [`PolicyError::TooLate`].
    pub fn from_date(seconds: i128) -> Result<Self> {
        if seconds > YEAR_9999.into() {
            return Err(PolicyError::TooLate(Excerpt::new(&seconds.to_string())).into());
        }
        Self::from_calendar(seconds)
    }

    /// Reads ISO 8601 with an offset from UTC; a fraction of a second is dropped.
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
            Ok(time) => Self::from_date(time.as_second().into()),
            Err(_) if text.parse::<jiff::civil::DateTime>().is_ok() => {
                Err(PolicyError::NoOffset(Excerpt::new(text)).into())
            }
            Err(_) => Err(PolicyError::BadTime(Excerpt::new(text)).into()),
        }
    }

    /// Whether it is before 2001, earlier than any intended expiry.
    #[must_use]
    pub const fn is_long_past(self) -> bool {
        self.0 < YEAR_2001
    }

    /// The same time, unless it is before 2001: 3600 means an hour from now.
    ///
    /// # Errors
    /// [`PolicyError::LikelyDuration`].
    pub fn not_a_duration(self) -> Result<Self> {
        if self.is_long_past() {
            return Err(PolicyError::LikelyDuration(self.0).into());
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

    /// The distance from `now`: `in 4 minutes`, `12 minutes ago`.
    #[must_use]
    pub fn relative_to(self, now: Self) -> String {
        let duration = duration(self.0.abs_diff(now.0));
        if self > now { format!("in {duration}") } else { format!("{duration} ago") }
    }
}

/// In UTC: `2026-01-01 18:00:00 UTC`.
impl fmt::Display for EpochSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        match time {
            Some(time) => f.write_str(&time.to_string().replace('T', " ").replace('Z', " UTC")),
            None => write!(f, "second {} since 1970", self.0),
        }
    }
}

/// In one unit, which is enough for messages.
fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(31_557_600, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    // At least two of a unit, except for minutes: "90 minutes" is more precise than "1 hour".
    let (size, name) = UNITS
        .into_iter()
        .find(|(size, name)| seconds >= if *name == "minute" { *size } else { 2 * size })
        .unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
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
        assert_eq!(
            problem(EpochSeconds::new(978_307_199).unwrap().not_a_duration()),
            PolicyError::LikelyDuration(978_307_199)
        );
        assert!(EpochSeconds::new(978_307_200).unwrap().not_a_duration().is_ok());
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
    fn times_are_readable() {
        let at = |seconds| EpochSeconds::new(seconds).unwrap();
        let now = 1_767_290_400;
        assert_eq!(at(now).to_string(), "2026-01-01 18:00:00 UTC");
        let last = EpochSeconds::from_calendar(253_402_300_799).unwrap();
        assert_eq!(last.to_string(), "second 253402300799 since 1970", "past the range of the calendar library");
        for (seconds, shown) in [
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
            assert_eq!(at(now + seconds).relative_to(at(now)), shown);
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
}
