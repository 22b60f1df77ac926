//! Key files as Rust users meet them: made, written, read again, and refused by name.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use cloudfront_signer::{Engine, Error, HashAlgorithm, KeyError, KeyKind, PrivateKey, PublicKey};

fn problem<T>(result: Result<T, Error>) -> KeyError {
    match result {
        Err(Error::InvalidKey(error)) => error,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn keys_are_written_and_read_again() {
    for kind in [KeyKind::RSA_2048, KeyKind::EcdsaP256] {
        let key = PrivateKey::generate(kind).unwrap();
        assert_eq!(format!("{key:?}"), format!("PrivateKey({kind})"));
        let public = key.public_key().unwrap();
        assert_eq!(format!("{public:?}"), format!("PublicKey({kind})"));
        assert_eq!(public.kind(), kind);
        let messages: Vec<&[u8]> = vec![b"one", b"two", b"three"];
        for engine in Engine::available() {
            let signatures = key.with_engine(*engine).unwrap().sign_many(&messages, HashAlgorithm::Sha256).unwrap();
            assert!(messages.iter().zip(&signatures).all(|(m, s)| public.verify(m, s, HashAlgorithm::Sha256)));
            assert!(!public.with_engine(*engine).unwrap().verify(b"one", &signatures[1], HashAlgorithm::Sha256));
        }
        let locked = key.to_pem(Some(b"phrase")).unwrap();
        assert!(locked.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        let again = PrivateKey::from_pem(locked.as_bytes(), Some(b"phrase")).unwrap();
        assert_eq!(*again.to_pem(None).unwrap(), *key.to_pem(None).unwrap());
        assert_eq!(problem(PrivateKey::from_pem(locked.as_bytes(), None)), KeyError::PassphraseMissing);
        assert_eq!(problem(PrivateKey::from_pem(locked.as_bytes(), Some(b"x"))), KeyError::PassphraseWrong);
        assert_eq!(problem(key.to_pem(Some(b""))), KeyError::PassphraseEmpty);
        assert_eq!(
            problem(PrivateKey::from_pem(public.to_pem().as_bytes(), None)),
            KeyError::PublicKeyWherePrivateIsDue
        );
        let private = key.to_pem(None).unwrap();
        assert_eq!(problem(PublicKey::from_pem(private.as_bytes())), KeyError::PrivateKeyWherePublicIsDue);
        assert!(matches!(
            problem(PrivateKey::from_pem(&private.as_bytes()[..100], None)),
            KeyError::TruncatedPem { .. }
        ));
    }
}

#[test]
fn kinds_have_names() {
    assert_eq!("rsa-2048".parse::<KeyKind>().unwrap(), KeyKind::RSA_2048);
    assert_eq!("ecdsa-p256".parse::<KeyKind>().unwrap(), KeyKind::EcdsaP256);
    assert!(matches!(problem("rsa-4096".parse::<KeyKind>()), KeyError::UnknownKind { .. }));
    assert!(matches!(problem(PrivateKey::generate(KeyKind::Rsa { bits: 4096 })), KeyError::UnknownKind { .. }));
}

#[test]
fn files_hold_pem_or_der() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let pem = key.to_pem(None).unwrap();
    let public = key.public_key().unwrap().to_pem();
    for (name, text) in [("private", pem.as_str()), ("public", public.as_str())] {
        fs::write(folder.join(name), text).unwrap();
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, body).unwrap();
        fs::write(folder.join(format!("{name}.bin")), &der).unwrap();
    }
    for name in ["private", "private.bin"] {
        assert_eq!(*PrivateKey::from_file(&folder.join(name), None).unwrap().to_pem(None).unwrap(), *pem);
        assert_eq!(problem(PublicKey::from_file(&folder.join(name))), KeyError::PrivateKeyWherePublicIsDue);
    }
    for name in ["public", "public.bin"] {
        assert_eq!(PublicKey::from_file(&folder.join(name)).unwrap().to_pem(), public);
        assert_eq!(problem(PrivateKey::from_file(&folder.join(name), None)), KeyError::PublicKeyWherePrivateIsDue);
    }
    for (name, word) in [("none", "no such file"), (".", "directory")] {
        assert!(problem(PublicKey::from_file(&folder.join(name))).to_string().contains(word));
    }
    fs::write(folder.join("large"), vec![b'a'; (1 << 20) + 1]).unwrap();
    assert!(problem(PublicKey::from_file(&folder.join("large"))).to_string().contains("1 MiB"));
    fs::remove_dir_all(folder).unwrap();
}
