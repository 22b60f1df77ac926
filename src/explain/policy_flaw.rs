//! What is wrong with a policy that the edge calls malformed, by the name of the field.

use serde_json::{Map, Value};

use crate::{text::Excerpt, verify::names, wire::encoding::decode_base64};

/// One flaw in the JSON of a policy. The message says what was found, [`PolicyFlaw::advice`] what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message is its documentation")]
pub enum PolicyFlaw {
    #[error("the policy's JSON is escaped twice: it contains \\n or \\\" as text")]
    EscapedTwice,
    #[error("the policy was encoded in base64 twice")]
    EncodedTwice,
    #[error("the policy is percent-encoded inside its base64")]
    PercentEncoded,
    #[error("the policy has single quotes, which JSON does not have")]
    SingleQuotes,
    #[error("Statement is {found}: expected a list of one statement")]
    StatementNotList { found: &'static str },
    #[error("{name} is {found}: expected a whole number of seconds since 1970")]
    TimeNotNumber { name: &'static str, found: String },
    #[error("{name} has no AWS:EpochTime")]
    NoEpochTime { name: &'static str },
    #[error("IpAddress is {found}: expected {{\"AWS:SourceIp\": \"192.0.2.0/24\"}}")]
    SourceIpNotText { found: &'static str },
    #[error("Resource is {found}: expected one string")]
    ResourceNotText { found: &'static str },
    #[error("the statement has no Condition")]
    NoCondition,
    #[error("{found} is spelled {expected} in a policy: names are case-sensitive")]
    WrongCase { found: Excerpt, expected: &'static str },
    #[error("the policy has the field {found}, which CloudFront does not know")]
    UnknownField { found: Excerpt },
}

impl PolicyFlaw {
    names! {
        Self::EscapedTwice => "policy-escaped-twice",
        Self::EncodedTwice => "policy-encoded-twice",
        Self::PercentEncoded => "policy-percent-encoded",
        Self::SingleQuotes => "policy-single-quotes",
        Self::StatementNotList { .. } => "statement-not-list",
        Self::TimeNotNumber { .. } => "time-not-number",
        Self::NoEpochTime { .. } => "no-epoch-time",
        Self::SourceIpNotText { .. } => "source-ip-not-text",
        Self::ResourceNotText { .. } => "resource-not-text",
        Self::NoCondition => "no-condition",
        Self::WrongCase { .. } => "policy-wrong-case",
        Self::UnknownField { .. } => "policy-unknown-field",
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::EscapedTwice => {
                "unescape it once (parse the outer string as JSON), then sign and send the inner JSON"
            }
            Self::EncodedTwice => "encode the JSON in base64 once",
            Self::PercentEncoded => "encode the JSON itself in base64: CloudFront's base64 needs no percent-encoding",
            Self::SingleQuotes => "write it with a JSON library: JSON has double quotes",
            Self::StatementNotList { .. } => "write {\"Statement\":[{…}]}, with brackets around the one statement",
            Self::TimeNotNumber { .. } => "write the number without quotes or fraction: {\"AWS:EpochTime\":1767290400}",
            Self::NoEpochTime { .. } => "write {\"AWS:EpochTime\":1767290400}",
            Self::SourceIpNotText { .. } => "write one IPv4 address or range as a string",
            Self::ResourceNotText { .. } => "write one resource as a string, with '*' to cover more",
            Self::NoCondition => "add a Condition with DateLessThan",
            Self::WrongCase { .. } => "spell it as CloudFront's examples do",
            Self::UnknownField { .. } => {
                "remove it: the only fields are Resource and Condition (DateLessThan, DateGreaterThan, IpAddress)"
            }
        }
    }
}

/// The first flaw of a decoded policy; `None` if it has CloudFront's form, or if no known flaw explains it.
pub(super) fn flaw(text: &str) -> Option<PolicyFlaw> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::String(inner)) if serde_json::from_str::<Value>(&inner).is_ok() => Some(PolicyFlaw::EscapedTwice),
        Ok(Value::Object(document)) => of_document(&document),
        Ok(_) => None,
        Err(_) => not_json(text),
    }
}

fn not_json(text: &str) -> Option<PolicyFlaw> {
    let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object());
    let mut unescaped = text.to_owned();
    for _ in 0..2 {
        unescaped = unescaped.replace("\\\\n", "\\n").replace("\\n", "\n").replace("\\r", "").replace("\\t", " ");
        unescaped = unescaped.replace("\\\"", "\"");
        if is_json(unescaped.trim().trim_matches('"')) || is_json(&unescaped) {
            return Some(PolicyFlaw::EscapedTwice);
        }
    }
    if is_json(&percent_encoding::percent_decode_str(text).decode_utf8_lossy()) {
        return Some(PolicyFlaw::PercentEncoded);
    }
    let inner = text.trim().replace('+', "-").replace('/', "~").replace('=', "_");
    if decode_base64(&inner).ok().and_then(|bytes| String::from_utf8(bytes).ok()).is_some_and(|inner| is_json(&inner)) {
        return Some(PolicyFlaw::EncodedTwice);
    }
    (text.contains("{'") && is_json(&text.replace('\'', "\""))).then_some(PolicyFlaw::SingleQuotes)
}

fn of_document(document: &Map<String, Value>) -> Option<PolicyFlaw> {
    if let Some(flaw) = unknown(document, &["Statement"]) {
        return Some(flaw);
    }
    let statements = match document.get("Statement")? {
        Value::Array(statements) => statements,
        other => return Some(PolicyFlaw::StatementNotList { found: kind(other) }),
    };
    let Some(Value::Object(statement)) = statements.first() else {
        return None;
    };
    if let Some(flaw) = unknown(statement, &["Resource", "Condition"]) {
        return Some(flaw);
    }
    match statement.get("Resource") {
        None | Some(Value::String(_)) => {}
        Some(other) => return Some(PolicyFlaw::ResourceNotText { found: kind(other) }),
    }
    let Some(Value::Object(condition)) = statement.get("Condition") else {
        return Some(PolicyFlaw::NoCondition);
    };
    of_condition(condition)
}

fn of_condition(condition: &Map<String, Value>) -> Option<PolicyFlaw> {
    if let Some(flaw) = unknown(condition, &["DateLessThan", "DateGreaterThan", "IpAddress"]) {
        return Some(flaw);
    }
    for name in ["DateLessThan", "DateGreaterThan"] {
        let Some(time) = condition.get(name) else { continue };
        let Value::Object(time) = time else {
            return Some(match time {
                Value::Number(_) => PolicyFlaw::NoEpochTime { name },
                other => PolicyFlaw::TimeNotNumber { name, found: shown(other) },
            });
        };
        if let Some(flaw) = unknown(time, &["AWS:EpochTime"]) {
            return Some(flaw);
        }
        match time.get("AWS:EpochTime") {
            None => return Some(PolicyFlaw::NoEpochTime { name }),
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            Some(other) => return Some(PolicyFlaw::TimeNotNumber { name, found: shown(other) }),
        }
    }
    match condition.get("IpAddress")? {
        Value::Object(address) => match address.get("AWS:SourceIp") {
            Some(Value::String(_)) => unknown(address, &["AWS:SourceIp"]),
            Some(other) => Some(PolicyFlaw::SourceIpNotText { found: kind(other) }),
            None => unknown(address, &["AWS:SourceIp"]).or(Some(PolicyFlaw::SourceIpNotText { found: "empty" })),
        },
        other => Some(PolicyFlaw::SourceIpNotText { found: kind(other) }),
    }
}

/// A field that CloudFront does not know: one in another case, or of another policy language.
fn unknown(members: &Map<String, Value>, known: &[&'static str]) -> Option<PolicyFlaw> {
    let found = members.keys().find(|name| !known.contains(&name.as_str()))?;
    let expected = known.iter().find(|name| name.eq_ignore_ascii_case(found));
    Some(match expected {
        Some(expected) => PolicyFlaw::WrongCase { found: Excerpt::new(found), expected },
        None => PolicyFlaw::UnknownField { found: Excerpt::new(found) },
    })
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the string {:?}", Excerpt::new(text)),
        Value::Number(number) => format!("{}", Excerpt::new(&number.to_string())),
        other => kind(other).to_owned(),
    }
}
