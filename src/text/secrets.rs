//! Where a text holds key material.
//!
//! PEM is recognised by its BEGIN line, a JSON Web Key by its `kty`, DER by bytes that text does not have, key material
//! in base64 by the statistics of random bytes, and in hexadecimal by its length. All are searched for in the text with
//! its escapes decoded, because a key may pass through `repr`, JSON and percent-encoding before it is shown.

use std::ops::Range;

use super::units::{Unit, units};

/// The shortest private key, P-256 in SEC1 without its public half, has 68 characters of base64.
const SHORTEST_KEY: usize = 60;

/// The same in hexadecimal has 102 digits, but SHA-512 has 128.
const SHORTEST_IN_HEXADECIMAL: usize = 130;

/// Text has no control characters; DER of [`SHORTEST_KEY`] has a dozen.
const FEWEST_UNREADABLE: usize = 8;

/// How many adjacent digits of base64 are judged together.
const WINDOW: usize = 40;

/// The kind of a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pem { label: &'static str },
    Jwk,
    Binary,
    Base64 { digits: usize },
    Hexadecimal { digits: usize },
}

/// A part of a text that must not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

/// All key material of a text, in order. One whose end is not certain includes what follows.
pub(super) fn find(text: &str) -> Vec<Secret> {
    // Key pair ids are checked for every request; a BEGIN line alone is longer.
    if text.len() < 24 {
        return Vec::new();
    }
    let units = units(text);
    let whole = pem(&units).or_else(|| jwk(&units)).or_else(|| binary(&units));
    let (before, after) = whole.as_ref().map_or((units.len(), units.len()), |(range, _)| (range.start, range.end));
    let mut found = runs(&units[..before], 0);
    found.extend(whole);
    found.extend(runs(&units[after..], after));
    let bytes = |range: Range<usize>| units[range.start].start..units[range.end - 1].end;
    found.into_iter().map(|(range, kind)| Secret { range: bytes(range), kind }).collect()
}

type Found = (Range<usize>, Kind);

/// From the BEGIN line to the end of the last END line, or else of the text.
fn pem(units: &[Unit]) -> Option<Found> {
    let begin = position(units, "-----BEGIN")?;
    let end = last_position(units, "-----END").filter(|end| *end > begin).and_then(|end| {
        let label = end + "-----END".len();
        Some(label + position(&units[label..], "-----")? + "-----".len())
    });
    let range = begin..end.unwrap_or(units.len());
    let holds = |words| position(&units[range.clone()], words).is_some();
    let label = match () {
        () if holds("PRIVATE KEY") => "a private key in PEM",
        () if holds("PUBLIC KEY") => "a public key in PEM",
        () => "PEM",
    };
    Some((range, Kind::Pem { label }))
}

/// The object that contains `kty`, or else everything that follows.
fn jwk(units: &[Unit]) -> Option<Found> {
    let named = position(units, "\"kty\"").or_else(|| position(units, "'kty'"))?;
    let begin = units[..named].iter().rposition(|unit| unit.character == '{').unwrap_or(0);
    let end = units[named..].iter().position(|unit| unit.character == '}').map(|end| named + end + 1);
    Some((begin..end.unwrap_or(units.len()), Kind::Jwk))
}

/// From just before the first unreadable character to the closing quote, if there is one.
fn binary(units: &[Unit]) -> Option<Found> {
    let unreadable = |unit: &Unit| {
        unit.character.is_control() && !matches!(unit.character, '\t' | '\n' | '\r') || unit.character == '\u{fffd}'
    };
    units.iter().filter(|unit| unreadable(unit)).nth(FEWEST_UNREADABLE - 1)?;
    let (first, last) = (units.iter().position(unreadable)?, units.iter().rposition(unreadable)?);
    // The tag and the length of DER precede its first control character.
    let near = |unit: &Unit| unit.character.is_whitespace() || matches!(unit.character, '"' | '\'');
    let begin = units[..first].iter().rposition(near).map_or(0, |before| before + 1).max(first.saturating_sub(8));
    let quote = units[last..].iter().rposition(|unit| matches!(unit.character, '"' | '\''));
    Some((begin..quote.map_or(units.len(), |quote| last + quote), Kind::Binary))
}

/// Base64 and hexadecimal as long as a key.
fn runs(units: &[Unit], offset: usize) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for run in digit_runs(units, |character| class(character).is_some()) {
        found.extend(random_stretches(units, &run).into_iter().map(|(range, digits)| (range, Kind::Base64 { digits })));
    }
    for run in digit_runs(units, |character| character.is_ascii_hexdigit()) {
        let range = run[0]..run[run.len() - 1] + 1;
        let overlaps = |(other, _): &Found| other.start < range.end && range.start < other.end;
        if looks_like_hexadecimal(units, &run) && !found.iter().any(overlaps) {
            found.push((range, Kind::Hexadecimal { digits: run.len() }));
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    found.into_iter().map(|(range, kind)| (range.start + offset..range.end + offset, kind)).collect()
}

/// The places of digits with only separators between them.
fn digit_runs(units: &[Unit], is_digit: impl Fn(char) -> bool) -> Vec<Vec<usize>> {
    let mut runs = vec![Vec::new()];
    for (place, unit) in units.iter().enumerate() {
        if is_digit(unit.character) {
            runs.last_mut().expect("one at least").push(place);
        } else if !is_separator(unit.character) && runs.last().is_some_and(|run| !run.is_empty()) {
            runs.push(Vec::new());
        }
    }
    runs.retain(|run| run.len() >= SHORTEST_KEY);
    runs
}

/// What may be between the lines of a key that was split, joined or dumped.
const fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '"' | '\'' | ',' | ':' | ';' | '\\')
}

/// A number of 130 digits has at least eight different ones; a row of dashes or `aaaa` does not.
fn looks_like_hexadecimal(units: &[Unit], run: &[usize]) -> bool {
    let mut seen = [false; 16];
    for place in run {
        seen[units[*place].character.to_digit(16).unwrap_or(0) as usize] = true;
    }
    run.len() >= SHORTEST_IN_HEXADECIMAL && seen.iter().filter(|seen| **seen).count() >= 8
}

/// Upper case, lower case, digit, other.
const fn class(character: char) -> Option<u8> {
    match character {
        'A'..='Z' => Some(0),
        'a'..='z' => Some(1),
        '0'..='9' => Some(2),
        '+' | '/' | '-' | '_' | '~' | '=' => Some(3),
        _ => None,
    }
}

/// The parts of a run in which every [`WINDOW`] looks random, extended to whole words, with the number of their digits.
fn random_stretches(units: &[Unit], run: &[usize]) -> Vec<(Range<usize>, usize)> {
    let classes: Vec<u8> = run.iter().filter_map(|place| class(units[*place].character)).collect();
    let mut counts = vec![Counts::default()];
    for (digit, class) in classes.iter().enumerate() {
        counts.push(counts[digit].and(digit.checked_sub(1).map(|before| classes[before]), *class));
    }
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for start in 0..=run.len() - WINDOW {
        if counts[start + WINDOW].since(&counts[start]).looks_random() {
            let words = match stretches.pop_if(|last| last.end >= start) {
                Some(last) => last.start..last.end.max(start + WINDOW),
                None => start..start + WINDOW,
            };
            stretches.push(words);
        }
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for words in stretches.iter().map(|stretch| whole_words(stretch, run, &classes)) {
        let joined = match found.pop_if(|last| last.end >= words.start) {
            Some(last) => last.start.min(words.start)..last.end.max(words.end),
            None => words,
        };
        found.push(joined);
    }
    found.retain(|words| words.len() >= SHORTEST_KEY);
    found.into_iter().map(|words| (run[words.start]..run[words.end - 1] + 1, words.len())).collect()
}

/// How many there are of each class, and how often adjacent ones differ, from the start of a run.
#[derive(Clone, Default)]
struct Counts {
    upper: usize,
    lower: usize,
    changes: usize,
    case_changes: usize,
}

impl Counts {
    /// The counts with one more digit.
    fn and(&self, before: Option<u8>, class: u8) -> Self {
        Self {
            upper: self.upper + usize::from(class == 0),
            lower: self.lower + usize::from(class == 1),
            changes: self.changes + usize::from(before.is_some_and(|before| before != class)),
            case_changes: self.case_changes + usize::from(matches!((before, class), (Some(0), 1) | (Some(1), 0))),
        }
    }

    const fn since(&self, start: &Self) -> Self {
        Self {
            upper: self.upper - start.upper,
            lower: self.lower - start.lower,
            changes: self.changes - start.changes,
            case_changes: self.case_changes - start.case_changes,
        }
    }

    /// Of random base64, two fifths are upper case and two fifths lower case; three of five adjacent pairs differ in
    /// class, and one of three in case. Words and paths (also in CamelCase) have fewer of the first or the last; UUIDs
    /// have only one case.
    fn looks_random(&self) -> bool {
        let (fewer, more) = (self.upper.min(self.lower), self.upper.max(self.lower));
        fewer * 8 >= WINDOW && fewer * 3 >= more && self.changes * 5 >= WINDOW * 2 && self.case_changes * 8 >= WINDOW
    }
}

/// Extends a part to whole words, adds adjacent words that are not natural language, and removes those that are.
fn whole_words(stretch: &Range<usize>, run: &[usize], classes: &[u8]) -> Range<usize> {
    let begins_word = |digit: usize| digit == 0 || digit == run.len() || run[digit] != run[digit - 1] + 1;
    let before = |digit: usize| (0..digit).rev().find(|digit| begins_word(*digit)).unwrap_or(0);
    let after = |digit: usize| (digit + 1..run.len()).find(|digit| begins_word(*digit)).unwrap_or(run.len());
    let is_plain = |word: Range<usize>| is_plain(&classes[word]);
    let (mut start, mut end) = (stretch.start, stretch.end);
    if !begins_word(start) {
        start = before(start);
    }
    if !begins_word(end) {
        end = after(end);
    }
    // Not further than a window may extend beyond random text: a key with one character per line would be all plain.
    let (first, last) = (start + WINDOW / 2, end - WINDOW / 2);
    while after(start) < first && is_plain(start..after(start)) {
        start = after(start);
    }
    while before(end) > last && is_plain(before(end)..end) {
        end = before(end);
    }
    while start > 0 && !is_plain(before(start)..start) {
        start = before(start);
    }
    while end < run.len() && !is_plain(end..after(end)) {
        end = after(end);
    }
    start..end
}

/// Whether a word may be natural language: short, and with a capital only at its start or with few capitals. Not a
/// single letter: a key that was printed as a list consists of these.
fn is_plain(word: &[u8]) -> bool {
    (2..16).contains(&word.len()) && (!word[1..].contains(&0) || !word.contains(&1) && word.len() < 8)
}

fn position(units: &[Unit], words: &str) -> Option<usize> {
    units.windows(words.len()).position(|window| reads(window, words))
}

fn last_position(units: &[Unit], words: &str) -> Option<usize> {
    units.windows(words.len()).rposition(|window| reads(window, words))
}

fn reads(units: &[Unit], words: &str) -> bool {
    units.iter().map(|unit| unit.character).eq(words.chars())
}
