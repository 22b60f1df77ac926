//! What the edge does not report, or what goes wrong with other clients.

use super::{
    clients::CLIENTS,
    difference::is_bucket,
    key_id,
    mistake::Mistake,
    url_parts::{escaped_characters, listed, resolve_dots, split},
};
use crate::text::Excerpt;

/// The warnings about an allowed request; `is_allowed` decides the same request with another URL.
pub(super) fn of_allowed(url: &str, key_id: Option<&str>, is_allowed: impl Fn(&str) -> bool) -> Vec<Mistake> {
    let bad_id = key_id.and_then(|id| Some(key_id::mistake(id, key_id::flaw(id)?)));
    let mut warnings: Vec<Mistake> = bad_id.into_iter().chain(of_bucket(url)).collect();
    warnings.extend(changed_by_clients(url, is_allowed));
    warnings
}

/// The warnings about a denied request with these mistakes.
pub(super) fn of_denied(url: &str, mistakes: &[Mistake]) -> Vec<Mistake> {
    let is_known = mistakes.iter().any(|mistake| matches!(mistake, Mistake::SentToBucket { .. }));
    of_bucket(url).filter(|warning| !is_known || !matches!(warning, Mistake::BucketHost { .. })).collect()
}

/// A request to S3, or with a signature for S3.
fn of_bucket(url: &str) -> impl Iterator<Item = Mistake> {
    let parts = split(url);
    let host = is_bucket(parts.host).then(|| Mistake::BucketHost { host: Excerpt::new(parts.host) });
    let signature = parts.query.to_ascii_lowercase().contains("x-amz-signature=").then_some(Mistake::S3Signature);
    host.into_iter().chain(signature)
}

/// The clients that send the URL in a form that is denied, described by what the first of them changes.
fn changed_by_clients(url: &str, is_allowed: impl Fn(&str) -> bool) -> Option<Mistake> {
    let changing = CLIENTS.into_iter().map(|client| (client.name, client.sends(url)));
    let changing: Vec<_> = changing.filter(|(_, sends)| sends != url && !is_allowed(sends)).collect();
    let (_, first) = changing.first()?;
    let clients: Vec<&str> = changing.iter().map(|(name, _)| *name).collect();
    let (before, after) = (escaped_characters(url), escaped_characters(first));
    let encoded: Vec<char> = after.into_iter().filter(|one| !before.contains(one)).collect();
    let mut what = Vec::new();
    if resolve_dots(split(url).path) != split(url).path {
        what.push("dot segments are resolved".to_owned());
    }
    if !encoded.is_empty() {
        what.push(format!("percent-encoded: {}", listed(&encoded)));
    }
    if what.is_empty() {
        what.push("the host is in lower case and without a default port".to_owned());
    }
    Some(Mistake::ChangedByClients { clients: clients.join(", "), what: what.join("; ") })
}
