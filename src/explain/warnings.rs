//! What will go wrong though the edge does not say so.

use super::{
    clients::{CLIENTS, escaped_characters, listed, resolve_dots, split},
    key_id,
    mistake::Mistake,
    url_forms::is_bucket,
};
use crate::text::Excerpt;

/// The warnings for a request as it was given; `key_id` where it was let in, `mistakes` where it was not.
pub(super) fn of(
    url: &str,
    key_id: Option<&str>,
    mistakes: &[Mistake],
    is_allowed: impl Fn(&str) -> bool,
) -> Vec<Mistake> {
    let mut warnings = Vec::new();
    if let Some((id, what)) = key_id.and_then(|id| Some((id, key_id::flaw(id)?))) {
        warnings.push(key_id::mistake(id, what));
    }
    let parts = split(url);
    if is_bucket(parts.host) && !mistakes.iter().any(|mistake| matches!(mistake, Mistake::SentToBucket { .. })) {
        warnings.push(Mistake::BucketHost { host: Excerpt::new(parts.host) });
    }
    if parts.query.to_ascii_lowercase().contains("x-amz-signature=") {
        warnings.push(Mistake::S3Signature);
    }
    if mistakes.is_empty() {
        warnings.extend(changed_by_clients(url, is_allowed));
    }
    warnings
}

/// Clients that send the URL in a form that is denied; those that change it alike are told together.
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
        what.push("the host is in lower case, and without a default port".to_owned());
    }
    Some(Mistake::ChangedByClients { clients: clients.join(", "), what: what.join("; ") })
}
