//! Key files as Rust users meet them: made, written, read again, and refused by name.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use cloudfront_signer::{Engine, Error, HashAlgorithm, KeyError, KeyKind, PrivateKey, PublicKey};

fn problem<T>(result: Result<T, Error>) -> KeyError {
    match result {
        Err(Error::InvalidKey(error)) => error,
        Err(Error::InFile { error, .. }) => problem::<T>(Err(*error)),
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
            KeyError::PublicKeyWherePrivateExpected
        );
        let private = key.to_pem(None).unwrap();
        assert_eq!(problem(PublicKey::from_pem(private.as_bytes())), KeyError::PrivateKeyWherePublicExpected);
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
        assert_eq!(problem(PublicKey::from_file(&folder.join(name))), KeyError::PrivateKeyWherePublicExpected);
    }
    for name in ["public", "public.bin"] {
        assert_eq!(PublicKey::from_file(&folder.join(name)).unwrap().to_pem(), public);
        assert_eq!(problem(PrivateKey::from_file(&folder.join(name), None)), KeyError::PublicKeyWherePrivateExpected);
    }
    for (name, word) in [("none", "no such file"), (".", "directory")] {
        assert!(problem(PublicKey::from_file(&folder.join(name))).to_string().contains(word));
    }
    fs::write(folder.join("large"), vec![b'a'; (1 << 20) + 1]).unwrap();
    assert!(problem(PublicKey::from_file(&folder.join("large"))).to_string().contains("1 MiB"));
    fs::remove_dir_all(folder).unwrap();
}

/// The body of a private key in PEM, in one line.
fn body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

#[test]
fn pem_is_read_in_the_forms_that_settings_have() {
    use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE};
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let pem = key.to_pem(None).unwrap();
    let wrapped = BASE64.encode(pem.as_bytes()).as_bytes().chunks(76).collect::<Vec<_>>().join(&b'\n');
    let forms = [
        pem.replace('\n', "\\n"),
        pem.replace('\n', "\\\\n"),
        pem.replace('\n', "\\r\\n"),
        pem.replace('\n', " "),
        pem.replace('\n', ""),
        format!("\"{}\"", pem.replace('\n', "\\n")),
        BASE64.encode(pem.as_bytes()),
        BASE64.encode(pem.replace('\n', "\\n")),
        BASE64.encode(format!("Bag Attributes\n{}", *pem)),
        URL_SAFE.encode(pem.as_bytes()),
        String::from_utf8(wrapped).unwrap(),
    ];
    for form in &forms {
        assert_eq!(*PrivateKey::from_pem(form.as_bytes(), None).unwrap().to_pem(None).unwrap(), *pem);
        assert_eq!(*PrivateKey::from_setting(form, None).unwrap().to_pem(None).unwrap(), *pem);
    }
    let public = key.public_key().unwrap().to_pem();
    assert_eq!(PublicKey::from_pem(BASE64.encode(&public).as_bytes()).unwrap().to_pem(), public);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("setting.pem");
    fs::write(&path, pem.as_bytes()).unwrap();
    assert!(PrivateKey::from_setting(&format!(" {}\n", path.display()), None).is_ok());
    fs::remove_file(&path).unwrap();
    assert!(problem(PrivateKey::from_setting(&path.display().to_string(), None)).to_string().contains("no such file"));
    let encoded = BASE64.encode(pem.as_bytes());
    assert_eq!(problem(PrivateKey::from_setting(&encoded[..101], None)), KeyError::DamagedBase64OfPem);
    assert_eq!(problem(PrivateKey::from_pem(body(&pem).as_bytes(), None)), KeyError::PemBodyAlone);
}

#[test]
fn a_key_is_found_among_other_blocks() {
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let (private, public) = (key.to_pem(None).unwrap(), key.public_key().unwrap().to_pem());
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let strange = "-----BEGIN STRANGE THING-----\nMIIB\n-----END STRANGE THING-----\n";
    for around in [certificate, strange, &public, &[certificate, certificate].concat()] {
        let file = [around, &private, certificate].concat();
        assert_eq!(*PrivateKey::from_pem(file.as_bytes(), None).unwrap().to_pem(None).unwrap(), *private);
    }
    assert_eq!(PublicKey::from_pem([certificate, &public].concat().as_bytes()).unwrap().to_pem(), public);
    let private_first = [certificate, private.as_str(), &public].concat();
    assert_eq!(problem(PublicKey::from_pem(private_first.as_bytes())), KeyError::PrivateKeyWherePublicExpected);
    assert_eq!(problem(PrivateKey::from_pem(certificate.as_bytes(), None)), KeyError::Certificate);
    assert_eq!(problem(PrivateKey::from_pem(strange.as_bytes(), None)), KeyError::UnknownPemLabel);
}

/// What stands where a label belongs may be a key's own bytes.
#[test]
fn a_damaged_begin_line_shows_nothing_of_the_key() {
    let pem = PrivateKey::generate(KeyKind::EcdsaP256).unwrap().to_pem(None).unwrap();
    let lines: Vec<&str> = pem.lines().collect();
    let begin = "-----BEGIN PRIVATE KEY-----";
    for damaged in [
        pem.replace(begin, "-----BEGIN PRIVATE KEY"),
        pem.replace(begin, "-----BEGIN PRIVATE KEY--"),
        pem.replace(begin, "-----BEGIN "),
        pem.replace(begin, "--BEGIN PRIVATE KEY-----"),
        pem.replace(begin, &format!("-----BEGIN {}-----", &lines[1][..30])),
        pem.replace(begin, "-----BEGIN PRIVATE KEY").replace('\n', ""),
    ] {
        let problem = problem(PrivateKey::from_pem(damaged.as_bytes(), None));
        assert!(matches!(problem, KeyError::BadPemBegin | KeyError::UnknownPemLabel), "{problem}");
        let told = format!("{problem} {problem:?}");
        assert!(!told.contains(&lines[1][..12]) && !told.contains(&lines[2][..12]), "{told}");
    }
}

/// PKCS#8 may carry attributes of any length, which makes a file of real size need three bytes of length.
#[test]
fn der_of_more_than_64_kilobytes_is_der() {
    let pem = PrivateKey::generate(KeyKind::EcdsaP256).unwrap().to_pem(None).unwrap();
    let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, body(&pem)).unwrap();
    // SEQUENCE of the old content and a [0] of one attribute: OID 1.2.3, SET of one OCTET STRING.
    let tlv = |tag: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x83][..], &length[1..], content].concat()
    };
    let attribute = tlv(0x30, &[&[6, 2, 0x2a, 3][..], &tlv(0x31, &tlv(4, &vec![0; 100_000]))].concat());
    let content = [&der[3..], &tlv(0xa0, &attribute)].concat();
    assert_eq!(der[1], 0x81, "one byte of length");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attributes.der");
    fs::write(&path, tlv(0x30, &content)).unwrap();
    let key = PrivateKey::from_file(&path, None);
    fs::remove_file(&path).unwrap();
    assert_eq!(*key.unwrap().to_pem(None).unwrap(), *pem);
}
