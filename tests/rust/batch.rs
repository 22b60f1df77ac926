//! Many URLs at once, each with its own terms and result.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use cloudfront_signer::{
    Conditions, EpochSeconds, Error, HashAlgorithm, KeyKind, MessageSigner, Policy, PolicyError, PrivateKey, Result,
    Signer, SigningError, Terms, UrlError,
};

const URL: &str = "https://a.example/v/1.mp4";

/// Counts the messages that it signs.
struct Counting(PrivateKey, AtomicUsize);

impl MessageSigner for Counting {
    fn sign(&self, message: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.sign(message, hash)
    }
}

fn counting() -> (Arc<Counting>, Signer) {
    let key = Arc::new(Counting(PrivateKey::generate(KeyKind::EcdsaP256).unwrap(), AtomicUsize::new(0)));
    let signer = Signer::with("K1", key.clone(), HashAlgorithm::Sha256).unwrap();
    (key, signer)
}

fn at(seconds: i128) -> EpochSeconds {
    EpochSeconds::new(seconds).unwrap()
}

#[test]
fn each_url_has_its_terms_and_its_result_and_equal_policies_are_signed_once() {
    let (key, signer) = counting();
    let short = Terms::url(Conditions::until(at(9)));
    let (long, wide) =
        (short.expiring(at(10)).unwrap(), Terms::resource("https://a.example/v/*", Conditions::until(at(9))));
    let other = wide.expiring(at(11)).unwrap();
    let rows = [
        (URL, &short),
        (URL, &long),
        ("relative", &short),
        (URL, &short),
        ("https://a.example/v/2.mp4", &wide),
        (URL, &wide),
        ("https://b.example/", &wide),
        (URL, &other),
    ];
    let results = signer.sign_each(&rows).unwrap();
    assert_eq!(key.1.load(Ordering::Relaxed), 4, "short, long, wide and other");
    assert_eq!(results.len(), rows.len());
    assert!(results[0].as_ref().unwrap().starts_with("https://a.example/v/1.mp4?Expires=9&"));
    assert!(results[1].as_ref().unwrap().starts_with("https://a.example/v/1.mp4?Expires=10&"));
    assert!(matches!(results[2], Err(Error::InvalidUrl(UrlError::Relative(_)))));
    assert_eq!(results[0].as_ref().unwrap(), results[3].as_ref().unwrap());
    let query = |row: usize| results[row].as_ref().unwrap().split_once('?').unwrap().1;
    assert_eq!(query(4), query(5));
    assert!(matches!(results[6], Err(Error::InvalidPolicy(PolicyError::DoesNotCover { .. }))));
    assert_ne!(query(5), query(7));
}

#[test]
fn one_refusal_leaves_a_batch_unsigned_but_not_each_row() {
    let (key, signer) = counting();
    let terms = Terms::url(Conditions::until(at(9)));
    assert!(matches!(signer.sign_urls(&[URL, "relative"], &terms), Err(Error::InBatch { index: 1, .. })));
    assert_eq!(key.1.load(Ordering::Relaxed), 0);
    assert_eq!(signer.sign_each(&[(URL, &terms), ("relative", &terms)]).unwrap().iter().flatten().count(), 1);
    assert_eq!(key.1.load(Ordering::Relaxed), 1);
    assert!(signer.sign_each::<&str>(&[]).unwrap().is_empty());
}

#[test]
fn another_expiry_keeps_the_other_conditions() {
    let terms = Terms::url(Conditions::until(at(9)).after(at(5)).unwrap()).reusing_signatures();
    let refused = terms.expiring(at(5)).unwrap_err();
    assert!(matches!(refused, Error::InvalidPolicy(PolicyError::StartNotBeforeEnd { not_before: 5, expires: 5 })));
    let (_, signer) = counting();
    let longer = terms.expiring(at(1_000)).unwrap();
    let policy = Policy::custom(URL, Conditions::until(at(1_000)).after(at(5)).unwrap()).unwrap();
    let url = signer.sign_url(URL, &longer).unwrap();
    assert!(url.contains(&policy.encoded()));
    assert_eq!(signer.sign_url(URL, &longer).unwrap(), url, "signatures are still reused");
    let whole = Terms::policy(policy).expiring(at(9)).unwrap_err();
    assert!(matches!(whole, Error::InvalidPolicy(PolicyError::ExpiryAndPolicy)));
}

#[test]
fn the_caller_can_end_it() {
    let (_, signer) = counting();
    let terms = Terms::url(Conditions::until(at(9)));
    let rows = vec![(URL, &terms); 100];
    for allowed in [0, 50, 101, 150] {
        let asked = AtomicUsize::new(0);
        let keep_going = || match asked.fetch_add(1, Ordering::Relaxed) {
            calls if calls == allowed => Err(SigningError::Empty.into()),
            _ => Ok(()),
        };
        assert!(matches!(signer.sign_each_while(&rows, &keep_going), Err(Error::Signing(SigningError::Empty))));
        assert_eq!(asked.load(Ordering::Relaxed), allowed + 1);
    }
}
