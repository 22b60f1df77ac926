//! Texts that cannot be a key pair id.

use super::mistake::Mistake;
use crate::text::Excerpt;

pub(super) const EMPTY: &str = "is empty: the variable or setting was not set";

pub(super) fn mistake(found: &str, what: &'static str) -> Mistake {
    Mistake::BadKeyId { found: Excerpt::new(found), what }
}

/// What this text is instead of the id of a public key; `None` if it may be one.
pub(super) fn flaw(id: &str) -> Option<&'static str> {
    const NOTHING: [&str; 9] = ["undefined", "none", "null", "nil", "nan", "false", "true", "[object object]", "<nil>"];
    let capital = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if id.is_empty() {
        Some(EMPTY)
    } else if NOTHING.contains(&id.to_ascii_lowercase().as_str()) {
        Some("is a program's word for a missing value: the variable or setting was not set")
    } else if is_uuid(id) {
        Some("is a UUID, the id of a key group or a CloudFront policy, not of a public key")
    } else if ["AKIA", "ASIA", "AIDA", "AROA"].iter().any(|start| id.starts_with(start))
        && capital(id)
        && id.len() >= 16
    {
        Some("is an IAM id (of an access key, a user or a role), not the id of a public key")
    } else if id.starts_with('E') && capital(id) && (12..=15).contains(&id.len()) {
        Some("is the id of a distribution, an origin access control or an origin access identity, not of a public key")
    } else if id.starts_with("arn:") {
        Some("is an ARN, not an id")
    } else if id.contains("PUBLIC KEY") || id.contains("PRIVATE KEY") || id.starts_with("MII") {
        Some("is a key itself, not its id")
    } else if id.contains(['/', '\\']) || id.to_ascii_lowercase().ends_with(".pem") {
        Some("is a path, not an id")
    } else if id.contains(['<', '>', '{', '}', '$', '%', '"', '\'']) || id.contains(char::is_whitespace) {
        Some("has characters that no id has: a placeholder or quotes were not replaced")
    } else {
        None
    }
}

fn is_uuid(id: &str) -> bool {
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
