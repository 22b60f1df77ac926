//! A signed URL is spelled as the URL Standard spells it, so that browsers find nothing to change.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use cloudfront_signer::{
    Conditions, EpochSeconds, IpRange, KeyKind, Policy, PrivateKey, Request, Signer, Terms, Verifier,
};
use proptest::prelude::*;

static SIGNER: LazyLock<(Signer, Verifier)> = LazyLock::new(|| {
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let verifier = Verifier::new([("K1".to_owned(), key.public_key().unwrap())]);
    (Signer::new("K1", key).unwrap(), verifier)
});

/// Every ASCII character and some others; dot segments are left out, since clients resolve them.
fn urls() -> impl Strategy<Value = String> {
    let text = "([\\x00-\\x7fäß€漢😀\u{301}]|%2a|%7E|%zz){0,24}";
    let host = "(d111|D111)\\.(cloudfront\\.net|CloudFront\\.NET)";
    let port = prop_oneof![Just(""), Just(":443"), Just(":80"), Just(":8443"), Just(":")];
    (prop_oneof![Just("https"), Just("http"), Just("HTTPS")], host, port, text, text).prop_filter_map(
        "no dot segments, no signing parameters",
        |(scheme, host, port, path, query)| {
            let dots = |segment: &str| matches!(segment.replace("%2e", ".").as_str(), "." | "..");
            let path = path.replace(['?', '#'], "");
            (!path.split('/').any(dots)).then(|| format!("{scheme}://{host}{port}/{path}?{query}"))
        },
    )
}

fn is_allowed(url: &str) -> bool {
    let now = EpochSeconds::new(1_767_290_000).unwrap();
    SIGNER.1.check(&Request { url, cookies: "", ip_address: Some([192, 0, 2, 1].into()), now }).is_allowed()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn browsers_change_nothing(given in urls()) {
        let until = || Conditions::until(EpochSeconds::new(1_767_290_400).unwrap());
        let everything = Policy::custom("*", until()).unwrap();
        for terms in [
            Terms::url(until()),
            Terms::url(until().from_ip(IpRange::parse("192.0.2.0/24").unwrap())),
            Terms::resource("*://d111.cloudfront.net*", until()),
            Terms::policy(everything),
        ] {
            let signed = SIGNER.0.sign_url(&given, &terms).unwrap();
            let sent = url::Url::parse(&signed).unwrap();
            prop_assert_eq!(sent.as_str(), &signed);
            prop_assert!(is_allowed(signed.split('#').next().unwrap()), "{}", signed);
        }
    }
}
