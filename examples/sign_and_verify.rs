//! Signs URLs below a path, verifies them as the edge does, and explains why a changed one is denied.
//!
//! ```text
//! cargo run --example sign_and_verify
//! ```

use std::{
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

use cloudfront_signer::{
    Circumstances, Conditions, Diagnosis, EpochSeconds, Inspection, KeyKind, PrivateKey, Request, Signer, Verifier,
};

const SITE: &str = "https://d111111abcdef8.cloudfront.net";
const KEY_ID: &str = "K2JCJMDEHXQW5F";

fn main() -> Result<(), Box<dyn Error>> {
    let key = PrivateKey::generate(KeyKind::EcdsaP256)?;
    let verifier = Verifier::new([(KEY_ID.to_owned(), key.public_key()?)]);

    // The crate does not read the clock.
    let now = i128::from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    let in_an_hour = Conditions::until(EpochSeconds::new(now + 3600)?);
    let now = EpochSeconds::new(now)?;

    // One signature for all files of the stream.
    let grant = Signer::new(KEY_ID, key)?.grant(&format!("{SITE}/hls/*"), in_an_hour)?;
    for name in ["index.m3u8", "1.ts", "2.ts"] {
        let url = grant.url(&format!("{SITE}/hls/{name}"))?;
        let decision = verifier.check(&Request { url: &url, cookies: "", ip_address: None, now });
        println!("{name:<12}{}", if decision.is_allowed() { "allowed" } else { "denied" });
        assert!(decision.is_allowed(), "{url}");
    }

    let elsewhere = grant.url(&format!("{SITE}/hls/1.ts"))?.replace("/hls/", "/other/");
    let circumstances = Circumstances { request: None, cookies: "", ip_address: None, now };
    let diagnosis = Diagnosis::of(&Inspection::new(&elsewhere)?, &verifier, &circumstances)?;
    println!("other/1.ts  denied");
    for mistake in &diagnosis.mistakes {
        println!("  {}: {mistake}\n  {}", mistake.name(), mistake.advice());
    }
    assert!(!diagnosis.mistakes.is_empty());
    Ok(())
}
