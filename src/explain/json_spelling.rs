//! Other spellings of a policy's JSON, as JSON libraries write it: same meaning, but other bytes and so another signature.

use std::{collections::HashSet, fmt::Write as _};

/// Longer policies are not respelled: CloudFront does not accept them either.
const LONGEST: usize = 20_480;

/// A spelling, and a description of what is peculiar about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) json: String,
    pub(super) description: String,
}

/// All other spellings of a JSON text with at most so many peculiarities, the plainest first; none if the text is not
/// JSON. At most 215.
pub(super) fn spellings(json: &str, most_peculiarities: usize) -> Vec<Spelling> {
    let Some(given) = tokens(json).filter(|_| json.len() <= LONGEST) else {
        return Vec::new();
    };
    let sorted = serde_json::from_str::<serde_json::Value>(json).ok().and_then(|value| tokens(&value.to_string()));
    let mut seen = HashSet::from([json.to_owned()]);
    let mut all = Vec::new();
    for (order, order_name) in [(Some(&given), ""), (sorted.as_ref(), "sorted keys")] {
        let Some(order) = order else { continue };
        for escapes in Escapes::ALL {
            let escaped: Vec<Token> = order.iter().map(|token| escapes.escape(token)).collect();
            for (layout, end) in LAYOUTS.iter().flat_map(|layout| ENDS.iter().map(move |end| (layout, end))) {
                let parts = [order_name, layout.name, escapes.name(), end.1];
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                if parts.len() > most_peculiarities {
                    continue;
                }
                let json = render(&escaped, *layout) + end.0;
                if seen.insert(json.clone()) {
                    let description =
                        if parts.is_empty() { "without white space".to_owned() } else { parts.join(", ") };
                    all.push(Spelling { json, description });
                }
            }
        }
    }
    all
}

/// What may follow the JSON.
const ENDS: [(&str, &str); 3] = [("", ""), ("\n", "a line break at the end"), ("\r\n", "a line break at the end")];

#[derive(Debug, Clone, Copy)]
struct Layout {
    /// After `:`, and after `,` if there is no indentation.
    colon: &'static str,
    comma: &'static str,
    indent: Option<&'static str>,
    name: &'static str,
}

const LAYOUTS: [Layout; 6] = [
    Layout { colon: "", comma: "", indent: None, name: "" },
    Layout { colon: " ", comma: " ", indent: None, name: "spaces after ':' and ','" },
    Layout { colon: " ", comma: "", indent: None, name: "spaces after ':'" },
    Layout { colon: " ", comma: "", indent: Some("  "), name: "indented by 2" },
    Layout { colon: " ", comma: "", indent: Some("    "), name: "indented by 4" },
    Layout { colon: " ", comma: "", indent: Some("\t"), name: "indented by tabs" },
];

/// What libraries escape although JSON does not require it.
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

    const fn name(self) -> &'static str {
        match self {
            Self::Least => "",
            Self::Ascii => "'\\u…' for non-ASCII characters",
            Self::Slashes => "'\\/' for '/'",
            Self::Go => "'\\u0026' for '&', as Go and Rails write it",
            Self::DotNet => "'\\u0026' for '&', as .NET writes it",
            Self::Gson => "'\\u0026' for '&' and '\\u003d' for '=', as Gson writes it",
        }
    }

    /// The token as this library writes it: a string with its quotes, any other token unchanged.
    fn escape(self, token: &Token) -> Token {
        let Token::Text(string) = token else {
            return token.clone();
        };
        let mut text = String::with_capacity(string.len() + 2);
        text.push('"');
        string.chars().for_each(|character| self.write(character, &mut text));
        text.push('"');
        Token::Word(text)
    }

    fn write(self, character: char, text: &mut String) {
        let (escaped, upper) = match self {
            Self::Least => (false, false),
            Self::Ascii | Self::Slashes => (!character.is_ascii(), false),
            Self::Go => (matches!(character, '&' | '<' | '>' | '\u{2028}' | '\u{2029}'), false),
            Self::DotNet => {
                (matches!(character, '&' | '<' | '>' | '\'' | '+' | '`' | '"') || !character.is_ascii(), true)
            }
            Self::Gson => (matches!(character, '&' | '<' | '>' | '=' | '\'' | '\u{2028}' | '\u{2029}'), false),
        };
        if escaped {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = if upper { write!(text, "\\u{unit:04X}") } else { write!(text, "\\u{unit:04x}") };
            }
        } else if character == '/' && self == Self::Slashes {
            text.push_str("\\/");
        } else if matches!(character, '"' | '\\' | '\0'..='\x1f') {
            let quoted = serde_json::Value::from(character.to_string()).to_string();
            text.push_str(&quoted[1..quoted.len() - 1]);
        } else {
            text.push(character);
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Mark(char),
    /// A string, decoded.
    Text(String),
    /// A number, `true`, `false` or `null`, or a string with its quotes and escapes.
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

/// Lays out tokens whose strings are escaped already.
fn render(tokens: &[Token], layout: Layout) -> String {
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
            Token::Text(word) | Token::Word(word) => text.push_str(word),
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
        let all = spellings(json, usize::MAX);
        for (written, description) in [
            (r#"{"S": [{"R": "https://a/b?c&d=é", "C": 1}]}"#, "spaces after ':' and ','"),
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
            assert!(found.is_some_and(|spelling| spelling.description.contains(description)), "{written}: {found:?}");
        }
        assert!(all.len() <= 215 && all.iter().all(|spelling| spelling.json != json));
        let plainest = spellings(json, 1);
        assert!(plainest.iter().any(|spelling| spelling.description.contains("Go")));
        assert!(plainest.len() < 20 && plainest.iter().all(|spelling| !spelling.description.contains("sorted keys, ")));
        for nothing in ["", "{", "{]", "no"] {
            assert!(spellings(nothing, usize::MAX).is_empty(), "{nothing}");
        }
        assert!(
            spellings(" {\n} ", usize::MAX)
                .iter()
                .any(|spelling| spelling.json == "{}" && spelling.description.contains("without"))
        );
    }
}
