//! The URIs of an MPD, as they are written and as clients read them.

use std::borrow::Cow;

use quick_xml::escape::unescape;

use super::xml::{Text, is_blank};
use crate::{
    credentials::signed_url::LONGEST_URL,
    error::{ManifestError, Result, UrlError},
    text::Excerpt,
};

/// Longer text is no URL.
const LONGEST_TEXT: usize = 1 << 16;

/// Comments and CDATA sections may interrupt a URI this often.
const MOST_RUNS: usize = 16;

/// What players replace in a template, between `$` and `$` (ISO/IEC 23009-1, "Template-based Segment URL construction").
const IDENTIFIERS: [&str; 5] = ["RepresentationID", "Number", "Bandwidth", "Time", "SubNumber"];

/// A URI and its place, without the blanks around it.
#[derive(Debug)]
pub(super) struct Uri<'t> {
    /// Where it starts in the MPD.
    pub(super) at: usize,
    /// Where parameters are appended: before a fragment.
    pub(super) end: usize,
    /// What clients read: references are replaced.
    pub(super) meant: Cow<'t, str>,
    /// Whether it ends in a CDATA section, where `&` is written as it is.
    pub(super) is_raw: bool,
    /// Whether it is written without interruption, and so can be replaced.
    pub(super) is_whole: bool,
}

impl<'t> Uri<'t> {
    /// A URI in an attribute, whose value stands at `at`.
    pub(super) fn of_attribute(at: usize, value: &'t str) -> Result<Self> {
        Self::of_run(at, value, false)
    }

    fn of_run(at: usize, text: &'t str, is_raw: bool) -> Result<Self> {
        let written = text.trim_matches(is_blank);
        let at = at + text.len() - text.trim_start_matches(is_blank).len();
        let end = at + fragment(written, is_raw)?.unwrap_or(written.len());
        Ok(Self { at, end, meant: read(written, is_raw)?, is_raw, is_whole: true })
    }

    /// What comes before the fragment, as clients read it.
    pub(super) fn located(&self) -> &str {
        self.meant.split('#').next().unwrap_or_default()
    }

    /// A template with `*` for what players insert, or none if they change nothing.
    pub(super) fn pattern(&self) -> Option<String> {
        let (mut pattern, mut is_template, mut rest) = (String::new(), false, &*self.meant);
        while let Some((before, (identifier, after))) =
            rest.split_once('$').and_then(|(before, after)| Some((before, after.split_once('$')?)))
        {
            pattern.push_str(before);
            if identifier.is_empty() || IDENTIFIERS.contains(&identifier.split('%').next().unwrap_or_default()) {
                is_template = true;
                pattern.push(if identifier.is_empty() { '$' } else { '*' });
                rest = after;
            } else {
                // The second `$` may start an identifier.
                pattern.extend(["$", identifier]);
                rest = &rest[before.len() + 1 + identifier.len()..];
            }
        }
        pattern.push_str(rest);
        is_template.then_some(pattern)
    }
}

/// The text of an element whose content is a URI, while it is read: runs of text that nothing interrupts.
#[derive(Debug, Default)]
pub(super) struct Content {
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    at: usize,
    end: usize,
    is_raw: bool,
}

impl Content {
    pub(super) fn push(&mut self, text: &Text<'_>) -> Result<()> {
        let Text { at, written, is_raw } = *text;
        let count = self.runs.len();
        match self.runs.last_mut() {
            Some(run) if !is_raw && !run.is_raw && run.end == at => run.end += written.len(),
            _ if count == MOST_RUNS => return Err(ManifestError::MarkupInUri(Excerpt::new(written)).into()),
            _ => self.runs.push(Run { at, end: at + written.len(), is_raw }),
        }
        Ok(())
    }

    /// The URI, which may be empty.
    pub(super) fn finish<'t>(&self, text: &'t str) -> Result<Uri<'t>> {
        let length: usize = self.runs.iter().map(|run| run.end - run.at).sum();
        if length > LONGEST_TEXT {
            return Err(UrlError::TooLong { length, limit: LONGEST_URL }.into());
        }
        let is_filled = |run: &Run| !text[run.at..run.end].trim_matches(is_blank).is_empty();
        let first = self.runs.iter().position(is_filled).unwrap_or_default();
        let last = self.runs.iter().rposition(is_filled).map_or(0, |last| last + 1);
        match self.runs.get(first..last).unwrap_or_default() {
            [] => Ok(Uri { at: 0, end: 0, meant: Cow::Borrowed(""), is_raw: false, is_whole: false }),
            [run] => Uri::of_run(run.at, &text[run.at..run.end], run.is_raw),
            runs => interrupted(runs, text),
        }
    }
}

/// A URI in several runs. Only the blanks at its ends do not belong to it.
fn interrupted<'t>(runs: &[Run], text: &'t str) -> Result<Uri<'t>> {
    let mut whole = String::new();
    let (mut end, mut found) = (0, None);
    for run in runs {
        let written = &text[run.at..run.end];
        let place = fragment(written, run.is_raw)?.map(|place| (run.at + place, run.is_raw));
        found = found.or(place);
        whole.push_str(&read(written, run.is_raw)?);
        end = run.at + written.trim_end_matches(is_blank).len();
    }
    let is_raw = runs.last().is_some_and(|run| run.is_raw);
    let (end, is_raw) = found.unwrap_or((end, is_raw));
    let meant = Cow::Owned(whole.trim_matches(is_blank).to_owned());
    Ok(Uri { at: runs[0].at, end, meant, is_raw, is_whole: false })
}

/// What clients read.
pub(super) fn read(written: &str, is_raw: bool) -> Result<Cow<'_, str>, ManifestError> {
    if is_raw || !written.contains('&') {
        return Ok(Cow::Borrowed(written));
    }
    unescape(written).map_err(|_| ManifestError::UnknownReference(Excerpt::new(written)))
}

/// Where the fragment starts, which a reference may do too.
fn fragment(written: &str, is_raw: bool) -> Result<Option<usize>, ManifestError> {
    let mut from = 0;
    while let Some(place) = written[from..].find(if is_raw { &['#'][..] } else { &['#', '&'] }).map(|at| from + at) {
        if written[place..].starts_with('#') {
            return Ok(Some(place));
        }
        let Some(end) = written[place..].find(';').map(|length| place + length + 1) else { break };
        if read(&written[place..end], false)? == "#" {
            return Ok(Some(place));
        }
        from = end;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_read_as_clients_do() {
        for (value, meant, appended) in [
            ("1.m4s", "1.m4s", "1.m4s?"),
            (" a\n", "a", " a?\n"),
            ("a?b=1&amp;c=2", "a?b=1&c=2", "a?b=1&amp;c=2?"),
            ("a&#38;b", "a&b", "a&#38;b?"),
            ("a#b", "a#b", "a?#b"),
            ("a&#x23;b", "a#b", "a?&#x23;b"),
            ("a&amp;#b", "a&#b", "a&amp;?#b"),
        ] {
            let uri = Uri::of_attribute(0, value).unwrap();
            assert_eq!(uri.meant, meant);
            assert_eq!([&value[..uri.end], "?", &value[uri.end..]].concat(), appended);
        }
        for unknown in ["a&b;c", "a&", "a&b", "&#0;", "&#xd800;"] {
            assert!(Uri::of_attribute(0, unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn templates_are_patterns() {
        for (template, pattern) in [
            ("$Number$.m4s", Some("*.m4s")),
            ("$RepresentationID$/$Number%05d$.m4s", Some("*/*.m4s")),
            ("$$a$Time$", Some("$a*")),
            ("a$b$Time$c", Some("a$b*c")),
            ("a$b$c", None),
            ("a$", None),
            ("init.mp4", None),
        ] {
            assert_eq!(Uri::of_attribute(0, template).unwrap().pattern().as_deref(), pattern, "{template}");
        }
    }

    #[test]
    fn content_may_be_interrupted() {
        let text = " a<![CDATA[b&c]]>&#35;d ";
        let mut content = Content::default();
        for (at, written, is_raw) in [(0, " a", false), (11, "b&c", true), (17, "&#35;", false), (22, "d ", false)] {
            assert_eq!(&text[at..at + written.len()], written);
            content.push(&Text { at, written, is_raw }).unwrap();
        }
        let uri = content.finish(text).unwrap();
        assert_eq!((&*uri.meant, uri.end, uri.is_raw, uri.is_whole), ("ab&c#d", 17, false, false));
        assert_eq!(Content::default().finish(text).unwrap().meant, "");
    }
}
