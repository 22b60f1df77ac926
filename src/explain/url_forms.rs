//! Other forms of a URL, one of which may have been signed instead of the URL that is requested.

use std::collections::HashSet;

use super::{
    clients::CLIENTS,
    difference::{difference, encoding_mistake, other_scheme, single_slashes},
    mistake::Mistake,
    url_parts::{Parts, decode, escaped_characters, resolve_dots, split},
};
use crate::{
    credentials::cookies::LARGEST_REQUEST,
    text::Excerpt,
    wire::{encoding::quote_path, url::normalize_host},
};

/// Every order of so many parameters is tried; more are only tried sorted.
const MOST_PERMUTED: usize = 5;

/// Of so many parameters single ones are left out. A URL with thousands of them must not keep the diagnosis busy.
const MOST_LEFT_OUT: usize = 32;

/// Every subset of so many kinds of escapes is tried.
const MOST_CHOSEN: usize = 6;

/// In so many places `//` is tried.
const MOST_SLASHES: usize = 16;

/// A form of a URL: any text, since a faulty signer may sign what is not a URL.
///
/// Most forms explain nothing, so their mistake is worked out only when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) url: String,
    change: Change,
}

/// What would have happened to the URL if this form had been signed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    /// The difference shows it.
    Any,
    /// The percent-encoding differs.
    Encoding,
    /// Percent-encoded a second time.
    EncodedTwice,
    /// Parameters were added.
    Added { names: String },
    /// Parameters were reordered.
    Reordered,
    /// The form is a pattern, which a canned policy cannot use.
    Wildcard,
}

impl Form {
    /// What is wrong if this form was signed and `sent` is requested.
    pub(super) fn mistake(&self, sent: &str) -> Mistake {
        let signed = || Excerpt::new(&self.url);
        match &self.change {
            Change::Any => difference(&self.url, sent),
            Change::Encoding => encoding_mistake(&self.url, sent),
            Change::EncodedTwice => Mistake::EncodedTwice { signed: signed() },
            Change::Added { names } => Mistake::AddedParameters { parameters: Excerpt::new(names) },
            Change::Reordered => Mistake::Reordered { signed: signed() },
            Change::Wildcard => Mistake::CannedWildcard { resource: signed() },
        }
    }
}

/// All forms that are tried, the likeliest first: about 400 at most, none for a URL longer than a request may be.
///
/// `signed_for` is the URL that carried the credentials, `pasted` the request before it was parsed.
pub(super) fn url_forms(sent: &str, signed_for: Option<&str>, pasted: Option<&str>) -> Vec<Form> {
    if sent.len() > LARGEST_REQUEST {
        return Vec::new();
    }
    let given = [pasted, signed_for].into_iter().flatten().filter(|given| given.len() <= LARGEST_REQUEST);
    let any = |url: String| Form { url, change: Change::Any };
    let mut forms: Vec<Form> = given.map(|given| any(given.to_owned())).collect();
    let (scheme, rest) = other_scheme(sent);
    forms.push(any(format!("{scheme}://{rest}")));
    if !sent.contains('?') {
        forms.push(any(format!("{sent}?")));
    }
    forms.extend(other_places(sent).into_iter().map(any));
    forms.push(Form { url: sent.replace("%25", "%"), change: Change::EncodedTwice });
    forms.extend(other_encodings(sent).into_iter().map(|url| Form { url, change: Change::Encoding }));
    forms.extend(other_queries(sent));
    let mut seen = HashSet::from([sent.to_owned()]);
    forms.retain(|form| seen.insert(form.url.clone()));
    forms
}

/// Hosts and paths that clients, proxies and `base + "/" + name` turn into each other.
fn other_places(sent: &str) -> Vec<String> {
    let Parts { scheme, host, path, query } = split(sent);
    let with_host = |host: &str| format!("{scheme}://{host}{path}{query}");
    let with_path = |path: &str| format!("{scheme}://{host}{path}{query}");
    let port = if scheme == "http" { 80 } else { 443 };
    let mut places = vec![
        with_host(&host.to_ascii_uppercase()),
        with_host(&host.to_ascii_lowercase()),
        with_host(&normalize_host(scheme, host)),
        with_host(&format!("{host}:{port}")),
        with_host(&format!("{host}:")),
        with_path(&resolve_dots(path)),
        with_path(&single_slashes(path)),
        with_path(&format!("/.{path}")),
    ];
    for (at, _) in path.match_indices('/').take(MOST_SLASHES) {
        places.push(with_path(&format!("{}/{}", &path[..at], &path[at..])));
    }
    if path == "/" {
        places.push(with_path(""));
    }
    places
}

/// Each kind of escape decoded or encoded alone, and the sets that real clients encode.
fn other_encodings(sent: &str) -> Vec<String> {
    let Parts { scheme, host, path, query } = split(sent);
    let with = |path: &str, query: &str| format!("{scheme}://{host}{path}{query}");
    let escaped: Vec<char> = escaped_characters(&with(path, query)).into_iter().filter(|one| *one != '%').collect();
    let mut forms = Vec::new();
    let undo = |chosen: &dyn Fn(char) -> bool| with(&decode(path, chosen), &decode(query, chosen));
    for one in escaped.iter().take(4 * MOST_CHOSEN).copied() {
        let (of_path, of_query) = (decode(path, |other| other == one), decode(query, |other| other == one));
        forms.extend([with(&of_path, &of_query), with(&of_path, query), with(path, &of_query)]);
    }
    if escaped.len() <= MOST_CHOSEN {
        for choice in 1..1_usize << escaped.len() {
            forms.push(undo(&|one| {
                escaped.iter().position(|known| *known == one).is_some_and(|at| choice >> at & 1 == 1)
            }));
        }
    }
    for client in CLIENTS {
        forms.push(undo(&|one| client.encodes(one)));
        forms.push(client.sends(sent));
    }
    forms.push(undo(&|one| !one.is_ascii()));
    forms.push(undo(&|one| one != '%'));
    forms.push(undo(&|_| true));
    // How the encoding of HTML forms writes a space.
    forms.push(sent.replace("%20", "+"));
    forms.push(with(path, &query.replace('+', "%20")));
    forms.extend(escape_cases(sent));
    for one in "!$&'()*+,;=:@~-._{}|^`[]<>".chars().filter(|one| path.contains(*one) || query.contains(*one)) {
        let escape = format!("%{:02X}", u32::from(one));
        let (of_path, of_query) = (path.replace(one, &escape), query.replace(one, &escape));
        forms.extend([with(&of_path, &of_query), with(&of_path, query), with(path, &of_query)]);
    }
    forms.push(with(&quote_path(path).replace("%25", "%"), query));
    forms
}

fn escape_cases(sent: &str) -> [String; 2] {
    let recase = |change: fn(&str) -> String| {
        let mut parts = sent.split('%');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
                Some(digits) => text.extend(["%", &change(digits), &part[2..]]),
                None => text.extend(["%", part]),
            }
        }
        text
    };
    [recase(str::to_ascii_lowercase), recase(str::to_ascii_uppercase)]
}

/// Queries to which nothing was added, and in another order.
fn other_queries(sent: &str) -> Vec<Form> {
    let Some((path, query)) = sent.split_once('?') else {
        return Vec::new();
    };
    let pairs: Vec<&str> = query.split('&').collect();
    let with = |pairs: &[&str]| if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    let mut forms = Vec::new();
    let mut without = |kept: Vec<&str>, gone: &[&str]| {
        // Names only: a value may be a secret.
        let names: Vec<&str> = gone.iter().map(|pair| pair.split('=').next().unwrap_or(pair)).collect();
        forms.push(Form { url: with(&kept), change: Change::Added { names: names.join(", ") } });
    };
    without(Vec::new(), &pairs);
    for index in 0..if pairs.len() <= MOST_LEFT_OUT { pairs.len() } else { 0 } {
        let kept = pairs.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, pair)| *pair).collect();
        without(kept, &pairs[index..=index]);
        if index + 1 < pairs.len() {
            without(pairs[..index].to_vec(), &pairs[index..]);
        }
    }
    let orders = if pairs.len() <= MOST_PERMUTED { permutations(&pairs) } else { vec![sorted(&pairs)] };
    forms.extend(orders.iter().map(|order| Form { url: with(order), change: Change::Reordered }));
    forms
}

fn sorted<'a>(pairs: &[&'a str]) -> Vec<&'a str> {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable();
    pairs
}

fn permutations<'a>(items: &[&'a str]) -> Vec<Vec<&'a str>> {
    let Some((first, rest)) = items.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for shorter in permutations(rest) {
        for place in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(place, first);
            all.push(longer);
        }
    }
    all
}

/// Patterns that people sign for more than one file, and the folders themselves, the narrowest first.
pub(super) fn patterns(sent: &str) -> Vec<Form> {
    let Parts { scheme, host, path, .. } = split(sent);
    let pattern = |url: String| Form { url, change: Change::Wildcard };
    let mut forms = Vec::new();
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    for at in slashes.iter().rev().take(MOST_SLASHES) {
        let folder = format!("{scheme}://{host}{}", &path[..=*at]);
        forms.push(pattern(format!("{folder}*")));
        if let Some((_, suffix)) = path.rsplit_once('.').filter(|(_, suffix)| !suffix.contains('/')) {
            forms.push(pattern(format!("{folder}*.{suffix}")));
        }
        for url in [folder.trim_end_matches('/').to_owned(), folder] {
            forms.push(Form { url, change: Change::Any });
        }
    }
    let (other, _) = other_scheme(sent);
    let domain = host.split_once('.').map_or(host, |(_, domain)| domain);
    let wide = [
        format!("{sent}*"),
        format!("{scheme}://{host}*"),
        format!("{other}://{host}/*"),
        format!("http*://{host}/*"),
        format!("*://{host}/*"),
        format!("{scheme}://*.{domain}/*"),
        format!("*.{domain}/*"),
        format!("{host}/*"),
        "https://*".to_owned(),
        "http://*".to_owned(),
        "http*://*".to_owned(),
        "https://*/*".to_owned(),
        "*".to_owned(),
    ];
    forms.extend(wide.map(pattern));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_a_url_is_the_forms_are_few() {
        let escapes: Vec<_> = (0x20_u8..0x7f).map(|byte| format!("%{byte:02X}")).collect();
        let escapes = escapes.join("/");
        let parameters = |count: u32| (0..count).map(|number| format!("a{number}=%27|^")).collect::<Vec<_>>().join("&");
        for count in [1, 5, 6, 32, 33, 1_000] {
            let url = format!("https://d1.example/{escapes}!$'()*?{}", parameters(count));
            assert!(
                url_forms(&url, Some("https://d1.example/x"), Some("HTTPS://D1.example/x")).len() <= 400,
                "{count}"
            );
            assert!(patterns(&url).len() <= 80, "{count}");
        }
        assert!(url_forms(&format!("https://d1.example/{}", "a".repeat(LARGEST_REQUEST)), None, None).is_empty());
    }
}
