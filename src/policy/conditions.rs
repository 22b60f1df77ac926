//! The conditions of a policy: times and addresses.

use std::net::Ipv4Addr;

use super::epoch_seconds::EpochSeconds;
use crate::{
    error::{PolicyError, Result},
    text::Excerpt,
};

/// One IPv4 address or a range in CIDR notation.
///
/// The text is kept unchanged, including host bits (AWS's own examples have `10.52.17.9/0`). A bare address gets `/32`,
/// as in AWS's signers.
///
/// ```
/// use cloudfront_signer::IpRange;
///
/// assert!(IpRange::parse("192.0.2.0/24")?.contains([192, 0, 2, 7].into()));
/// assert_eq!(IpRange::parse("192.0.2.1")?.as_str(), "192.0.2.1/32");
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
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
        // Only one spelling: `+8` and `08` also parse as 8.
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

    /// Whether the range contains `address`; host bits of the range are ignored.
    #[must_use]
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        u32::from(self.address) & mask == u32::from(address) & mask
    }
}

/// When access ends, when it starts, and to which addresses it is granted.
///
/// ```
/// use cloudfront_signer::{Conditions, EpochSeconds, IpRange};
///
/// let conditions = Conditions::until(EpochSeconds::new(1_767_290_400)?)
///     .after(EpochSeconds::new(1_767_286_800)?)?
///     .from_ip(IpRange::parse("192.0.2.0/24")?);
/// assert!(!conditions.only_expire());
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Conditions {
    expires: EpochSeconds,
    not_before: Option<EpochSeconds>,
    ip_address: Option<IpRange>,
}

impl Conditions {
    /// Access from any address until `expires`.
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

    /// The same with another end.
    ///
    /// # Errors
    /// [`PolicyError::StartNotBeforeEnd`].
    pub fn expiring(&self, end: EpochSeconds) -> Result<Self> {
        let other = Self { expires: end, ..self.clone() };
        match self.not_before {
            Some(start) => other.after(start),
            None => Ok(other),
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

    /// When access starts, if it is limited.
    #[must_use]
    pub const fn not_before(&self) -> Option<EpochSeconds> {
        self.not_before
    }

    /// To which addresses access is granted, if it is limited.
    #[must_use]
    pub const fn ip_address(&self) -> Option<&IpRange> {
        self.ip_address.as_ref()
    }

    /// Whether an expiry is the only condition, which a canned policy can express.
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
