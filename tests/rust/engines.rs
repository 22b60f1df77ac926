//! Every engine against every other: RSA to the byte, ECDSA by verifying.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use cloudfront_signer::{Engine, HashAlgorithm, KeyKind, PrivateKey};
use proptest::prelude::*;

fn keys() -> &'static [PrivateKey; 2] {
    static KEYS: OnceLock<[PrivateKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [KeyKind::RSA_2048, KeyKind::EcdsaP256].map(|kind| PrivateKey::generate(kind).unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn engines_agree(message in proptest::collection::vec(any::<u8>(), 0..400), sha256 in any::<bool>()) {
        let hash = if sha256 { HashAlgorithm::Sha256 } else { HashAlgorithm::Sha1 };
        for key in keys() {
            let public = key.public_key().unwrap();
            let mut signatures = Vec::new();
            for engine in Engine::available() {
                let signature = key.with_engine(*engine).unwrap().sign(&message, hash).unwrap();
                for verifier in Engine::available() {
                    let public = public.with_engine(*verifier).unwrap();
                    prop_assert!(public.verify(&message, &signature, hash));
                    let mut changed = signature.clone();
                    changed[signature.len() / 2] ^= 1;
                    prop_assert!(!public.verify(&message, &changed, hash));
                    prop_assert!(!public.verify(&[&message[..], b"x"].concat(), &signature, hash));
                }
                signatures.push(signature);
            }
            if matches!(key.kind(), KeyKind::Rsa { .. }) {
                prop_assert!(signatures.windows(2).all(|pair| pair[0] == pair[1]));
            }
        }
    }

    #[test]
    fn batches_are_in_order(count in 0_usize..70) {
        let messages: Vec<Vec<u8>> = (0..count).map(|number| number.to_string().into_bytes()).collect();
        let borrowed: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        for key in keys() {
            let signatures = key.sign_many(&borrowed, HashAlgorithm::Sha1).unwrap();
            prop_assert_eq!(signatures.len(), count);
            let public = key.public_key().unwrap();
            for (message, signature) in messages.iter().zip(&signatures) {
                prop_assert!(public.verify(message, signature, HashAlgorithm::Sha1));
            }
        }
    }
}
