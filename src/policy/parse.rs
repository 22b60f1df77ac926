//! Reading a policy as strictly as the edge does.

use serde::Deserialize;

use super::conditions::{Conditions, EpochSeconds, IpRange};
use crate::error::{PolicyError, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "Statement")]
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Resource")]
    resource: Option<String>,
    #[serde(rename = "Condition")]
    condition: Condition,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "DateLessThan")]
    end: Option<EpochTime>,
    #[serde(rename = "DateGreaterThan")]
    start: Option<EpochTime>,
    #[serde(rename = "IpAddress")]
    ip_address: Option<SourceIp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EpochTime {
    #[serde(rename = "AWS:EpochTime")]
    seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceIp {
    #[serde(rename = "AWS:SourceIp")]
    range: String,
}

/// The resource and the conditions of a policy in JSON.
pub(super) fn parse(json: &str) -> Result<(Option<String>, Conditions)> {
    let document: Document =
        serde_json::from_str(json).map_err(|error| PolicyError::Malformed(error.to_string().as_str().into()))?;
    let count = document.statements.len();
    let Ok([statement]) = <[Statement; 1]>::try_from(document.statements) else {
        return Err(PolicyError::StatementCount(count).into());
    };
    let Condition { end, start, ip_address } = statement.condition;
    let end = end.ok_or(PolicyError::NoEnd)?;
    let mut conditions = Conditions::until(EpochSeconds::from_calendar(end.seconds.into())?);
    if let Some(start) = start {
        conditions = conditions.after(EpochSeconds::from_calendar(start.seconds.into())?)?;
    }
    if let Some(SourceIp { range }) = ip_address {
        conditions = conditions.from_ip(IpRange::parse(&range)?);
    }
    Ok((statement.resource, conditions))
}
