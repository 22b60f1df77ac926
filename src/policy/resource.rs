//! CloudFront's wildcards: which URLs a policy's resource covers.
//!
//! `*` matches any number of characters, `?` exactly one. Protocol, domain, path and query are matched separately, and
//! a wildcard does not cross from one to the next, except for a `*` at the end of the path, which covers the query too,
//! and one at the end of the domain, which covers path and query
//! ([custom policies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html)).
//!
//! What AWS's page does not say is decided here, and only here: `*` crosses `/`; domain and protocol ignore case, path
//! and query do not; a `?` in the pattern is a wildcard or the start of the query, whichever matches.

/// The resource of a policy, ready to be compared with many URLs.
///
/// ```
/// let resource = cloudfront_signer::Resource::new("https://www.example.com/hello*world");
/// assert!(resource.covers("https://www.example.com/hello-big-world"));
/// assert!(!resource.covers("https://www.example.net/hello?world"));
/// ```
#[derive(Debug, Clone)]
pub struct Resource {
    protocol: Glob,
    domain: Glob,
    path_and_query: Glob,
}

impl Resource {
    /// Reads a pattern. Every text is a pattern; one without a protocol is read as if it started with `*://`.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        if pattern == "*" {
            return Self { protocol: Glob::new("*"), domain: Glob::new("*"), path_and_query: Glob::new("*") };
        }
        let (protocol, rest) = pattern.split_once("://").unwrap_or(("*", pattern));
        let (domain, path_and_query) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path_and_query = match path_and_query {
            "" if domain.ends_with('*') => "*",
            "" => "/",
            other => other,
        };
        Self {
            protocol: Glob::new(&protocol.to_ascii_lowercase()),
            domain: Glob::new(&domain.to_ascii_lowercase()),
            path_and_query: Glob::new(path_and_query),
        }
    }

    /// Whether this resource covers `url`, in the spelling in which it is sent.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        let Some((protocol, rest)) = url.split_once("://") else {
            return false;
        };
        let (domain, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let query = path_and_query.find('?');
        self.protocol.matches(protocol.bytes().map(|byte| byte.to_ascii_lowercase()), None)
            && self.domain.matches(domain.bytes().map(|byte| byte.to_ascii_lowercase()), None)
            && self.path_and_query.matches(path_and_query.bytes(), query)
    }

    /// Whether this resource certainly covers every URL that `other` covers.
    ///
    /// ```
    /// use cloudfront_signer::Resource;
    ///
    /// let videos = Resource::new("https://d/videos/*");
    /// assert!(videos.covers_all_of(&Resource::new("https://d/videos/?.mp4")));
    /// assert!(!videos.covers_all_of(&Resource::new("https://d/*")));
    /// ```
    #[must_use]
    pub fn covers_all_of(&self, other: &Self) -> bool {
        self.protocol.includes(&other.protocol)
            && self.domain.includes(&other.domain)
            && self.path_and_query.includes(&other.path_and_query)
    }
}

/// A wildcard pattern as a nondeterministic automaton, one bit for each state.
///
/// State `i` means that the first `i` tokens have matched. All states advance together, a machine word at a time, so
/// the work is the length of the text times the words of the pattern. There is no backtracking.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    /// Without adjacent stars.
    pattern: Box<[u8]>,
    /// For each byte value, the states that it advances; `words` words for each byte. Empty without wildcards.
    forward: Box<[u64]>,
    /// The states before a `*`, which any byte keeps. Empty without wildcards.
    stars: Box<[u64]>,
    tokens: usize,
    ends_in_star: bool,
}

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut tokens = pattern.as_bytes().to_vec();
        tokens.dedup_by(|next, previous| *next == b'*' && *previous == b'*');
        let has_wildcards = tokens.iter().any(|token| matches!(token, b'*' | b'?'));
        let words = if has_wildcards { tokens.len() / 64 + 1 } else { 0 };
        let mut glob = Self {
            pattern: tokens.clone().into(),
            forward: vec![0; 256 * words].into(),
            stars: vec![0; words].into(),
            tokens: tokens.len(),
            ends_in_star: tokens.last() == Some(&b'*'),
        };
        for (state, token) in tokens.into_iter().enumerate().filter(|_| has_wildcards) {
            let (word, bit) = (state / 64, 1 << (state % 64));
            match token {
                b'*' => glob.stars[word] |= bit,
                b'?' => (0..256).for_each(|byte| glob.forward[byte * words + word] |= bit),
                literal => glob.forward[usize::from(literal) * words + word] |= bit,
            }
        }
        glob
    }

    /// Whether the whole of `text` matches. Only a `*` at the end of the pattern crosses the byte at `barrier`.
    pub(crate) fn matches(&self, text: impl Iterator<Item = u8>, barrier: Option<usize>) -> bool {
        match *self.stars {
            [] => text.eq(self.pattern.iter().copied()),
            [stars] => self.short_matches(text, barrier, stars),
            _ => self.long_matches(text, barrier),
        }
    }

    fn long_matches(&self, text: impl Iterator<Item = u8>, barrier: Option<usize>) -> bool {
        let words = self.stars.len();
        let mut states = vec![0_u64; words];
        states[0] = 1;
        self.pass_stars(&mut states);
        for (at, byte) in text.enumerate() {
            let forward = &self.forward[usize::from(byte) * words..][..words];
            let mut carry = 0;
            for word in 0..words {
                let advanced = states[word] & forward[word];
                let stayed = states[word] & self.surviving_stars(word, barrier == Some(at));
                states[word] = stayed | (advanced << 1) | carry;
                carry = advanced >> 63;
            }
            self.pass_stars(&mut states);
        }
        states[self.tokens / 64] >> (self.tokens % 64) & 1 == 1
    }

    /// The same for patterns of one word, which most are.
    fn short_matches(&self, text: impl Iterator<Item = u8>, barrier: Option<usize>, stars: u64) -> bool {
        let at_barrier = self.surviving_stars(0, true);
        let pass_stars = |states: u64| states | (states & stars) << 1;
        let mut states = pass_stars(1);
        for (at, byte) in text.enumerate() {
            let stayed = states & if barrier == Some(at) { at_barrier } else { stars };
            states = pass_stars(stayed | (states & self.forward[usize::from(byte)]) << 1);
        }
        states >> self.tokens & 1 == 1
    }

    /// Whether every text that `other` matches certainly matches here too.
    ///
    /// `other` is read as a text whose `*` only a `*` here can match. Only a `*` at the end of the pattern crosses the
    /// start of a query, so what may be there (the last `*` of `other`, and each of its `?`) matches only that, or `?`
    /// matches `?`.
    fn includes(&self, other: &Self) -> bool {
        let (last, other_last) = (self.tokens.wrapping_sub(1), other.tokens.wrapping_sub(1));
        let pass = |states: &mut Vec<bool>| {
            for (state, token) in self.pattern.iter().enumerate() {
                states[state + 1] |= states[state] && *token == b'*';
            }
        };
        let mut states = vec![false; self.tokens + 1];
        states[0] = true;
        pass(&mut states);
        for (at, symbol) in other.pattern.iter().enumerate() {
            let may_start_query = *symbol == b'?' || *symbol == b'*' && at == other_last;
            let mut next = vec![false; self.tokens + 1];
            for (state, token) in self.pattern.iter().enumerate().filter(|(state, _)| states[*state]) {
                match token {
                    b'*' => next[state] |= !may_start_query || state == last,
                    b'?' => next[state + 1] |= *symbol != b'*',
                    literal => next[state + 1] |= literal == symbol,
                }
            }
            pass(&mut next);
            states = next;
        }
        states[self.tokens]
    }

    fn surviving_stars(&self, word: usize, at_barrier: bool) -> u64 {
        if !at_barrier {
            return self.stars[word];
        }
        let last = self.tokens.saturating_sub(1);
        if self.ends_in_star && word == last / 64 { 1 << (last % 64) } else { 0 }
    }

    /// A `*` also matches nothing: a state before one is also a state after it. No two of them are adjacent.
    fn pass_stars(&self, states: &mut [u64]) {
        let mut carry = 0;
        for (state, star) in states.iter_mut().zip(&self.stars) {
            let passing = *state & star;
            *state |= (passing << 1) | carry;
            carry = passing >> 63;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, url: &str) -> bool {
        Resource::new(pattern).covers(url)
    }

    #[test]
    fn the_examples_of_the_developer_guide() {
        let zip = "https://d111111abcdef8.cloudfront.net/*game_download.zip*";
        for (pattern, url, expected) in [
            ("https://www.example.com/hello*world", "https://www.example.com/helloworld", true),
            ("https://www.example.com/hello*world", "https://www.example.net/hello?world", false),
            (zip, "https://d111111abcdef8.cloudfront.net/game_download.zip", true),
            (zip, "https://d111111abcdef8.cloudfront.net/example_game_download.zip?license=yes", true),
            (zip, "https://d111111abcdef8.cloudfront.net/test_game_download.zip?license=temp", true),
            ("*", "http://anything.example/at/all?x=y", true),
            ("*example.com", "https://www.example.com/", true),
            ("*example.com", "https://www.example.com/x", false),
            ("*://*example.com/", "http://example.com/", true),
            ("http*://example.com/*", "https://example.com/a", true),
            ("http*://example.com/*", "http://example.com/a", true),
        ] {
            assert_eq!(covers(pattern, url), expected, "{pattern} {url}");
        }
    }

    #[test]
    fn wildcards_stay_in_their_section() {
        for (pattern, url, expected) in [
            ("https://a.example/*x", "https://a.example/y?x", false),
            ("https://a.example/*", "https://a.example/y?x", true),
            ("https://a.example/*?x=*", "https://a.example/y?x=1", true),
            ("https://a.example/*?x=*", "https://a.example/y?z=1", false),
            ("https://a.*", "https://a.example/deep/path?q", true),
            ("https://*.example/", "https://b/c.example/", false),
            ("https://*/x", "https://a.example/y/x", false),
            ("*/videos/*", "https://a.example/videos/1", true),
            ("https://a.example", "https://a.example/", true),
            ("https://a.example/x", "https://a.example/x?y", false),
        ] {
            assert_eq!(covers(pattern, url), expected, "{pattern} {url}");
        }
    }

    #[test]
    fn a_question_mark_is_a_wildcard_or_the_query() {
        for (pattern, url, expected) in [
            ("https://a/b?c=1", "https://a/b?c=1", true),
            ("https://a/b?c=1", "https://a/bxc=1", true),
            ("https://a/fi?e?x=1", "https://a/file?x=1", true),
            ("https://a/b?", "https://a/b", false),
            ("https://a/*?b*x", "https://a/ab?b/x", true),
            ("https://a/??.ts", "https://a/01.ts", true),
            ("https://a/??.ts", "https://a/1.ts", false),
        ] {
            assert_eq!(covers(pattern, url), expected, "{pattern} {url}");
        }
    }

    #[test]
    fn case_folds_in_protocol_and_domain_only() {
        assert!(covers("HTTPS://A.Example/x", "https://a.eXample/x"));
        assert!(!covers("https://a.example/X", "https://a.example/x"));
    }

    #[test]
    fn one_pattern_within_another() {
        for (wide, narrow, expected) in [
            ("https://a/v/*", "https://a/v/*", true),
            ("https://a/*", "https://a/v/*.mp4", true),
            ("https://a/*", "https://a/v/?.mp4", true),
            ("https://a/??.mp4", "https://a/1?.mp4", true),
            ("*", "https://a/v/*", true),
            ("*://a/*", "https://A/v", true),
            ("https://*.a.example/*", "https://b.a.example/*", true),
            ("https://a/v/*", "https://a/*", false),
            ("https://a/*.mp4", "https://a/v/*", false),
            ("https://a/?.mp4", "https://a/*.mp4", false),
            ("https://a/v/*", "https://b/v/*", false),
            ("https://a/*", "*://a/*", false),
            ("https://a/*x", "https://a/v?x", false),
            ("https://a/*x", "https://a/*", false),
            ("https://a/*.mp4*", "https://a/v/*.mp4", true),
        ] {
            assert_eq!(Resource::new(wide).covers_all_of(&Resource::new(narrow)), expected, "{wide} {narrow}");
        }
    }

    proptest::proptest! {
        /// Sound: what a narrow pattern covers, a pattern that includes it covers too.
        #[test]
        fn nothing_of_a_narrow_pattern_lies_outside(
            wide in "[ab?*/]{0,6}", narrow in "[ab?*/]{0,6}", path in "[ab?/]{0,6}"
        ) {
            let [wide, narrow] = [wide, narrow].map(|path| Resource::new(&format!("https://h/{path}")));
            let url = format!("https://h/{path}");
            proptest::prop_assert!(!wide.covers_all_of(&narrow) || !narrow.covers(&url) || wide.covers(&url));
        }
    }

    #[test]
    fn long_patterns_span_words_and_never_blow_up() {
        let pattern = format!("https://a/{}b", "*a".repeat(2_000));
        assert!(!covers(&pattern, &format!("https://a/{}", "a".repeat(8_000))));
        assert!(covers(&pattern, &format!("https://a/{}b", "a".repeat(8_000))));
        for length in 60..70 {
            let name = "x".repeat(length);
            assert!(covers(&format!("https://a/{name}*"), &format!("https://a/{name}?q")));
            assert!(!covers(&format!("https://a/{name}*q"), &format!("https://a/{name}?q")));
        }
    }
}
