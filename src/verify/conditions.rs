//! The conditions of a policy, checked against a request.

use std::net::IpAddr;

use super::denial::Denial;
use crate::{
    policy::{EpochSeconds, Policy},
    text::Excerpt,
    wire::url::Url,
};

/// Access needs `now` to be before the end and after the start: it is denied in the second of either.
pub(crate) fn check_time(policy: &Policy, now: EpochSeconds) -> Result<(), Denial> {
    let end = policy.conditions().expires();
    if now >= end {
        return Err(Denial::Expired { end, now });
    }
    match policy.conditions().not_before() {
        Some(start) if now <= start => Err(Denial::TooEarly { start, now }),
        _ => Ok(()),
    }
}

/// An unknown address and an IPv6 address are outside every range.
pub(crate) fn check_address(policy: &Policy, viewer: Option<IpAddr>) -> Result<(), Denial> {
    let Some(range) = policy.conditions().ip_address() else {
        return Ok(());
    };
    let text = range.as_str().to_owned();
    match viewer.map(|address| address.to_canonical()) {
        None => Err(Denial::UnknownAddress { range: text }),
        Some(found @ IpAddr::V6(_)) => Err(Denial::Ipv6 { range: text, found }),
        Some(IpAddr::V4(address)) if range.contains(address) => Ok(()),
        Some(found @ IpAddr::V4(_)) => Err(Denial::WrongAddress { range: text, found }),
    }
}

/// `bare` is the URL without signing parameters. A policy without a resource covers every URL.
pub(crate) fn check_resource(policy: &Policy, bare: &Url) -> Result<(), Denial> {
    match policy.resource() {
        Some(resource) if !policy.covers(bare) => {
            Err(Denial::WrongResource { resource: Excerpt::new(resource), url: Excerpt::new(bare.as_str()) })
        }
        _ => Ok(()),
    }
}
