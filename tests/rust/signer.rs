//! The signer as Rust users meet it: every way of signing, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use cloudfront_signer::{
    Conditions, CookieAttributes, CookieError, EpochSeconds, Error, HashAlgorithm, IpRange, KeyKind, MessageSigner,
    Policy, PolicyError, PrivateKey, Request, Resource, Result, SignedUrl, Signer, SigningError, Terms, UrlError,
    Verifier,
};

const URL: &str = "https://a.example/v/1.mp4";

fn signer() -> (Signer, Verifier) {
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let verifier = Verifier::new([("K1".to_owned(), key.public_key().unwrap())]);
    (Signer::new("K1", key).unwrap(), verifier)
}

fn at(seconds: i128) -> EpochSeconds {
    EpochSeconds::new(seconds).unwrap()
}

fn until(seconds: i128) -> Conditions {
    Conditions::until(at(seconds))
}

fn allowed(verifier: &Verifier, url: &str) -> bool {
    verifier.check(&Request { url, cookies: "", ip_address: None, now: at(5) }).is_allowed()
}

#[test]
fn many_urls_come_in_their_order_and_equal_policies_are_signed_once() {
    let (signer, verifier) = signer();
    assert_eq!((signer.key_id(), signer.hash_algorithm()), ("K1", HashAlgorithm::Sha256));
    assert_eq!(format!("{signer:?}"), "Signer(K1, SHA256)");
    let urls: Vec<String> = (0..50).map(|number| format!("{URL}?{number}")).collect();
    let results = signer.sign_urls(&urls, &Terms::url(until(9))).unwrap();
    assert!(results.iter().zip(&urls).all(|(result, url)| result.starts_with(url.as_str())));
    assert!(results.iter().all(|url| allowed(&verifier, url)));
    let wide = Terms::resource("https://a.example/*", until(9));
    let results = signer.sign_urls(&urls, &wide).unwrap();
    let of = |url: &String| url.split_once("Policy=").unwrap().1.to_owned();
    assert!(results.iter().all(|url| of(url) == of(&results[0])), "an ECDSA signature never comes twice by itself");
    assert!(signer.sign_urls::<&str>(&[], &wide).unwrap().is_empty());
    let Err(Error::InBatch { index: 1, error }) = signer.sign_urls(&[URL, "bad"], &wide) else {
        panic!("the second one is refused");
    };
    assert!(matches!(*error, Error::InvalidUrl(UrlError::Relative(_))));
    let long = format!("{URL}?{}", "a".repeat(8_100));
    assert!(matches!(signer.sign_urls(&[URL, &long], &wide), Err(Error::InBatch { index: 1, .. })));
}

#[test]
fn what_is_remembered_is_not_signed_again() {
    let key = Arc::new(Counting(PrivateKey::generate(KeyKind::EcdsaP256).unwrap(), AtomicUsize::new(0)));
    let signer = Signer::with("K1", key.clone(), HashAlgorithm::Sha256).unwrap();
    let made = || key.1.load(Ordering::Relaxed);
    let terms = Terms::url(until(9));
    let reused = terms.clone().reusing_signatures();
    let first = signer.sign_url(URL, &reused).unwrap();
    assert_eq!((signer.sign_url(URL, &reused).unwrap(), made()), (first.clone(), 1));
    assert_ne!(signer.sign_url(URL, &terms).unwrap(), first);
    assert_eq!(made(), 2);
    for number in 0..1_024 {
        signer.sign_url(&format!("{URL}?{number}"), &reused).unwrap();
    }
    assert_ne!(signer.sign_url(URL, &reused).unwrap(), first, "the oldest one was dropped");
}

#[test]
fn a_batch_takes_what_is_remembered_and_is_remembered() {
    let key = Arc::new(Counting(PrivateKey::generate(KeyKind::EcdsaP256).unwrap(), AtomicUsize::new(0)));
    let signer = Signer::with("K1", key.clone(), HashAlgorithm::Sha256).unwrap();
    let made = || key.1.load(Ordering::Relaxed);
    let reused = Terms::url(until(9)).reusing_signatures();
    let urls: Vec<String> = (0..9).map(|number| format!("{URL}?{number}")).collect();
    let one = signer.sign_url(&urls[4], &reused).unwrap();
    let all = signer.sign_urls(&urls, &reused).unwrap();
    assert_eq!((all[4] == one, made()), (true, 9));
    assert_eq!(signer.sign_urls(&urls, &reused).unwrap(), all);
    assert_eq!((signer.sign_url(&urls[8], &reused).unwrap(), made()), (all[8].clone(), 9));
    let not_reused = Terms::url(until(9));
    let rows: Vec<_> = [("bad", &reused), (&urls[0], &reused), (&urls[1], &not_reused)].into();
    let each = signer.sign_each(&rows).unwrap();
    assert!(each[0].is_err());
    assert_eq!((each[1].as_ref().unwrap(), made()), (&all[0], 10));
    assert_ne!(each[2].as_ref().unwrap(), &all[1], "an ECDSA signature never comes twice by itself");
}

/// The JSON of a canned policy and of a custom one may be equal; how they are sent is not.
#[test]
fn a_reused_signature_is_sent_as_the_terms_need_it() {
    let (signer, verifier) = signer();
    let resource = "https://a.example/v?1";
    let terms = Terms::resource(resource, until(9)).reusing_signatures();
    let canned = signer.sign_url(resource, &terms).unwrap();
    let custom = signer.sign_url("https://a.example/vx1", &terms).unwrap();
    assert!(canned.contains("&Expires=9&") && custom.contains("?Policy="), "{canned} {custom}");
    assert!(allowed(&verifier, &canned) && allowed(&verifier, &custom));
}

/// A key that counts its signatures.
struct Counting(PrivateKey, AtomicUsize);

impl MessageSigner for Counting {
    fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sign(message, hash)
    }
}

/// A canned policy's bytes are a policy like any other: resent as `Policy`, their `*` and `?` are wildcards.
#[test]
fn a_url_opens_itself_alone() {
    let (signer, verifier) = signer();
    let given = "https://a.example/r/a*b.pdf?x=*&y=??";
    let itself = "https://a.example/r/a%2Ab.pdf?x=%2A&y=%3F%3F";
    let range = IpRange::parse("0.0.0.0/0").unwrap();
    for conditions in [until(9), until(9).after(at(1)).unwrap(), until(9).from_ip(range)] {
        let terms = Terms::url(conditions.clone());
        let one = signer.sign_url(given, &terms).unwrap();
        assert_eq!(signer.sign_urls(&[given], &terms).unwrap().len(), 1);
        assert!(one.starts_with(&format!("{itself}&")), "{one}");
        let policy = SignedUrl::parse(&one).unwrap().signed_policy();
        let resource = Resource::new(policy.resource().unwrap());
        assert!(resource.covers(itself));
        for other in ["https://a.example/r/a-other/secret-b.pdf?x=1&y=zz", "https://a.example/r/a*b.pdf?x=*&y=??"] {
            assert!(!resource.covers(other), "{other}");
        }
        assert_eq!(signer.sign_url(given, &Terms::url(until(9))).unwrap().split("&Expires").next(), Some(itself));
    }
    assert!(allowed(&verifier, &signer.sign_url(given, &Terms::url(until(9))).unwrap()));
}

#[test]
fn wildcards_come_from_a_resource_or_policy() {
    let (signer, verifier) = signer();
    let given = "https://a.example/r/a*b?c?d";
    let policy = Policy::custom(given, until(9)).unwrap();
    for terms in [Terms::resource(given, until(9)), Terms::policy(policy)] {
        let url = signer.sign_url(given, &terms).unwrap();
        assert!(url.starts_with(&format!("{given}&Policy=")), "the URL is its own pattern: {url}");
        assert!(allowed(&verifier, &url));
        assert!(allowed(&verifier, &url.replace("a*b", "a-other-b")));
    }
    let plain = Terms::resource(URL, until(9));
    assert!(signer.sign_url(URL, &plain).unwrap().contains("?Expires="), "nothing in it is a wildcard");
}

#[test]
fn streams_and_canned_urls() {
    let (signer, verifier) = signer();
    let stream = signer.sign_stream("videos/a", at(9), true).unwrap();
    assert!(stream.starts_with("videos/a%3FExpires%3D9%26Signature%3D"));
    assert!(signer.sign_stream("videos/a", at(9), false).unwrap().starts_with("videos/a?Expires=9&Signature="));
    for name in ["", "a b", "a?b", "https://a/b", "*", "*.example/a", "videos/*"] {
        assert!(matches!(signer.sign_stream(name, at(9), true), Err(Error::InvalidUrl(UrlError::BadStreamName(_)))));
    }
    assert!(matches!(signer.sign_stream("mp4:a", at(9), true), Err(Error::InvalidUrl(UrlError::StreamPrefix(_)))));
    assert!(allowed(&verifier, &signer.sign_url(URL, &Terms::url(until(9))).unwrap()));
}

#[test]
fn grants_cover_what_their_resource_does() {
    let (signer, verifier) = signer();
    let grant = signer.grant("https://a.example/v/*", until(9)).unwrap();
    assert!(allowed(&verifier, &grant.url(URL).unwrap()));
    assert_eq!(grant.policy().resource(), Some("https://a.example/v/*"));
    assert!(grant.cookies().value("CloudFront-Signature").is_some());
    let urls: Vec<String> = (0..3).map(|number| format!("{URL}?{number}")).collect();
    assert!(grant.urls(&urls).unwrap().iter().all(|url| allowed(&verifier, url)));
    let Err(Error::InBatch { index: 1, error }) = grant.urls(&[URL, "https://a.example/w"]) else {
        panic!("the second one is not covered");
    };
    assert!(matches!(*error, Error::InvalidPolicy(PolicyError::DoesNotCover { .. })));
    let refused = grant.url("https://a.example/w");
    assert!(matches!(refused, Err(Error::InvalidPolicy(PolicyError::DoesNotCover { .. }))));
    let everything = r#"{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":9}}}]}"#;
    let grant = signer.grant_policy(Policy::from_json(everything).unwrap()).unwrap();
    assert!(allowed(&verifier, &grant.url("https://b.example/").unwrap()));
}

#[test]
fn cookies_and_their_attributes() {
    let (signer, _) = signer();
    let cookies = signer.sign_cookies("https://a.example/*", &Terms::url(until(9))).unwrap();
    let names: Vec<_> = cookies.iter().map(|(name, _)| name).collect();
    let due = ["CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"];
    assert_eq!(names, due);
    assert!(cookies.headers(&CookieAttributes::default()).unwrap()[0].ends_with("; Path=/; Secure; HttpOnly"));
    let with = |change: &dyn Fn(&mut CookieAttributes)| {
        let mut attributes = CookieAttributes::default();
        change(&mut attributes);
        cookies.headers(&attributes).map(|headers| headers[0].split_once("; ").unwrap().1.to_owned())
    };
    let shown = with(&|it| {
        it.domain = Some("a.example".to_owned());
        it.same_site = Some("Lax".to_owned());
        it.http_only = false;
    });
    assert_eq!(shown.unwrap(), "Domain=a.example; Path=/; Secure; SameSite=Lax");
    for bad in ["", "a;b", "a b", "https://a", "*.a"] {
        assert!(with(&|it| it.domain = Some(bad.to_owned())).is_err(), "{bad}");
    }
    for bad in ["", "v", "/v;x", "/v/*"] {
        assert!(with(&|it| bad.clone_into(&mut it.path)).is_err(), "{bad}");
    }
    assert!(with(&|it| it.same_site = Some("lax".to_owned())).is_err());
    let insecure = with(&|it| {
        it.same_site = Some("None".to_owned());
        it.secure = false;
    });
    assert!(insecure.is_err());
    assert!(signer.sign_cookies("*", &Terms::url(until(9))).is_err(), "cookies need http:// or https://");
    let long = format!("https://a.example/{}*", "a".repeat(20_000));
    assert!(matches!(
        signer.sign_cookies(&long, &Terms::url(until(9))),
        Err(Error::InvalidUrl(UrlError::CookiesTooLong { .. }))
    ));
    let sample =
        r#"{"Statement":[{"Resource":"http*://a.example/*","Condition":{"DateLessThan":{"AWS:EpochTime":9}}}]}"#;
    let sample = Terms::policy(Policy::from_json(sample).unwrap());
    let refused = signer.sign_cookies("https://a.example/", &sample);
    assert!(matches!(refused, Err(Error::InvalidPolicy(PolicyError::BadCookieResource(_)))), "one rule for both");
    let lasting = with(&|it| it.max_age = Some(60)).unwrap();
    assert_eq!(lasting, "Path=/; Max-Age=60; Secure; HttpOnly");
    assert!(matches!(with(&|it| it.max_age = Some(0)), Err(Error::InvalidCookie(CookieError::BadAttribute { .. }))));
    assert_eq!(cookies.header().matches("; CloudFront-").count(), 3);
}

#[test]
fn a_policy_covers_the_resource_that_is_asked_for() {
    let (signer, verifier) = signer();
    let policy = Policy::custom("https://a.example/v/*", until(9)).unwrap();
    let terms = Terms::policy(policy.clone());
    for within in ["https://a.example/v/*", "https://A.example:443/v/a b?.ts", "https://a.example/v/1?x=*"] {
        assert!(signer.sign_cookies(within, &terms).is_ok(), "{within}");
        assert!(signer.sign_parameters(within, &terms).is_ok(), "{within}");
    }
    for beyond in ["https://a.example/*", "https://b.example/v/*", "http://a.example/v/*"] {
        for refused in [signer.sign_cookies(beyond, &terms).err(), signer.sign_parameters(beyond, &terms).err()] {
            assert!(matches!(refused, Some(Error::InvalidPolicy(PolicyError::DoesNotCover { .. }))), "{beyond}");
        }
    }
    let cookies = signer.sign_cookies_for_policy(&policy).unwrap();
    let request = Request { url: URL, cookies: &cookies.header(), ip_address: None, now: at(8) };
    assert!(verifier.check(&request).is_allowed());
    let anything = Policy::custom("*", until(9)).unwrap();
    assert!(signer.sign_cookies_for_policy(&anything).is_err(), "cookies need http:// or https://");
}

#[test]
fn parameters_alone_open_what_they_are_for() {
    let (signer, verifier) = signer();
    let query = |pairs: &[(String, String)]| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    let canned = signer.sign_parameters(URL, &Terms::url(until(9))).unwrap();
    assert_eq!(canned[0], ("Expires".to_owned(), "9".to_owned()));
    let names: Vec<_> = canned.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm"]);
    assert!(allowed(&verifier, &format!("{URL}?{}", query(&canned))));
    let wide = signer.sign_parameters("https://a.example/v/*", &Terms::url(until(9))).unwrap();
    assert_eq!(wide[0].0, "Policy");
    assert!(allowed(&verifier, &format!("{URL}?x=1&{}", query(&wide))));
    let grant = signer.grant("https://a.example/v/*", until(9)).unwrap();
    assert_eq!(grant.url(URL).unwrap(), format!("{URL}?{}", grant.query()));
    let alone = signer.sign_parameters_for_policy(grant.policy()).unwrap();
    assert!(allowed(&verifier, &format!("{URL}?{}", query(&alone))));
}

/// A signer that gives back what it was made with, as one outside of this library might.
struct Returns(Vec<u8>);

impl MessageSigner for Returns {
    fn sign(&self, _message: &[u8], _hash: HashAlgorithm) -> Result<Vec<u8>> {
        Ok(self.0.clone())
    }
}

#[test]
fn other_signers() {
    let with = |signature: &[u8]| Signer::with("K1", Arc::new(Returns(signature.to_vec())), HashAlgorithm::Sha1);
    let terms = Terms::url(until(9).from_ip(IpRange::parse("192.0.2.1").unwrap()));
    let urls = with(b"hi").unwrap().sign_urls(&[URL, "https://a.example/2"], &terms).unwrap();
    assert!(urls[1].ends_with("&Signature=aGk_&Key-Pair-Id=K1"));
    let empty = with(b"").unwrap();
    assert!(matches!(empty.sign_url(URL, &terms), Err(Error::Signing(SigningError::Empty))));
    for bad in ["", "K 1", "K&1"] {
        assert!(Signer::new(bad, PrivateKey::generate(KeyKind::EcdsaP256).unwrap()).is_err(), "{bad}");
    }
    let long = format!("{URL}?{}", "a".repeat(8_192));
    assert!(matches!(with(b"hi").unwrap().sign_url(&long, &terms), Err(Error::InvalidUrl(UrlError::TooLong { .. }))));
}
