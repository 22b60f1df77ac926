//! Keys with numbers of 300 kB, and all other keys, in a thread with a small stack: a refusal or a key, never a crash.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::thread;

use cloudfront_signer::{Engine, Error, HashAlgorithm, KeyKind, PrivateKey, PublicKey, Result};
use pkcs1::{RsaPrivateKey, RsaPublicKey, UintRef};
use pkcs8::{
    PrivateKeyInfoRef,
    der::{
        Decode as _, Encode as _,
        asn1::{BitStringRef, OctetStringRef},
    },
    pkcs5::pbes2,
};
use sec1::EcPrivateKey;
use spki::SubjectPublicKeyInfoRef;

/// That of threads in Python programs that ask for a small one, and less than any system's default but one.
const STACK: usize = 256 << 10;

fn in_a_small_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).unwrap().join().unwrap())
}

fn der_of(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::Engine::decode(&base64::prelude::BASE64_STANDARD, body).unwrap()
}

fn pem_of(label: &str, der: &[u8]) -> String {
    let body = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn pkcs8_of(algorithm: spki::AlgorithmIdentifierRef<'_>, inner: &[u8]) -> Vec<u8> {
    PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(inner).unwrap()).to_der().unwrap()
}

fn encrypted(pkcs8: &[u8]) -> Vec<u8> {
    let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1, &[1; 16], [2; 16]).unwrap();
    let info = PrivateKeyInfoRef::from_der(pkcs8).unwrap();
    info.encrypt_with_params(parameters, b"phrase").unwrap().as_bytes().to_vec()
}

/// Reads a key in each form that it can have.
fn in_each_form(label: &str, inner: &[u8], algorithm: spki::AlgorithmIdentifierRef<'_>) -> Vec<Result<PrivateKey>> {
    let pkcs8 = pkcs8_of(algorithm, inner);
    let locked = encrypted(&pkcs8);
    in_a_small_thread(|| {
        vec![
            PrivateKey::from_der(inner, None),
            PrivateKey::from_der(&pkcs8, None),
            PrivateKey::from_der(&locked, Some(b"phrase")),
            PrivateKey::from_pem(pem_of(label, inner).as_bytes(), None),
            PrivateKey::from_pem(pem_of("PRIVATE KEY", &pkcs8).as_bytes(), None),
            PrivateKey::from_pem(pem_of("ENCRYPTED PRIVATE KEY", &locked).as_bytes(), Some(b"phrase")),
        ]
    })
}

fn assert_refused<T>(results: impl IntoIterator<Item = Result<T>>, what: &str) {
    for result in results {
        assert!(matches!(result, Err(Error::InvalidKey(_))), "{what}: it was taken");
    }
}

#[test]
fn every_number_of_an_rsa_key_is_bounded() {
    let pem = PrivateKey::generate(KeyKind::RSA_2048).unwrap().to_pem(None).unwrap();
    let pkcs8 = der_of(&pem);
    let info = PrivateKeyInfoRef::from_der(&pkcs8).unwrap();
    let key = RsaPrivateKey::from_der(info.private_key.as_bytes()).unwrap();
    assert!(in_each_form("RSA PRIVATE KEY", info.private_key.as_bytes(), info.algorithm).iter().all(Result::is_ok));
    let large = vec![0x7f; 300_000];
    let large = UintRef::new(&large).unwrap();
    for which in 0_u32..256 {
        // Each alone, both primes, all.
        if !(which.is_power_of_two() || [0b0001_1000, 0b1111_1111].contains(&which)) {
            continue;
        }
        let pick = |bit: u32, own| if which & (1 << bit) == 0 { own } else { large };
        let blown_up = RsaPrivateKey {
            modulus: pick(0, key.modulus),
            public_exponent: pick(1, key.public_exponent),
            private_exponent: pick(2, key.private_exponent),
            prime1: pick(3, key.prime1),
            prime2: pick(4, key.prime2),
            exponent1: pick(5, key.exponent1),
            exponent2: pick(6, key.exponent2),
            coefficient: pick(7, key.coefficient),
            other_prime_infos: None,
        };
        let der = blown_up.to_der().unwrap();
        assert_refused(in_each_form("RSA PRIVATE KEY", &der, info.algorithm), &format!("{which:08b}"));
    }
    for which in 1_u32..4 {
        let pick = |bit: u32, own| if which & (1 << bit) == 0 { own } else { large };
        let blown_up = RsaPublicKey { modulus: pick(0, key.modulus), public_exponent: pick(1, key.public_exponent) };
        let pkcs1 = blown_up.to_der().unwrap();
        let subject_public_key = BitStringRef::from_bytes(&pkcs1).unwrap();
        let spki = SubjectPublicKeyInfoRef { algorithm: info.algorithm, subject_public_key }.to_der().unwrap();
        assert_refused(in_a_small_thread(|| [PublicKey::from_der(&pkcs1), PublicKey::from_der(&spki)]), "public");
    }
}

#[test]
fn every_number_of_an_ec_key_is_bounded() {
    let pem = PrivateKey::generate(KeyKind::EcdsaP256).unwrap().to_pem(None).unwrap();
    let pkcs8 = der_of(&pem);
    let info = PrivateKeyInfoRef::from_der(&pkcs8).unwrap();
    let mut key = EcPrivateKey::from_der(info.private_key.as_bytes()).unwrap();
    // SEC1 on its own names its curve.
    let curve = info.algorithm.parameters_oid().unwrap();
    key.parameters = Some(sec1::EcParameters::NamedCurve(curve));
    let read = |key: &EcPrivateKey<'_>| in_each_form("EC PRIVATE KEY", &key.to_der().unwrap(), info.algorithm);
    assert!(read(&key).iter().all(Result::is_ok));
    let large = vec![4; 300_000];
    assert_refused(read(&EcPrivateKey { private_key: &large, ..key.clone() }), "private");
    assert_refused(read(&EcPrivateKey { public_key: Some(&large), ..key }), "public");
}

#[test]
fn a_small_stack_is_enough_for_all_that_a_key_does() {
    in_a_small_thread(|| {
        for kind in [KeyKind::RSA_2048, KeyKind::EcdsaP256] {
            let made = PrivateKey::generate(kind).unwrap();
            let pem = made.to_pem(Some(b"phrase")).unwrap();
            for engine in Engine::available() {
                let key = PrivateKey::from_pem(pem.as_bytes(), Some(b"phrase")).unwrap().with_engine(*engine).unwrap();
                let signature = key.sign(b"message", HashAlgorithm::Sha256).unwrap();
                let public = key.public_key().unwrap().with_engine(*engine).unwrap();
                assert!(public.verify(b"message", &signature, HashAlgorithm::Sha256));
            }
        }
    });
}
