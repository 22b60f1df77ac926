//! Reading a policy as strictly as the edge does.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{
    conditions::{Conditions, IpRange},
    epoch_seconds::EpochSeconds,
};
use crate::error::{PolicyError, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "Statement")]
    statements: Vec<Object<Statement>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Resource", default, deserialize_with = "present")]
    resource: Option<String>,
    #[serde(rename = "Condition")]
    condition: Object<Condition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "DateLessThan", default, deserialize_with = "present")]
    end: Option<Object<EpochTime>>,
    #[serde(rename = "DateGreaterThan", default, deserialize_with = "present")]
    start: Option<Object<EpochTime>>,
    #[serde(rename = "IpAddress", default, deserialize_with = "present")]
    ip_address: Option<Object<SourceIp>>,
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

/// A JSON object: serde's structs would also accept an array of their values.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members))
            }
        }

        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

/// A member that may be missing, but not `null`: a missing condition grants more.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The resource and the conditions of a policy in JSON.
pub(super) fn parse(json: &str) -> Result<(Option<String>, Conditions)> {
    let Object(document): Object<Document> =
        serde_json::from_str(json).map_err(|error| PolicyError::Malformed(error.to_string().as_str().into()))?;
    let count = document.statements.len();
    let Ok([Object(Statement { resource, condition: Object(condition) })]) =
        <[Object<Statement>; 1]>::try_from(document.statements)
    else {
        return Err(PolicyError::StatementCount(count).into());
    };
    let Object(end) = condition.end.ok_or(PolicyError::NoEnd)?;
    let mut conditions = Conditions::until(EpochSeconds::from_calendar(end.seconds.into())?);
    if let Some(Object(start)) = condition.start {
        conditions = conditions.after(EpochSeconds::from_calendar(start.seconds.into())?)?;
    }
    if let Some(Object(SourceIp { range })) = condition.ip_address {
        conditions = conditions.from_ip(IpRange::parse(&range)?);
    }
    Ok((resource, conditions))
}
