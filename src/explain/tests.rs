use super::*;
use crate::{
    EpochSeconds, HashAlgorithm, IpRange, KeyKind, Policy, PrivateKey, Signer, Terms, Verifier, Via,
    policy::Conditions, wire::encoding::encode_base64,
};

const NOW: i128 = 1_767_290_400;
const URL: &str = "https://d1.example/v/1.mp4";

struct Setup {
    key: PrivateKey,
    signer: Signer,
    verifier: Verifier,
}

fn setup() -> Setup {
    let (key, other) = (PrivateKey::generate(KeyKind::EcdsaP256), PrivateKey::generate(KeyKind::EcdsaP256));
    let (key, other) = (key.unwrap(), other.unwrap());
    let keys = [("K1".to_owned(), key.public_key().unwrap()), ("K2".to_owned(), other.public_key().unwrap())];
    Setup { signer: Signer::new("K1", key.clone()).unwrap(), verifier: Verifier::new(keys), key }
}

fn at(seconds: i128) -> EpochSeconds {
    EpochSeconds::new(seconds).unwrap()
}

fn minute() -> Conditions {
    Conditions::until(at(NOW + 60))
}

fn circumstances() -> Circumstances<'static> {
    Circumstances { request: None, cookies: "", ip_address: None, now: at(NOW) }
}

impl Setup {
    fn sign(&self, url: &str) -> String {
        self.signer.sign_url(url, &Terms::url(minute())).unwrap()
    }

    /// As a signer that signs any text at all.
    fn sign_text(&self, signed: &str, sent: &str) -> String {
        let policy = Policy::canned_text(signed, at(NOW + 60));
        let signature = self.key.sign(policy.to_json().as_bytes(), HashAlgorithm::Sha256).unwrap();
        let separator = if sent.contains('?') { '&' } else { '?' };
        let (end, signature) = (NOW + 60, encode_base64(&signature));
        format!("{sent}{separator}Expires={end}&Signature={signature}&Key-Pair-Id=K1&Hash-Algorithm=SHA256")
    }

    fn sign_for(&self, resource: &str, sent: &str) -> String {
        let grant = self.signer.grant(resource, minute()).unwrap();
        let cookies: Vec<_> = grant.cookies().iter().map(|(name, value)| format!("{}={value}", &name[11..])).collect();
        format!("{sent}{}{}", if sent.contains('?') { '&' } else { '?' }, cookies.join("&"))
    }

    fn names(&self, text: &str, circumstances: &Circumstances<'_>) -> Vec<&'static str> {
        let diagnosis = Diagnosis::of(&Inspection::new(text).unwrap(), &self.verifier, circumstances).unwrap();
        assert_eq!(diagnosis.decision.is_allowed(), diagnosis.mistakes.is_empty());
        for mistake in &diagnosis.mistakes {
            assert!(!mistake.advice().is_empty() && !mistake.to_string().contains('\n'));
        }
        diagnosis.mistakes.iter().map(Mistake::name).collect()
    }

    fn diagnose(&self, text: &str) -> Vec<&'static str> {
        self.names(text, &circumstances())
    }
}

/// The characters that standard base64 has and CloudFront's has not.
fn standard(text: &str) -> String {
    text.replace('-', "+").replace('~', "/").replace('_', "=")
}

fn signature_of(url: &str) -> &str {
    url.split("Signature=").nth(1).unwrap().split('&').next().unwrap()
}

/// Signs until the signature has every special symbol, so that each change shows.
fn with_symbols(setup: &Setup) -> String {
    let signed = |number: u32| setup.sign(&format!("{URL}?{number}"));
    (0..10_000)
        .map(signed)
        .find(|url| ['-', '~', '_'].iter().all(|symbol| signature_of(url).contains(*symbol)))
        .unwrap()
}

#[test]
fn what_is_right_has_no_mistakes() {
    let setup = setup();
    assert!(setup.diagnose(&setup.sign(URL)).is_empty());
    assert!(setup.diagnose(&setup.sign_for("https://d1.example/*", URL)).is_empty());
}

#[test]
fn times() {
    let setup = setup();
    let url = setup.sign(URL);
    assert_eq!(setup.names(&url, &Circumstances { now: at(NOW + 60), ..circumstances() }), ["expired"]);
    let later = Terms::url(minute().after(at(NOW + 30)).unwrap());
    assert_eq!(setup.diagnose(&setup.signer.sign_url(URL, &later).unwrap()), ["too-early"]);
    let milliseconds = url.replace("Expires=1767290460", "Expires=1767290460000");
    assert_eq!(setup.diagnose(&milliseconds), ["milliseconds"]);
    let policy = Policy::canned_text(URL, at(NOW + 60)).to_json().replace("1767290460", "1767290460000");
    let signature = encode_base64(&setup.key.sign(policy.as_bytes(), HashAlgorithm::Sha256).unwrap());
    let policy = encode_base64(policy.as_bytes());
    let custom = format!("{URL}?Policy={policy}&Signature={signature}&Key-Pair-Id=K1&Hash-Algorithm=SHA256");
    assert_eq!(setup.diagnose(&custom), ["milliseconds"]);
}

#[test]
fn base64() {
    let setup = setup();
    let url = with_symbols(&setup);
    let signature = signature_of(&url);
    let with = |changed: &str| url.replace(signature, changed);
    assert_eq!(setup.diagnose(&with(&standard(signature))), ["standard-base64"]);
    assert_eq!(
        setup.diagnose(&with(&standard(signature).replace('/', "%2F").replace('=', "%3D"))),
        ["standard-base64"]
    );
    assert_eq!(setup.diagnose(&with(&signature.replace('-', " "))), ["blanks"]);
    assert_eq!(setup.diagnose(&with(&standard(signature).replace('+', "%20"))), ["blanks", "standard-base64"]);
    assert!(setup.diagnose(&with(&signature.replace('~', "%7E"))).is_empty(), "the edge undoes it");
    assert_eq!(setup.diagnose(&with(&signature.replace('~', "%257E"))), ["encoded-parameter"]);
    assert_eq!(setup.diagnose(&with(signature.trim_end_matches('_'))), ["lost-padding"]);
    assert_eq!(setup.diagnose(&with("!")), ["signature-not-base64"]);
    let custom = setup.sign_for("https://d1.example/*", URL);
    let (before, after) = custom.split_once("&Signature").unwrap();
    assert_eq!(setup.diagnose(&format!("{}&Signature{after}", before.replace('_', "="))), ["standard-base64"]);
}

#[test]
fn encodings() {
    let setup = setup();
    assert_eq!(
        setup.diagnose(&setup.sign_text("https://d1.example/a b", "https://d1.example/a%20b")),
        ["encoded-after-signing"]
    );
    assert_eq!(
        setup.diagnose(&setup.sign_text("https://d1.example/ü(1)", "https://d1.example/%C3%BC%281%29")),
        ["encoded-after-signing"]
    );
    assert_eq!(
        setup.diagnose(&setup.sign_text("https://d1.example/a%20b", "https://d1.example/a%2520b")),
        ["encoded-twice"]
    );
    assert_eq!(
        setup.diagnose(&setup.sign_for("https://d1.example/a%20*", "https://d1.example/a%2520b")),
        ["encoded-twice"]
    );
}

#[test]
fn other_urls() {
    let setup = setup();
    let (http, bucket) = ("http://d1.example/v/1.mp4", "https://b.s3.eu-west-1.amazonaws.com/v/1.mp4");
    assert_eq!(setup.diagnose(&setup.sign_text(http, URL)), ["other-scheme"]);
    assert_eq!(setup.diagnose(&setup.sign_for("http://d1.example/*", URL)), ["other-scheme"]);
    let request = |request| Circumstances { request: Some(request), ..circumstances() };
    assert_eq!(setup.names(&setup.sign(bucket), &request(URL)), ["signed-for-bucket"]);
    assert_eq!(setup.names(&setup.sign(URL), &request(bucket)), ["sent-to-bucket"]);
    assert_eq!(setup.diagnose(&setup.sign_for("https://b.s3.amazonaws.com/*", URL)), ["signed-for-bucket"]);
    assert_eq!(setup.diagnose(&setup.sign_for("https://d1.example/*", bucket)), ["sent-to-bucket"]);
    assert_eq!(setup.names(&setup.sign(URL), &request("https://d1.example/v/2.mp4")), ["other-url"]);
    assert_eq!(setup.diagnose(&setup.sign_for("https://d2.example/*", URL)), ["wrong-resource"]);
    assert_eq!(setup.diagnose(&setup.sign_text(&format!("{URL}?"), &format!("{URL}?"))), ["trailing-question-mark"]);
    assert_eq!(setup.diagnose(&setup.sign_text("https://d1.example/else", URL)), ["unexplained"]);
}

#[test]
fn queries() {
    let setup = setup();
    let signed = |query: &str| setup.sign_text(&format!("{URL}{query}"), &format!("{URL}?a=1&b=2&c=3"));
    assert_eq!(setup.diagnose(&signed("?a=1&c=3")), ["added-parameters"]);
    assert_eq!(setup.diagnose(&signed("?a=1")), ["added-parameters"]);
    assert_eq!(setup.diagnose(&signed("")), ["added-parameters"]);
    assert_eq!(setup.diagnose(&signed("?c=3&a=1&b=2")), ["reordered"]);
    let long = |query: &str| setup.sign_text(&format!("{URL}?1&2&3&4&5&6"), &format!("{URL}?{query}"));
    assert_eq!(setup.diagnose(&long("6&1&2&3&4&5")), ["reordered"]);
    let inspection = Inspection::new(&signed("?a=1")).unwrap();
    let diagnosis = Diagnosis::of(&inspection, &setup.verifier, &circumstances()).unwrap();
    assert_eq!(diagnosis.mistakes[0].to_string(), "added after signing: b, c", "names, never values");
}

#[test]
fn hashes_and_keys() {
    let setup = setup();
    let url = setup.sign(URL);
    assert_eq!(setup.diagnose(&url.replace("&Hash-Algorithm=SHA256", "")), ["other-hash"]);
    let sha1 = Signer::with("K1", std::sync::Arc::new(setup.key.clone()), HashAlgorithm::Sha1).unwrap();
    let sha1 = sha1.sign_url(URL, &Terms::url(minute())).unwrap();
    assert_eq!(setup.diagnose(&format!("{sha1}&Hash-Algorithm=SHA256")), ["other-hash"]);
    assert_eq!(setup.diagnose(&format!("{sha1}&Hash-Algorithm=MD5")), ["unknown-hash-algorithm"]);
    assert_eq!(setup.diagnose(&url.replace("Key-Pair-Id=K1", "Key-Pair-Id=K2")), ["other-key"]);
    assert_eq!(setup.diagnose(&url.replace("Key-Pair-Id=K1", "Key-Pair-Id=K3")), ["other-key"]);
    assert_eq!(setup.diagnose(&url.replace("&Key-Pair-Id=K1", "")), ["no-key-id"]);
    assert_eq!(setup.diagnose(&format!("{url}&Key-Pair-Id=K1")), ["doubled-parameter"]);
    let stranger = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let stranger = Signer::new("K3", stranger).unwrap().sign_url(URL, &Terms::url(minute())).unwrap();
    assert_eq!(setup.diagnose(&stranger), ["unknown-key"]);
    let der = crate::wire::encoding::decode_base64(signature_of(&url)).unwrap();
    let raw = p256::ecdsa::Signature::from_der(&der).unwrap().to_bytes();
    assert_eq!(setup.diagnose(&url.replace(signature_of(&url), &encode_base64(&raw))), ["raw-ecdsa"]);
    let both = url.replace(signature_of(&url), &encode_base64(&raw)).replace("&Hash-Algorithm=SHA256", "");
    assert_eq!(setup.diagnose(&both), ["raw-ecdsa", "other-hash"]);
}

#[test]
fn viewers() {
    let setup = setup();
    let url = setup.signer.sign_url(URL, &Terms::url(minute().from_ip(IpRange::parse("192.0.2.1").unwrap())));
    let url = url.unwrap();
    let from = |ip: &str| Circumstances { ip_address: Some(ip.parse().unwrap()), ..circumstances() };
    assert!(setup.names(&url, &from("192.0.2.1")).is_empty());
    assert_eq!(setup.names(&url, &from("192.0.2.2")), ["wrong-address"]);
    assert_eq!(setup.names(&url, &from("2001:db8::1")), ["ipv6"]);
    assert_eq!(setup.diagnose(&url), ["unknown-address"]);
}

#[test]
fn cookies() {
    let setup = setup();
    let signed = setup.signer.sign_cookies("https://d1.example/v/*", &Terms::url(minute())).unwrap();
    let attributes =
        crate::CookieAttributes { domain: Some("d1.example".to_owned()), path: "/v/".to_owned(), ..Default::default() };
    let headers = signed.headers(&attributes).unwrap().join("\n");
    let request = |request| Circumstances { request: Some(request), ..circumstances() };
    assert!(setup.names(&headers, &request(URL)).is_empty());
    assert_eq!(setup.names(&headers, &request("https://d2.example/v/1.mp4")), ["cookie-elsewhere", "wrong-resource"]);
    let elsewhere = headers.replace("Path=/v/", "Path=/w/");
    assert_eq!(setup.names(&elsewhere, &request(URL)), ["cookie-elsewhere"]);
    let missing = Diagnosis::of(&Inspection::new(&headers).unwrap(), &setup.verifier, &circumstances());
    assert!(missing.unwrap_err().to_string().contains("give its URL"));

    let bare: Vec<_> = signed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let bare = bare.join("; ");
    let hidden = Circumstances { cookies: &bare, ..circumstances() };
    let names = setup.names(&format!("{URL}?Expires=1"), &hidden);
    assert_eq!(names, ["hidden-cookies", "no-key-id"]);
}

#[test]
fn what_it_says() {
    let setup = setup();
    let url = setup.sign_for("https://d1.example/*", URL);
    let rows = Inspection::new(&url).unwrap().rows(at(NOW));
    let row = |label: &str| rows.iter().find(|(name, _)| *name == label).unwrap().1.clone();
    assert_eq!(row("signed"), "URL, custom policy");
    assert_eq!(row("URL"), URL);
    assert_eq!(row("resource"), "https://d1.example/*");
    assert_eq!(row("expires"), "2026-01-01 18:01:00 UTC, in 1 minute");
    assert!(row("signature").ends_with("bytes: ECDSA P-256"));
    assert!(rows.iter().all(|(_, text)| !text.contains(signature_of(&url))));
    let cookies = Inspection::new("Cookie: CloudFront-Expires=1767290460; CloudFront-Signature=aGk_").unwrap();
    assert_eq!(cookies.via(), Via::Cookies);
    let rows = cookies.rows(at(NOW));
    assert!(rows.contains(&("expires", "2026-01-01 18:01:00 UTC, in 1 minute".to_owned())));
    assert!(rows.contains(&("key pair id", "none".to_owned())));
    for (length, kind) in [(128, "RSA-1024"), (256, "RSA-2048"), (384, "RSA-3072"), (512, "RSA-4096")] {
        assert_eq!(inspection::signature_kind(&vec![1; length]), Some(kind));
    }
    for nothing in ["", "hello", "https://a/b", "theme=dark", "/a?Signature=x"] {
        assert!(Inspection::new(nothing).is_err(), "{nothing}");
    }
}

/// Callers of other languages read these messages, and callers of no command line.
#[test]
fn messages_name_no_language_and_no_command_of_ours() {
    let messages = [
        include_str!("../verify/denial.rs"),
        include_str!("cause.rs"),
        include_str!("cookie_text.rs"),
        include_str!("copied.rs"),
        include_str!("key_id.rs"),
        include_str!("mistake.rs"),
        include_str!("policy_flaw.rs"),
    ];
    for name in ["Python", "json.", "repr", "cloudfront-signer", "sign_stream", "timedelta", "from_file", "to_json"] {
        assert!(!messages.iter().any(|text| text.contains(name)), "{name}");
    }
}
