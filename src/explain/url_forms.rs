//! Other forms of a URL that may have been signed in the place of the one that was sent: texts, whatever a URL may hold.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::{
    clients::{CLIENTS, Parts, decode, escaped_characters, listed, resolve_dots, split},
    mistake::Mistake,
};
use crate::{credentials::cookies::LARGEST_REQUEST, text::Excerpt, wire::url::normalize_host};

/// More parameters than this are tried sorted only: their orders are too many.
const MOST_PERMUTED: usize = 5;

/// Of more parameters than this no single ones are left out: a URL of thousands must not hold anybody up.
const MOST_LEFT_OUT: usize = 32;

/// Of so many kinds of escapes every choice is tried.
const MOST_CHOSEN: usize = 6;

/// In so many places a `//` is looked for.
const MOST_SLASHES: usize = 16;

/// A form, and what would be wrong if it is the one that was signed.
pub(super) type Form = (String, Mistake);

/// All forms that are tried, the likeliest first: some 400 at most, none for a URL longer than a request may be.
///
/// `signed_for` is the URL that the credentials stood in, `pasted` the request before anything was made of it.
pub(super) fn url_forms(sent: &str, signed_for: Option<&str>, pasted: Option<&str>) -> Vec<Form> {
    if sent.len() > LARGEST_REQUEST {
        return Vec::new();
    }
    let given = [pasted, signed_for].into_iter().flatten().filter(|given| given.len() <= LARGEST_REQUEST);
    let mut forms: Vec<Form> = given.map(|given| (given.to_owned(), difference(given, sent))).collect();
    forms.push(other_scheme(sent));
    if !sent.contains('?') {
        forms.push((format!("{sent}?"), Mistake::TrailingQuestionMark));
    }
    forms.extend(other_places(sent).into_iter().map(|form| (form.clone(), difference(&form, sent))));
    let decoded_once = sent.replace("%25", "%");
    forms.push((decoded_once.clone(), Mistake::EncodedTwice { signed: Excerpt::new(&decoded_once) }));
    forms.extend(other_encodings(sent).into_iter().map(|form| (form.clone(), encoding_mistake(&form, sent))));
    forms.extend(other_queries(sent));
    let mut seen = HashSet::from([sent.to_owned()]);
    forms.retain(|(form, _)| seen.insert(form.clone()));
    forms
}

/// What differs between the URL that was signed and the one that was requested.
pub(super) fn difference(signed: &str, sent: &str) -> Mistake {
    if other_scheme(sent).0 == signed {
        return other_scheme(sent).1;
    }
    if signed.strip_suffix('?') == Some(sent) {
        return Mistake::TrailingQuestionMark;
    }
    let (of_signed, of_sent) = (split(signed), split(sent));
    let (signed_text, sent_text) = (Excerpt::new(signed), Excerpt::new(sent));
    match (is_bucket(of_signed.host), is_bucket(of_sent.host)) {
        (true, false) => return Mistake::SignedForBucket { signed: signed_text, sent: sent_text },
        (false, true) => return Mistake::SentToBucket { signed: signed_text, sent: sent_text },
        _ => {}
    }
    let same_place = of_signed.path == of_sent.path && of_signed.query == of_sent.query;
    let same_host = of_signed.host == of_sent.host && of_signed.query == of_sent.query;
    if same_place && of_signed.host.eq_ignore_ascii_case(of_sent.host) {
        return Mistake::UpperCaseHost { signed: Excerpt::new(of_signed.host), sent: Excerpt::new(of_sent.host) };
    }
    let normal = |parts: Parts<'_>| normalize_host(&parts.scheme.to_ascii_lowercase(), parts.host).into_owned();
    if same_place && normal(of_signed) == normal(of_sent) {
        return Mistake::DefaultPort { signed: Excerpt::new(of_signed.host), sent: Excerpt::new(of_sent.host) };
    }
    if same_host && resolve_dots(of_signed.path) == resolve_dots(of_sent.path) {
        return Mistake::DotSegments { signed: signed_text };
    }
    if same_host && single_slashes(of_signed.path) == single_slashes(of_sent.path) {
        return Mistake::DoubledSlash { signed: signed_text };
    }
    if percent_decode_str(signed).eq(percent_decode_str(sent)) {
        return encoding_mistake(signed, sent);
    }
    Mistake::OtherUrl { signed: signed_text, sent: sent_text }
}

/// S3's host names: `bucket.s3.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `s3-website…`, and path style.
pub(super) fn is_bucket(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let s3 = |label: &str| label == "s3" || label.starts_with("s3-") || label.starts_with("s3express-");
    host.strip_suffix(".cn").unwrap_or(&host).ends_with(".amazonaws.com") && host.split('.').any(s3)
}

fn other_scheme(sent: &str) -> Form {
    let (scheme, rest) = sent.split_once("://").unwrap_or(("", sent));
    let other = if scheme == "http" { "https" } else { "http" };
    let mistake = Mistake::OtherScheme { signed: other, sent: if other == "http" { "https" } else { "http" } };
    (format!("{other}://{rest}"), mistake)
}

fn encoding_mistake(signed: &str, sent: &str) -> Mistake {
    let (of_signed, of_sent) = (escaped_characters(signed), escaped_characters(sent));
    let only = |these: &[char], others: &[char]| {
        listed(&these.iter().copied().filter(|one| !others.contains(one)).collect::<Vec<_>>())
    };
    let (encoded, decoded) = (only(&of_sent, &of_signed), only(&of_signed, &of_sent));
    let signed_text = Excerpt::new(signed);
    if !encoded.is_empty() {
        Mistake::EncodedAfterSigning { characters: encoded, signed: signed_text }
    } else if !decoded.is_empty() {
        Mistake::DecodedAfterSigning { characters: decoded, signed: signed_text }
    } else {
        Mistake::OtherEscapes { signed: signed_text }
    }
}

/// Hosts and paths that clients, proxies and `base + "/" + name` make of one another.
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

fn single_slashes(path: &str) -> String {
    let mut single = path.to_owned();
    while single.contains("//") {
        single = single.replace("//", "/");
    }
    single
}

/// Each kind of escape undone or made by itself, and the sets that real clients encode.
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
    // What a form's encoding writes for a blank.
    forms.push(sent.replace("%20", "+"));
    forms.push(with(path, &query.replace('+', "%20")));
    forms.extend(escape_cases(sent));
    for one in "!$&'()*+,;=:@~-._{}|^`[]<>".chars().filter(|one| path.contains(*one) || query.contains(*one)) {
        let escape = format!("%{:02X}", u32::from(one));
        let (of_path, of_query) = (path.replace(one, &escape), query.replace(one, &escape));
        forms.extend([with(&of_path, &of_query), with(&of_path, query), with(path, &of_query)]);
    }
    forms.push(with(&crate::wire::encoding::quote_path(path).replace("%25", "%"), query));
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

fn other_queries(sent: &str) -> Vec<Form> {
    let Some((path, query)) = sent.split_once('?') else {
        return Vec::new();
    };
    let pairs: Vec<&str> = query.split('&').collect();
    let with = |pairs: &[&str]| if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    let mut forms = Vec::new();
    let mut without = |kept: Vec<&str>, gone: &[&str]| {
        // Names only: a value may be anybody's secret.
        let names: Vec<&str> = gone.iter().map(|pair| pair.split('=').next().unwrap_or(pair)).collect();
        forms.push((with(&kept), Mistake::AddedParameters { parameters: Excerpt::new(&names.join(", ")) }));
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
    for order in orders {
        let signed = with(&order);
        forms.push((signed.clone(), Mistake::Reordered { signed: Excerpt::new(&signed) }));
    }
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

/// Patterns that people sign for more than one file, and the folders themselves: the narrowest first.
pub(super) fn patterns(sent: &str) -> Vec<Form> {
    let Parts { scheme, host, path, .. } = split(sent);
    let canned_for = |pattern: String| {
        let resource = Excerpt::new(&pattern);
        (pattern, Mistake::CannedWildcard { resource })
    };
    let mut forms = Vec::new();
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    for at in slashes.iter().rev().take(MOST_SLASHES) {
        let folder = format!("{scheme}://{host}{}", &path[..=*at]);
        forms.push(canned_for(format!("{folder}*")));
        if let Some((_, suffix)) = path.rsplit_once('.').filter(|(_, suffix)| !suffix.contains('/')) {
            forms.push(canned_for(format!("{folder}*.{suffix}")));
        }
        for form in [folder.trim_end_matches('/').to_owned(), folder] {
            forms.push((form.clone(), difference(&form, sent)));
        }
    }
    let other = if scheme == "http" { "https" } else { "http" };
    let domain = host.split_once('.').map_or(host, |(_, domain)| domain);
    for pattern in [
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
    ] {
        forms.push(canned_for(pattern));
    }
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
