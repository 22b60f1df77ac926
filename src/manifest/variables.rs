//! The variables of an HLS playlist: `EXT-X-DEFINE`, and the references to them.

use std::{borrow::Cow, collections::HashMap};

use percent_encoding::percent_decode_str;

use crate::{
    credentials::signed_url::LONGEST_URL,
    error::{ManifestError, Result, UrlError},
    text::Excerpt,
};

/// The values of the variables that are defined so far. One without a value may be defined, but not used.
#[derive(Debug, Default)]
pub(super) struct Variables(HashMap<String, Option<String>>);

impl Variables {
    /// Adds a variable.
    pub(super) fn define(&mut self, name: &str, value: Option<String>) -> Result<()> {
        if self.0.insert(name.to_owned(), value).is_some() {
            return Err(ManifestError::DuplicateVariable(Excerpt::new(name)).into());
        }
        Ok(())
    }

    /// A text with the values in place of `{$name}`. Values are not searched for further references.
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
            let Some(Some(value)) = self.0.get(name) else {
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
    let pair = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name)?;
    let value = percent_decode_str(pair.1).decode_utf8_lossy().into_owned();
    Some(value).filter(|value| !value.is_empty())
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
    }

    #[test]
    fn values_come_from_a_query() {
        assert_eq!(query_value("a=1&b=%41b&b=2", "b").as_deref(), Some("Ab"));
        assert_eq!(query_value("a=&b", "a"), None);
        assert_eq!(query_value("a=&b", "b"), None);
    }
}
