//! A text with its escapes decoded, and the place of every character.

/// A character, and its place in the text, escaped or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) character: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Decodes percent-encoding and the backslashes of Python, Rust, JSON and shells, even if they were escaped repeatedly.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut escaped = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match escape(&text.as_bytes()[at..]) {
            Some((Escaped::Byte(byte), length)) => escaped.push((byte, at, at + length)),
            Some((Escaped::Character(character), length)) => {
                flush(&mut escaped, &mut units);
                units.push(Unit { character, start: at, end: at + length });
            }
            None => {
                flush(&mut escaped, &mut units);
                let character = text[at..].chars().next().unwrap_or_default();
                units.push(Unit { character, start: at, end: at + character.len_utf8() });
            }
        }
        at = escaped.last().map_or_else(|| units.last().map_or(text.len(), |unit| unit.end), |(_, _, end)| *end);
    }
    flush(&mut escaped, &mut units);
    units
}

/// Escaped bytes may be UTF-8 of readable text.
fn flush(escaped: &mut Vec<(u8, usize, usize)>, units: &mut Vec<Unit>) {
    let bytes: Vec<u8> = escaped.iter().map(|(byte, ..)| *byte).collect();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let last = at + character.len_utf8() - 1;
            units.push(Unit { character, start: escaped[at].1, end: escaped[last].2 });
            at = last + 1;
        }
        for _ in chunk.invalid() {
            units.push(Unit { character: '\u{fffd}', start: escaped[at].1, end: escaped[at].2 });
            at += 1;
        }
    }
    escaped.clear();
}

enum Escaped {
    Byte(u8),
    Character(char),
}

/// The escape at the start of a text, and its length.
fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text.first()? {
        b'%' => {
            // `%250A` is `%0A` encoded again.
            let doubled = text[1..].chunks_exact(2).take_while(|pair| pair == b"25").count();
            let (digits, length) = match text.get(1 + 2 * doubled..3 + 2 * doubled).and_then(hexadecimal) {
                Some(byte) => (byte, 3 + 2 * doubled),
                None if doubled > 0 => (0x25, 1 + 2 * doubled),
                None => return None,
            };
            Some((Escaped::Byte(u8::try_from(digits).ok()?), length))
        }
        b'\\' => {
            let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
            let (escaped, length) = backslashed(&text[slashes..])?;
            Some((escaped, slashes + length))
        }
        _ => None,
    }
}

fn backslashed(text: &[u8]) -> Option<(Escaped, usize)> {
    let number = |from: usize, to: usize| text.get(from..to).and_then(hexadecimal);
    let character = |code: u32| Escaped::Character(char::from_u32(code).unwrap_or('\u{fffd}'));
    Some(match text.first()? {
        b'n' => (Escaped::Character('\n'), 1),
        b'r' => (Escaped::Character('\r'), 1),
        b't' => (Escaped::Character('\t'), 1),
        b'0' => (Escaped::Character('\0'), 1),
        quoted @ (b'"' | b'\'' | b'/') => (Escaped::Character(char::from(*quoted)), 1),
        b'x' => (Escaped::Byte(u8::try_from(number(1, 3)?).ok()?), 3),
        b'u' if text.get(1) == Some(&b'{') => {
            let end = text.iter().take(10).position(|byte| *byte == b'}')?;
            (character(number(2, end)?), end + 1)
        }
        b'u' => (character(number(1, 5)?), 5),
        b'U' => (character(number(1, 9)?), 9),
        _ => return None,
    })
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|one| one.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        units(text).iter().map(|unit| unit.character).collect()
    }

    #[test]
    fn escapes_are_decoded() {
        for (escaped, plain) in [
            ("a%0Ab%2Fc", "a\nb/c"),
            ("%250A%25%252", "\n%%2"),
            ("%E3%83%93%82", "ビ\u{fffd}"),
            (r"\n\\n\\\\r\t\0", "\n\n\r\t\0"),
            (r"\x41\xe3\x83\x93\x82", "Aビ\u{fffd}"),
            (r"\u{82}\u0082\U00000082\udc82", "\u{82}\u{82}\u{82}\u{fffd}"),
            (r#"\/\"\'"#, "/\"'"),
            (r"\x4 \q \ % %4 %zz \u{zz} é", r"\x4 \q \ % %4 %zz \u{zz} é"),
        ] {
            assert_eq!(read(escaped), plain, "{escaped}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "é%C3%A9\\nx";
        let places: Vec<_> = units(text).iter().map(|unit| &text[unit.start..unit.end]).collect();
        assert_eq!(places, ["é", "%C3%A9", "\\n", "x"]);
    }
}
