//! Other spellings of a policy's JSON, as JSON libraries write it: same meaning, other bytes, so another signature.

use std::{collections::HashSet, fmt::Write as _};

/// Longer policies than CloudFront takes are not respelled.
const LONGEST: usize = 20_480;

/// A spelling, and what is peculiar about it, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) json: String,
    pub(super) told: String,
}

/// All other spellings of a JSON text, the plainest first; none if the text is not JSON. At most 215.
pub(super) fn spellings(json: &str) -> Vec<Spelling> {
    let Some(given) = tokens(json).filter(|_| json.len() <= LONGEST) else {
        return Vec::new();
    };
    let sorted = serde_json::from_str::<serde_json::Value>(json).ok().and_then(|value| tokens(&value.to_string()));
    let mut seen = HashSet::from([json.to_owned()]);
    let mut all = Vec::new();
    for (order, told_order) in [(Some(&given), ""), (sorted.as_ref(), "sorted keys")] {
        let Some(order) = order else { continue };
        for escapes in Escapes::ALL {
            for layout in LAYOUTS {
                for (end, told_end) in
                    [("", ""), ("\n", "a line break at the end"), ("\r\n", "a line break at the end")]
                {
                    let json = render(order, layout, escapes) + end;
                    if seen.insert(json.clone()) {
                        let parts = [told_order, layout.told, escapes.told(), told_end];
                        let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                        let told = if told.is_empty() { "without white space".to_owned() } else { told.join(", ") };
                        all.push(Spelling { json, told });
                    }
                }
            }
        }
    }
    all
}

#[derive(Debug, Clone, Copy)]
struct Layout {
    /// Behind `:`, and behind `,` where there is no indentation.
    colon: &'static str,
    comma: &'static str,
    indent: Option<&'static str>,
    told: &'static str,
}

const LAYOUTS: [Layout; 6] = [
    Layout { colon: "", comma: "", indent: None, told: "" },
    Layout { colon: " ", comma: " ", indent: None, told: "blanks after ':' and ','" },
    Layout { colon: " ", comma: "", indent: None, told: "blanks after ':'" },
    Layout { colon: " ", comma: "", indent: Some("  "), told: "indented by 2" },
    Layout { colon: " ", comma: "", indent: Some("    "), told: "indented by 4" },
    Layout { colon: " ", comma: "", indent: Some("\t"), told: "indented by tabs" },
];

/// What libraries escape that need not be escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Least,
    Ascii,
    Slashes,
    Go,
    DotNet,
    Gson,
}

impl Escapes {
    const ALL: [Self; 6] = [Self::Least, Self::Ascii, Self::Slashes, Self::Go, Self::DotNet, Self::Gson];

    const fn told(self) -> &'static str {
        match self {
            Self::Least => "",
            Self::Ascii => "'\\u…' for what is not ASCII",
            Self::Slashes => "'\\/' for '/'",
            Self::Go => "'\\u0026' for '&', as Go and Rails write it",
            Self::DotNet => "'\\u0026' for '&', as .NET writes it",
            Self::Gson => "'\\u0026' for '&' and '\\u003d' for '=', as Gson writes it",
        }
    }

    fn write(self, character: char, text: &mut String) {
        let (escaped, upper) = match self {
            Self::Least => (false, false),
            Self::Ascii | Self::Slashes => (!character.is_ascii(), false),
            Self::Go => ("&<>\u{2028}\u{2029}".contains(character), false),
            Self::DotNet => ("&<>'+`\"".contains(character) || !character.is_ascii(), true),
            Self::Gson => ("&<>='\u{2028}\u{2029}".contains(character), false),
        };
        if escaped {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = if upper { write!(text, "\\u{unit:04X}") } else { write!(text, "\\u{unit:04x}") };
            }
        } else if character == '/' && self == Self::Slashes {
            text.push_str("\\/");
        } else {
            let quoted = serde_json::Value::from(character.to_string()).to_string();
            text.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Mark(char),
    /// Decoded.
    Text(String),
    /// A number, `true`, `false` or `null`.
    Word(String),
}

/// The tokens of a valid JSON text.
fn tokens(json: &str) -> Option<Vec<Token>> {
    serde_json::from_str::<serde::de::IgnoredAny>(json).ok()?;
    let mut tokens = Vec::new();
    let mut rest = json.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' | '}' | '[' | ']' | ':' | ',' => {
                tokens.push(Token::Mark(first));
                1
            }
            '"' => {
                let length = end_of_string(rest)?;
                tokens.push(Token::Text(serde_json::from_str(&rest[..length]).ok()?));
                length
            }
            _ => {
                let length = rest.find(|c: char| ",]} \t\r\n".contains(c)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().enumerate().skip(1).find_map(|(at, byte)| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends.then_some(at + 1)
    })
}

fn render(tokens: &[Token], layout: Layout, escapes: Escapes) -> String {
    let mut text = String::new();
    let mut depth = 0;
    let break_line = |text: &mut String, depth: usize| {
        if let Some(indent) = layout.indent {
            text.push('\n');
            text.push_str(&indent.repeat(depth));
        }
    };
    for token in tokens {
        match token {
            Token::Mark(mark @ ('{' | '[')) => {
                depth += 1;
                text.push(*mark);
                break_line(&mut text, depth);
            }
            Token::Mark(mark @ ('}' | ']')) => {
                depth -= 1;
                break_line(&mut text, depth);
                text.push(*mark);
            }
            Token::Mark(',') => {
                text.extend([",", layout.comma]);
                break_line(&mut text, depth);
            }
            Token::Mark(mark) => {
                text.push(*mark);
                text.push_str(layout.colon);
            }
            Token::Text(string) => {
                text.push('"');
                string.chars().for_each(|character| escapes.write(character, &mut text));
                text.push('"');
            }
            Token::Word(word) => text.push_str(word),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_write_it_like_this() {
        let json = r#"{"S":[{"R":"https://a/b?c&d=é","C":1}]}"#;
        let all = spellings(json);
        for (written, told) in [
            (r#"{"S": [{"R": "https://a/b?c&d=é", "C": 1}]}"#, "blanks after ':' and ','"),
            (r#"{"S":[{"R":"https://a/b?c\u0026d=é","C":1}]}"#, "as Go and Rails write it"),
            (r#"{"S":[{"R":"https://a/b?c\u0026d\u003dé","C":1}]}"#, "as Gson writes it"),
            (r#"{"S":[{"R":"https://a/b?c\u0026d=\u00E9","C":1}]}"#, "as .NET writes it"),
            (r#"{"S":[{"R":"https:\/\/a\/b?c&d=\u00e9","C":1}]}"#, "for '/'"),
            (r#"{"S":[{"C":1,"R":"https://a/b?c&d=é"}]}"#, "sorted keys"),
            (
                "{\n  \"S\": [\n    {\n      \"R\": \"https://a/b?c&d=é\",\n      \"C\": 1\n    }\n  ]\n}",
                "indented by 2",
            ),
            ("{\"S\":[{\"R\":\"https://a/b?c&d=é\",\"C\":1}]}\n", "line break"),
        ] {
            let found = all.iter().find(|spelling| spelling.json == written);
            assert!(found.is_some_and(|spelling| spelling.told.contains(told)), "{written}: {found:?}");
        }
        assert!(all.len() <= 215 && all.iter().all(|spelling| spelling.json != json));
        for nothing in ["", "{", "{]", "no"] {
            assert!(spellings(nothing).is_empty(), "{nothing}");
        }
        assert!(spellings(" {\n} ").iter().any(|spelling| spelling.json == "{}" && spelling.told.contains("without")));
    }
}
