//! Key pair ids that cannot be one.

use super::mistake::Mistake;
use crate::text::Excerpt;

pub(super) const EMPTY: &str = "is empty: the variable or setting that holds it was not set";

pub(super) fn mistake(found: &str, what: &'static str) -> Mistake {
    Mistake::BadKeyId { found: Excerpt::new(found), what }
}

/// What an id is that cannot be a public key's; nothing where it may be one.
pub(super) fn flaw(id: &str) -> Option<&'static str> {
    const NOTHING: [&str; 9] = ["undefined", "none", "null", "nil", "nan", "false", "true", "[object object]", "<nil>"];
    let capital = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if id.is_empty() {
        Some(EMPTY)
    } else if NOTHING.contains(&id.to_ascii_lowercase().as_str()) {
        Some("is a program's word for nothing: the variable or setting that holds it was not set")
    } else if is_uuid(id) {
        Some("is a UUID, as key groups and policies have it: it is not the id of a public key")
    } else if ["AKIA", "ASIA", "AIDA", "AROA"].iter().any(|start| id.starts_with(start))
        && capital(id)
        && id.len() >= 16
    {
        Some("is an id of AWS IAM (an access key, a user or a role), not of a CloudFront key")
    } else if id.starts_with('E') && capital(id) && (12..=15).contains(&id.len()) {
        Some("is the id of a distribution, an origin access control or identity, not of a public key")
    } else if id.starts_with("arn:") {
        Some("is an ARN")
    } else if id.contains("PUBLIC KEY") || id.contains("PRIVATE KEY") || id.starts_with("MII") {
        Some("is a key itself, not its id")
    } else if id.contains(['/', '\\']) || id.to_ascii_lowercase().ends_with(".pem") {
        Some("is a path, not an id")
    } else if id.contains(['<', '>', '{', '}', '$', '%', '"', '\'']) || id.contains(char::is_whitespace) {
        Some("has characters that no id has: a placeholder or quotes were left in")
    } else {
        None
    }
}

fn is_uuid(id: &str) -> bool {
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
