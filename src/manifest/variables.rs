//! The variables of an HLS playlist: `EXT-X-DEFINE`, and the references to them.

use std::{borrow::Cow, collections::HashMap};

use percent_encoding::percent_decode_str;

use crate::{
    credentials::signed_url::LONGEST_URL,
    error::{ManifestError, Result, UrlError},
    text::Excerpt,
};

/// So many bytes are kept for all variables. Definitions that refer to each other would fill the memory.
const LARGEST: usize = 1 << 20;

/// The values of the variables that are defined so far. One without a value may be defined, but not used.
#[derive(Debug, Default)]
pub(super) struct Variables {
    values: HashMap<String, Option<String>>,
    /// Of all values.
    size: usize,
}

impl Variables {
    /// Adds a variable.
    pub(super) fn define(&mut self, name: &str, value: Option<String>) -> Result<()> {
        self.size += value.as_ref().map_or(0, String::len);
        if self.size > LARGEST {
            return Err(ManifestError::TooManyVariables(LARGEST).into());
        }
        if self.values.insert(name.to_owned(), value).is_some() {
            return Err(ManifestError::DuplicateVariable(Excerpt::new(name)).into());
        }
        Ok(())
    }

    /// A text with the values instead of `{$name}`. A value has no references: they are replaced where it is defined.
    pub(super) fn expand<'t>(&self, text: &'t str) -> Result<Cow<'t, str>> {
        if memchr::memchr(b'{', text.as_bytes()).is_none() {
            return Ok(Cow::Borrowed(text));
        }
        let (mut expanded, mut rest) = (String::new(), text);
        while let Some(at) = rest.find("{$") {
            let after = &rest[at + 2..];
            let Some(name) = after.split_once('}').map(|(name, _)| name).filter(|name| is_name(name)) else {
                expanded.push_str(&rest[..at + 2]);
                rest = after;
                continue;
            };
            let Some(Some(value)) = self.values.get(name) else {
                return Err(ManifestError::UndefinedVariable(Excerpt::new(name)).into());
            };
            expanded.extend([&rest[..at], value]);
            rest = &after[name.len() + 1..];
            // A long value and many references would fill the memory.
            if expanded.len() > LONGEST_URL {
                return Err(UrlError::TooLong { length: expanded.len(), limit: LONGEST_URL }.into());
            }
        }
        expanded.push_str(rest);
        Ok(Cow::Owned(expanded))
    }
}

/// The value of a parameter in a query, if it is there and not empty.
pub(super) fn query_value(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(found, _)| decoded(found) == name)?;
    Some(decoded(value)).filter(|value| !value.is_empty())
}

/// A name or a value of a query, as browsers read it (`URLSearchParams`): a `+` is a blank.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_once() {
        let mut variables = Variables::default();
        variables.define("a", Some("{$b}".into())).unwrap();
        variables.define("b-1", Some("x".into())).unwrap();
        variables.define("c", None).unwrap();
        for (text, expanded) in [("1.ts", "1.ts"), ("{$a}/{$b-1}.ts", "{$b}/x.ts"), ("{$}{$ a}{$b-1", "{$}{$ a}{$b-1")]
        {
            assert_eq!(variables.expand(text).unwrap(), expanded, "{text}");
        }
        assert!(variables.expand("{$c}").is_err());
        assert!(variables.expand("{$d}").is_err());
        assert!(variables.define("a", None).is_err());
    }

    #[test]
    fn values_do_not_fill_the_memory() {
        let mut variables = Variables::default();
        variables.define("a", Some("x".repeat(LONGEST_URL))).unwrap();
        assert!(variables.expand(&"{$a}".repeat(1_000_000)).is_err());
        let defined =
            (0..1_000).take_while(|n| variables.define(&format!("b{n}"), Some("x".repeat(LONGEST_URL))).is_ok());
        assert_eq!(defined.count(), LARGEST / LONGEST_URL - 1);
    }

    #[test]
    fn values_come_from_a_query() {
        assert_eq!(query_value("a=1&b=%41b&b=2", "b").as_deref(), Some("Ab"));
        assert_eq!(query_value("%61=1+2%2B&a=3", "a").as_deref(), Some("1 2+"));
        assert_eq!(query_value("a&a=1", "a"), None);
        assert_eq!(query_value("a=&b", "a"), None);
        assert_eq!(query_value("a=&b", "b"), None);
    }
}
