//! Domains under which unrelated sites live, such as `com`, `co.uk` and `cloudfront.net`: browsers keep no cookie for one.
//!
//! The rules are those of the [Public Suffix List](https://publicsuffix.org/list/), sorted, as
//! `scripts/public_suffixes.py` writes them. A rule is a domain, `*.` and a domain for each name directly below it, or `!`
//! and a domain that is excepted from such a rule.

use std::sync::LazyLock;

static RULES: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("public_suffixes.txt").lines().filter(|line| !line.starts_with("//")).collect());

/// Whether the list has the domain, which may be in upper or lower case, in Punycode.
pub(crate) fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.to_ascii_lowercase();
    let has = |rule: &str| RULES.binary_search(&rule).is_ok();
    let below_wildcard =
        || domain.split_once('.').is_some_and(|(_, parent)| has(&format!("*.{parent}")) && !has(&format!("!{domain}")));
    has(&domain) || below_wildcard()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn oracle(domain: &str) -> bool {
        psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == domain.as_bytes())
    }

    #[test]
    fn rules_are_sorted() {
        assert!(RULES.len() > 9_000);
        assert!(RULES.is_sorted());
    }

    #[test]
    fn what_is_a_suffix() {
        for suffix in ["com", "co.uk", "cloudfront.net", "CloudFront.NET", "anything.ck", "xn--55qx5d.cn"] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        for other in ["example.com", "d111111abcdef8.cloudfront.net", "www.ck", "", ".", "localhost"] {
            assert!(!is_public_suffix(other), "{other}");
        }
    }

    /// The crate misses that `*.b` covers `a.b` where `*.a.b` is a rule too: it looks at the longest path only.
    fn crate_is_wrong(domain: &str) -> bool {
        let wildcard = |domain: &str| RULES.contains(&format!("*.{domain}").as_str());
        domain.split_once('.').is_some_and(|(_, parent)| wildcard(domain) && wildcard(parent))
    }

    #[test]
    fn each_rule_is_that_of_the_crate() {
        let mut wrong = 0;
        for rule in RULES.iter() {
            let domain = rule.trim_start_matches("*.").trim_start_matches('!');
            let (_, parent) = domain.split_once('.').unwrap_or_default();
            let below = [format!("x.{domain}"), format!("x.y.{domain}")];
            for domain in [parent, domain, &below[0], &below[1]] {
                let expected = oracle(domain) || crate_is_wrong(domain);
                wrong += usize::from(expected != oracle(domain));
                assert_eq!(is_public_suffix(domain), expected, "{domain}");
            }
        }
        assert!(wrong < 100, "{wrong}");
    }

    proptest! {
        #[test]
        fn any_domain_is_as_the_crate_says(domain in "([a-z]{1,3}\\.){0,2}(com|uk|ck|net|jp|kawasaki\\.jp|amazonaws\\.com)") {
            prop_assert_eq!(is_public_suffix(&domain), oracle(&domain));
        }
    }
}
