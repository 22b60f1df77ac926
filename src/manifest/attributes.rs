//! The attribute lists of HLS tags: `NAME=VALUE` pairs with commas between them.

use crate::{
    error::{ManifestError, Result},
    text::Excerpt,
};

/// One attribute of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    /// Without its quotes.
    pub(super) value: &'t str,
    /// Where the value starts in the list.
    pub(super) at: usize,
}

/// The attributes of a list. A value in quotes may have commas.
pub(super) struct Attributes<'t> {
    list: &'t str,
    at: usize,
}

impl<'t> Attributes<'t> {
    pub(super) const fn new(list: &'t str) -> Self {
        Self { list, at: 0 }
    }

    fn read(&mut self) -> Result<Option<Attribute<'t>>> {
        let rest = &self.list[self.at..];
        let blanks = rest.len() - rest.trim_start().len();
        let rest = &rest[blanks..];
        if rest.is_empty() {
            return Ok(None);
        }
        let start = self.at + blanks;
        // Whatever the error, nothing more can be read.
        self.at = self.list.len();
        let damaged = || ManifestError::NotAnAttribute(Excerpt::of_part(rest, self.list));
        let equals = rest.find(['=', ',', '"']).filter(|at| rest.as_bytes()[*at] == b'=').ok_or_else(damaged)?;
        let (name, given) = (rest[..equals].trim_end(), &rest[equals + 1..]);
        let (value, quotes) = match given.strip_prefix('"') {
            Some(quoted) => {
                let unclosed = || ManifestError::UnclosedQuote(Excerpt::of_part(quoted, self.list));
                (quoted.split_once('"').ok_or_else(unclosed)?.0, 1)
            }
            None => (given.split(',').next().unwrap_or_default(), 0),
        };
        // Parameters after a quote that closes something else would be read as another attribute.
        if quotes == 0 && value.contains('"') {
            return Err(damaged().into());
        }
        let at = start + equals + 1 + quotes;
        let after = self.list[at + value.len() + quotes..].trim_start();
        if !after.is_empty() && !after.starts_with(',') {
            return Err(ManifestError::NotAnAttribute(Excerpt::of_part(after, self.list)).into());
        }
        self.at = self.list.len() - after.strip_prefix(',').unwrap_or(after).len();
        Ok(Some(Attribute { name, value, at }))
    }
}

impl<'t> Iterator for Attributes<'t> {
    type Item = Result<Attribute<'t>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Result<Vec<(&str, &str)>> {
        let mut found = Vec::new();
        for attribute in Attributes::new(list) {
            let Attribute { name, value, at } = attribute?;
            assert_eq!(&list[at..at + value.len()], value);
            found.push((name, value));
        }
        Ok(found)
    }

    #[test]
    fn quotes_hold_commas() {
        let list = r#"METHOD=AES-128,URI ="k,1=2.bin" , IV=0x1,E="",F=,"#;
        let found = read(list).unwrap();
        assert_eq!(found, [("METHOD", "AES-128"), ("URI", "k,1=2.bin"), ("IV", "0x1"), ("E", ""), ("F", "")]);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn damage_is_found_once() {
        for list in [
            "URI",
            "A=1,URI",
            r#"URI="k"#,
            r#"URI="k"x"#,
            r#"URI="k" B=1"#,
            r#""k""#,
            ",",
            r#"URI= "k""#,
            r#"URI=k"l""#,
        ] {
            let found: Vec<_> = Attributes::new(list).collect();
            assert!(found.last().unwrap().is_err(), "{list}");
            assert_eq!(found.iter().filter(|one| one.is_err()).count(), 1, "{list}");
        }
    }
}
