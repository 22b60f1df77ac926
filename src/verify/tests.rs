use super::{Claim, Code, Decision, Denial, Request, Verifier, Via};
use crate::{
    EpochSeconds, HashAlgorithm, KeyKind, Policy, PrivateKey, SentPolicy, SignedUrl, Signer, Terms, Url,
    policy::{Conditions, IpRange},
    wire::encoding::encode_base64,
};

const NOW: i128 = 1_767_290_400;
const URL: &str = "https://a.example/v/1.mp4?x=1";

struct Setup {
    key: PrivateKey,
    signer: Signer,
    verifier: Verifier,
}

fn setup() -> Setup {
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let verifier = Verifier::new([("K1".to_owned(), key.public_key().unwrap())]);
    Setup { signer: Signer::new("K1", key.clone()).unwrap(), verifier, key }
}

fn at(seconds: i128) -> EpochSeconds {
    EpochSeconds::new(seconds).unwrap()
}

fn until(seconds: i128) -> Conditions {
    Conditions::until(at(seconds))
}

impl Setup {
    fn sign(&self, conditions: Conditions) -> String {
        self.signer.sign_url(URL, &Terms::url(conditions)).unwrap()
    }

    /// A request with any bytes for a policy.
    fn sign_bytes(&self, url: &str, policy: &[u8]) -> String {
        let signature = encode_base64(&self.key.sign(policy, HashAlgorithm::Sha256).unwrap());
        let separator = if url.contains('?') { '&' } else { '?' };
        let policy = encode_base64(policy);
        format!("{url}{separator}Policy={policy}&Signature={signature}&Key-Pair-Id=K1&Hash-Algorithm=SHA256")
    }

    fn check(&self, url: &str) -> Decision {
        self.check_from(url, "", None, NOW)
    }

    fn check_from(&self, url: &str, cookies: &str, ip: Option<&str>, now: i128) -> Decision {
        let ip_address = ip.map(|ip| ip.parse().unwrap());
        self.verifier.check(&Request { url, cookies, ip_address, now: at(now) })
    }

    fn code(&self, url: &str) -> Option<Code> {
        self.check(url).denial().map(Denial::code)
    }
}

#[test]
fn what_was_signed_is_allowed() {
    let setup = setup();
    let decision = setup.check(&setup.sign(until(NOW + 1)));
    assert!(decision.is_allowed());
    assert_eq!((decision.key_id(), decision.via()), (Some("K1"), Some(Via::Url)));
    assert!(decision.policy().unwrap().is_canned());
    let covered = Terms::resource("https://a.example/v/*", until(NOW + 1));
    assert!(setup.check(&setup.signer.sign_url(URL, &covered).unwrap()).is_allowed());
}

#[test]
fn the_edges_own_answers() {
    let setup = setup();
    let good = setup.sign(until(NOW + 60));
    let changed = |from: &str, to: &str| setup.code(&good.replace(from, to));
    assert_eq!(setup.code(URL), Some(Code::MissingKey));
    for (code, name, message) in [
        (Code::MissingKey, "MissingKey", "Missing Key-Pair-Id query parameter or cookie value"),
        (Code::InvalidKey, "InvalidKey", "Unknown Key"),
        (Code::MalformedPolicy, "MalformedPolicy", "Malformed Policy"),
        (Code::MalformedSignature, "MalformedSignature", "Could not unencode Signature"),
        (Code::AccessDenied, "AccessDenied", "Access denied"),
    ] {
        assert_eq!((code.name(), code.message()), (name, message));
    }
    assert_eq!(changed("Key-Pair-Id=K1", "Key-Pair-Id="), Some(Code::MissingKey));
    assert_eq!(changed("Key-Pair-Id=K1", "Key-Pair-Id=K2"), Some(Code::InvalidKey));
    assert_eq!(changed("Expires=1767290460", "Expires=1767290460000"), Some(Code::MalformedPolicy));
    for spelling in ["+1767290460", "01767290460", "1767290460.0", "soon", "", "99999999999999999999999"] {
        assert_eq!(changed("1767290460", spelling), Some(Code::MalformedPolicy), "{spelling}");
    }
    assert_eq!(changed("Signature=", "Signature=!"), Some(Code::MalformedSignature));
    assert_eq!(changed("Signature=", "Signatures="), Some(Code::MalformedSignature));
    assert_eq!(changed("Expires=1767290460", "Expires=1767290461"), Some(Code::AccessDenied));
    assert_eq!(changed("1.mp4", "2.mp4"), Some(Code::AccessDenied));
    assert_eq!(changed("?x=1", "?x=2"), Some(Code::AccessDenied));
    assert_eq!(changed("SHA256", "SHA1"), Some(Code::AccessDenied));
    assert_eq!(changed("SHA256", "MD5"), Some(Code::AccessDenied));
    assert_eq!(changed("SHA256", "sha256"), Some(Code::AccessDenied));
    for name in ["Expires=1767290460", "Key-Pair-Id=K1", "Hash-Algorithm=SHA256", "Signature=a"] {
        assert_eq!(setup.code(&format!("{good}&{name}")), Some(Code::AccessDenied), "{name} twice");
    }
    assert_eq!(setup.code(&format!("{good}&Policy=e30_")), Some(Code::AccessDenied), "Policy counts");
    for url in ["", "/v/1.mp4", "ftp://a/b", "https://"] {
        assert_eq!(setup.code(url), Some(Code::AccessDenied), "{url}");
    }
}

/// Every URL of npm `aws-cloudfront-sign` carries both, and `~` as `%7E`.
#[test]
fn policy_counts_beside_expires_and_values_are_decoded() {
    let setup = setup();
    let policy = Policy::custom("https://a.example/v/*", until(NOW + 60)).unwrap();
    let custom = setup.sign_bytes(URL, policy.to_json().as_bytes());
    for both in [format!("{custom}&Expires=1"), custom.replace("&Policy=", "&Expires=1&Policy=")] {
        assert!(setup.check(&both).is_allowed(), "{both}");
        assert_eq!(SignedUrl::parse(&both).unwrap().policy, SentPolicy::Policy(policy.clone()));
    }
    let (before, after) = custom.split_once("&Signature=").unwrap();
    let escaped = after.replace('~', "%7E").replace('_', "%5f").replacen('M', "%4D", 1);
    assert!(setup.check(&format!("{before}&Signature={escaped}")).is_allowed());
}

#[test]
fn a_part_that_cannot_be_read_does_not_hide_the_others() {
    let url = Url::parse_request(&format!("{URL}&Expires=soon&Signature=aGk_&Hash-Algorithm=MD5")).unwrap();
    let claim = Claim::of_request(&url, "CloudFront-Key-Pair-Id=K1");
    assert_eq!((claim.via(), claim.key_id()), (Some(Via::Url), Err(Denial::NoKeyId)));
    assert_eq!(claim.end(), Err(Denial::BadExpires("soon".into())));
    assert_eq!(claim.signature(), Ok(b"hi".to_vec()));
    assert_eq!(claim.hash_algorithm(), Err(Denial::UnknownHashAlgorithm("MD5".into())));
    assert!(claim.custom().is_none());
}

#[test]
fn more_than_cloudfront_takes_is_denied_before_it_is_read() {
    let setup = setup();
    let stars = format!("https://a.example/{}", "*a".repeat(200_000));
    let end = r#""DateLessThan":{"AWS:EpochTime":1767290460}"#;
    let policy = format!(r#"{{"Statement":[{{"Resource":"{stars}","Condition":{{{end}}}}}]}}"#);
    let url = setup.sign_bytes(&format!("https://a.example/{}", "b".repeat(400_000)), policy.as_bytes());
    assert!(matches!(setup.check(&url).denial(), Some(Denial::TooLarge { what: "URL", .. })));
    let cookies = format!("a={}", "b".repeat(20_480));
    let decision = setup.check_from(URL, &cookies, None, NOW);
    assert!(matches!(decision.denial(), Some(Denial::TooLarge { what: "Cookie header", .. })));
    assert_eq!(decision.denial().map(Denial::code), Some(Code::AccessDenied));
}

#[test]
fn malformed_policies_are_denied_once_their_signature_is_right() {
    let setup = setup();
    let end = r#""DateLessThan":{"AWS:EpochTime":1767290460}"#;
    let statement = format!(r#"{{"Resource":"{URL}","Condition":{{{end}}}}}"#);
    let allowed = format!("{{ \"Statement\" : [{statement}] }}\n");
    assert!(setup.check(&setup.sign_bytes(URL, allowed.as_bytes())).is_allowed());
    for policy in [
        "",
        "{}",
        "[]",
        "{\"Statement\":[]}",
        &format!(r#"{{"Statement":[{statement},{statement}]}}"#),
        &allowed.replace("DateLessThan", "DateGreaterThan"),
        &allowed.replace("1767290460", "1767290460000"),
        &allowed.replace("1767290460", "\"1767290460\""),
        &allowed.replace("1767290460", "-1"),
        &allowed.replace(end, &format!("{end},{end}")),
        &allowed.replace(end, &format!(r#"{end},"IpAddress":{{"AWS:SourceIp":"::1"}}"#)),
    ] {
        assert_eq!(setup.code(&setup.sign_bytes(URL, policy.as_bytes())), Some(Code::MalformedPolicy), "{policy}");
    }
    assert_eq!(setup.code(&setup.sign_bytes(URL, b"\xff")), Some(Code::MalformedPolicy));
    assert_eq!(setup.code(&setup.sign_bytes(URL, b"{}").replace("Policy=e", "Policy=!")), Some(Code::MalformedPolicy));
    // The signature comes first: without a valid one, what is wrong with the policy stays hidden.
    let unsigned = setup.sign_bytes(URL, b"{}").replace("Policy=e30_", "Policy=e31_");
    assert_eq!(setup.code(&unsigned), Some(Code::MalformedPolicy), "not canonical base64");
    let unsigned = setup.sign_bytes(URL, b"{}").replace("Policy=e30_", "Policy=W10_");
    assert_eq!(setup.code(&unsigned), Some(Code::AccessDenied));
}

#[test]
fn the_policys_conditions() {
    let setup = setup();
    let url = setup.sign(until(NOW + 60).after(at(NOW)).unwrap());
    let allowed = |now| setup.check_from(&url, "", None, now).is_allowed();
    assert!(!allowed(NOW - 1));
    assert!(!allowed(NOW), "denied in the second of the start");
    assert!(allowed(NOW + 1));
    assert!(allowed(NOW + 59));
    assert!(!allowed(NOW + 60), "denied in the second of the end");

    let url = setup.sign(until(NOW + 60).from_ip(IpRange::parse("192.0.2.77/24").unwrap()));
    let from = |ip| setup.check_from(&url, "", ip, NOW);
    assert!(from(Some("192.0.2.1")).is_allowed());
    assert!(from(Some("::ffff:192.0.2.1")).is_allowed(), "an IPv4 viewer of a dual-stack socket");
    assert!(!from(Some("192.0.3.1")).is_allowed());
    assert!(!from(None).is_allowed());
    assert!(matches!(from(Some("2001:db8::1")).denial(), Some(Denial::Ipv6 { .. })));
}

#[test]
fn a_policy_without_resource_covers_everything() {
    let setup = setup();
    let policy = br#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1767290460}}}]}"#;
    assert!(setup.check(&setup.sign_bytes("https://any.example/where", policy)).is_allowed());
    let sample = br#"{"Statement":[{"Resource":"http*://a.example/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290460}}}]}"#;
    assert!(setup.check(&setup.sign_bytes("https://a.example/x?y", sample)).is_allowed());
    assert_eq!(setup.code(&setup.sign_bytes("https://b.example/x", sample)), Some(Code::AccessDenied));
}

#[test]
fn url_parameters_win_over_cookies() {
    let setup = setup();
    let resource = "https://a.example/v/*";
    let cookies = setup.signer.sign_cookies(resource, &Terms::url(until(NOW + 60))).unwrap();
    let header: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let header = format!("theme=dark; {}", header.join("; "));
    let with = |url: &str| setup.check_from(url, &header, None, NOW);
    assert!(with(URL).is_allowed());
    assert_eq!(with(URL).via(), Some(Via::Cookies));
    assert!(!with("https://a.example/w/1.mp4").is_allowed());
    assert_eq!(with(&format!("{URL}&Expires=1")).denial().map(Denial::code), Some(Code::MissingKey));
    let doubled = format!("{header}; {header}");
    assert!(!setup.check_from(URL, &doubled, None, NOW).is_allowed());

    let canned = setup.signer.sign_cookies(URL, &Terms::url(until(NOW + 60)));
    assert!(canned.unwrap().value("CloudFront-Policy").is_some(), "a '?' is a wildcard in cookies");
    let plain = "https://a.example/v/1.mp4";
    let canned = setup.signer.sign_cookies(plain, &Terms::url(until(NOW + 60))).unwrap();
    let header: Vec<_> = canned.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert!(header[0].starts_with("CloudFront-Expires="));
    assert!(setup.check_from(plain, &header.join("; "), None, NOW).is_allowed());
    assert!(!setup.check_from(URL, &header.join("; "), None, NOW).is_allowed());
}

#[test]
fn reasons_are_for_people() {
    let setup = setup();
    let reason = |url: &str, now| setup.check_from(url, "", None, now).denial().unwrap().to_string();
    let url = setup.sign(until(NOW));
    assert_eq!(reason(&url, NOW + 720), "expired 12 minutes ago (2026-01-01 18:00:00 UTC)");
    let policy = Policy::custom("https://a.example/*", until(NOW + 60)).unwrap();
    let elsewhere = setup.sign_bytes("https://b.example/x.mp4", policy.to_json().as_bytes());
    let said = "the policy covers https://a.example/*, but the request is for https://b.example/x.mp4";
    assert_eq!(reason(&elsewhere, NOW), said);
}
