//! What must hold for any bytes: one function a target. The smoke test of the main crate runs them on fixed inputs.

use cloudfront_signer::{
    Circumstances, Conditions, Diagnosis, EpochSeconds, HashAlgorithm, Inspection, KeyKind, ManifestAccess,
    ManifestSigner, Policy, PrivateKey, PublicKey, Request, Resource, SignedUrl, Signer, Url, Verifier, decode_base64,
    encode_base64,
};

/// What can be read as a key signs and verifies; nothing else happens to anything.
pub fn private_key(data: &[u8]) {
    let passphrase = Some(&b"phrase"[..]);
    for key in [PrivateKey::from_pem(data, passphrase), PrivateKey::from_der(data, passphrase)].into_iter().flatten() {
        let hash = key.kind().default_hash_algorithm();
        let signature = key.sign(b"message", hash).expect("a loaded key signs");
        let public = key.public_key().expect("a loaded key has a public half");
        assert!(public.verify(b"message", &signature, hash));
        let again = PrivateKey::from_pem(key.to_pem(None).expect("writes").as_bytes(), None).expect("reads its own");
        assert_eq!(again.kind(), key.kind());
    }
    for key in [PublicKey::from_pem(data), PublicKey::from_der(data)].into_iter().flatten() {
        assert!(!key.verify(b"message", data, HashAlgorithm::Sha1));
        assert_eq!(PublicKey::from_pem(key.to_pem().as_bytes()).expect("reads its own").to_pem(), key.to_pem());
    }
}

/// A policy keeps its bytes, and can be sent and read again.
pub fn policy(data: &[u8]) {
    let Some(policy) = std::str::from_utf8(data).ok().and_then(|json| Policy::from_json(json).ok()) else {
        return;
    };
    assert_eq!(policy.to_json().as_bytes(), data);
    assert_eq!(Policy::from_encoded(&policy.encoded()).expect("reads its own"), policy);
}

/// A URL is taken apart into one without signing parameters, and the wire form of a URL is stable.
pub fn signed_url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(signed) = SignedUrl::parse(text) {
        assert!(Url::parse(signed.url.as_str()).is_ok(), "bare");
        assert!(!signed.signed_policy().to_json().is_empty());
    }
    for read in [Url::parse, Url::parse_with_wildcards] {
        let Ok(url) = read(text) else { continue };
        assert_eq!(read(url.as_str()).expect("stable").as_str(), url.as_str());
    }
}

/// Encoding is undone by decoding, and each text that decodes is the only one of its bytes.
pub fn base64(data: &[u8]) {
    assert_eq!(decode_base64(&encode_base64(data)).expect("reads its own"), data);
    if let Some(bytes) = std::str::from_utf8(data).ok().and_then(|text| decode_base64(text).ok()) {
        assert_eq!(encode_base64(&bytes).as_bytes(), data);
    }
}

/// Nothing that a viewer sends is let in without a signature, or ends the verifier or the diagnosis.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (url, cookies) = text.split_once('\n').unwrap_or((&text, ""));
    let now = EpochSeconds::new(1_767_290_400).expect("a time");
    let verifier = stranger();
    let signed = format!("https://a.example/v?{url}");
    for url in [url, &signed] {
        assert!(!verifier.check(&Request { url, cookies, ip_address: None, now }).is_allowed());
        let Ok(inspection) = Inspection::new(url) else { continue };
        assert!(!inspection.rows(now).is_empty());
        let circumstances = Circumstances { request: None, cookies, ip_address: None, now };
        if let Ok(diagnosis) = Diagnosis::of(&inspection, &verifier, &circumstances) {
            assert!(!diagnosis.mistakes.is_empty());
        }
    }
}

/// Matching agrees with a plain recursive matcher on what is short enough for one.
pub fn resource(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, path) = text.split_once('\n').unwrap_or((&text, ""));
    let (pattern, path) = (path_of(pattern), path_of(path));
    let covers = Resource::new(&format!("https://a/{pattern}")).covers(&format!("https://a/{path}"));
    if pattern.len() <= 12 && path.len() <= 16 {
        assert_eq!(covers, plain_match(pattern.as_bytes(), path.as_bytes()), "{pattern} {path}");
    }
}

/// Without what was added, a signed playlist is the playlist; one without signing parameters is signed once.
pub fn hls(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let until = Conditions::until(EpochSeconds::new(1_767_290_400).expect("a time"));
    let grant = signer().grant("*", until.clone()).expect("signs");
    let query = grant.query().to_owned();
    let static_query = "Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}";
    for (access, query) in [
        (ManifestAccess::Grant(Box::new(grant)), &*query),
        (ManifestAccess::ManifestUrl(HashAlgorithm::Sha1), static_query),
        (ManifestAccess::EachUri(signer().clone(), until), ""),
    ] {
        let manifests = ManifestSigner::new("https://a.example/b/c.m3u8?d=e", access).expect("a base URL");
        let Ok(signed) = manifests.sign_hls(text) else { continue };
        let whole = signed.to_text();
        assert_eq!(whole.len(), signed.len());
        let is_static = query == static_query;
        if !query.is_empty() && !is_static {
            let plain = whole.replace(&format!("?{query}"), "").replace(&format!("&{query}"), "").replace(query, "");
            // A question mark that ends a URI is kept, and looks as if it were added.
            assert_eq!(plain.replace('?', ""), text.replace('?', ""));
        }
        if is_static {
            assert!(manifests.sign_hls(&whole).is_err(), "{whole}");
        }
    }
    let signer = ManifestSigner::new("https://a.example/b/c.m3u8", ManifestAccess::ManifestUrl(HashAlgorithm::Sha1));
    let _ = signer.expect("a base URL").with_playlists_from_app().sign_hls(text);
}

/// Without what was added, a signed MPD is the MPD. A static one is made once.
pub fn dash(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let base_url = "https://a.example/b/c.mpd?d=e";
    let until = Conditions::until(EpochSeconds::new(1_767_290_400).expect("a time"));
    let grant = signer().grant("*", until.clone()).expect("signs");
    let (raw, escaped) = (grant.query().to_owned(), grant.query().replace('&', "&amp;"));
    let by_grant = ManifestSigner::new(base_url, ManifestAccess::Grant(Box::new(grant))).expect("a base URL");
    if let Ok(signed) = by_grant.sign_dash(text) {
        let whole = signed.to_text();
        assert_eq!(whole.len(), signed.len());
        // What separates the parameters is like what a URI may end in.
        let bare = |text: &str| text.replace("&amp;", "").replace(['?', '&'], "");
        assert_eq!(bare(&whole.replace(&escaped, "").replace(&raw, "")), bare(text));
        assert_eq!(by_grant.sign_dash(&whole).is_err(), whole != text, "{whole}");
    }
    let _ = by_grant.absolute().sign_dash(text);
    let by_uri = ManifestAccess::EachUri(signer().clone(), until);
    let _ = ManifestSigner::new(base_url, by_uri).expect("a base URL").sign_dash(text);
    let by_query = ManifestAccess::ManifestUrl(HashAlgorithm::Sha1);
    let by_query = ManifestSigner::new(base_url, by_query).expect("a base URL");
    if let Ok(signed) = by_query.sign_dash(text) {
        let whole = signed.to_text();
        assert!(whole == text || by_query.sign_dash(&whole).is_err(), "{whole}");
    }
}

/// One key for all runs.
fn signer() -> &'static Signer {
    static SIGNER: std::sync::LazyLock<Signer> = std::sync::LazyLock::new(|| {
        Signer::new("K1", PrivateKey::generate(KeyKind::EcdsaP256).expect("randomness")).expect("a key pair id")
    });
    &SIGNER
}

/// Paths alone: what a query does to matching is for the tables of the unit tests.
fn path_of(text: &str) -> String {
    text.chars().filter(|symbol| symbol.is_ascii_graphic() && !matches!(symbol, '?' | '#')).collect()
}

fn plain_match(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if plain_match(rest, text) => true,
        (Some((b'*', _)), Some((_, text))) => plain_match(pattern, text),
        (Some((wanted, pattern)), Some((found, text))) => wanted == found && plain_match(pattern, text),
        _ => false,
    }
}

/// Trusts one key whose private half is gone.
fn stranger() -> Verifier {
    static PEM: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let key = PrivateKey::generate(KeyKind::EcdsaP256).expect("randomness");
        key.public_key().expect("its public half").to_pem()
    });
    Verifier::new([("K1".to_owned(), PublicKey::from_pem(PEM.as_bytes()).expect("a key"))])
}
