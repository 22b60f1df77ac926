//! Each kernel against big integers, and whole signatures against the other engines.

use std::sync::OnceLock;

use crypto_bigint::{NonZero, U1024, U2048};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::{
    EncodePrivateKey as _, PrivateKeyInfoRef, SecretDocument,
    der::{
        Decode as _, Encode as _,
        asn1::{OctetStringRef, UintRef},
    },
};
use proptest::prelude::*;

use super::{
    Kernel, PrivateKey,
    arithmetic::{Arithmetic, Block, LANES, Limbs, WideLimbs},
    double::{Double, scalar::Scalar},
    fault::{self, Fault},
    integer::Integer,
    limbs,
    residues::Residues,
    rsa,
    setup::Numbers,
};
use crate::{
    engine::{self, Engine},
    hash_algorithm::HashAlgorithm,
};

/// Runs a test for the scalar twin and for each kernel of this CPU.
macro_rules! for_each_kernel {
    ($test:ident($($argument:expr),*)) => {{
        $test::<Double<Scalar>>($($argument),*)?;
        $test::<Integer<super::integer::scalar::Scalar>>($($argument),*)?;
        #[cfg(target_arch = "x86_64")]
        if Kernel::available().contains(&Kernel::Ifma) {
            $test::<Integer<super::integer::ifma::Ifma>>($($argument),*)?;
        }
        #[cfg(target_arch = "x86_64")]
        if Kernel::available().contains(&Kernel::Avx2) {
            $test::<Double<super::double::avx2::Avx2>>($($argument),*)?;
        }
    }};
}

type Tested = Result<(), TestCaseError>;

fn wide(words: WideLimbs) -> U2048 {
    U2048::from_words(words)
}

fn remainder(number: &U2048, modulus: &Limbs) -> U1024 {
    number.rem_vartime(&NonZero::new(U1024::from_words(*modulus)).unwrap())
}

fn product(one: &U1024, other: &U1024, modulus: &Limbs) -> U1024 {
    remainder(&one.concatenating_mul(other), modulus)
}

/// Values modulo four numbers of 1024 bits, odd but not primes, for which reduction works as well: in and out, multiplied
/// and squared a few times.
fn residues_agree<A: Arithmetic>(moduli: &[Limbs; LANES], x: &[WideLimbs; LANES], y: &[WideLimbs; LANES]) -> Tested {
    let residues = Residues::<A>::new(moduli);
    let modulus = &residues.modulus;
    let leave = |number| residues.leave(&number);
    let (entered_x, entered_y) = (residues.enter_wide(x), residues.enter_wide(y));
    let mut table = [entered_x; 3];
    table[1] = A::multiply(&entered_x, &entered_y, modulus);
    table[2] = A::square(&table[1], 2, modulus);
    let results = [0, 1, 2].map(|index| leave(A::select(&table, &[index; LANES])));
    let mixed = leave(A::select(&table, &[2, 0, 1, 2]));
    for lane in 0..LANES {
        let [x, y] = [x, y].map(|values| remainder(&wide(values[lane]), &moduli[lane]));
        let times = |one: &U1024, other: &U1024| product(one, other, &moduli[lane]);
        let xy = times(&x, &y);
        let square = times(&xy, &xy);
        let expected = [x, xy, times(&square, &square)].map(U1024::to_words);
        prop_assert_eq!(results.map(|result| result[lane]), expected);
        prop_assert_eq!(mixed[lane], expected[[2, 0, 1, 2][lane]]);
    }
    Ok(())
}

fn limb() -> impl Strategy<Value = u64> {
    prop_oneof![3 => any::<u64>(), 1 => Just(0), 1 => Just(u64::MAX), 1 => Just(1 << 63)]
}

/// Odd, with 1024 bits; now and then the smallest and the largest.
fn modulus(mut limbs: Limbs, kind: u8) -> Limbs {
    match kind {
        0 => limbs = [0; 16],
        1 => limbs = [u64::MAX; 16],
        _ => {}
    }
    limbs[0] |= 1;
    limbs[15] |= 1 << 63;
    limbs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 48 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kernels_compute_as_big_integers_do(
        limbs in proptest::collection::vec(limb(), LANES * (16 + 32 + 32)),
        kinds in proptest::array::uniform4(0_u8..6),
    ) {
        let (moduli, values) = limbs.split_at(LANES * 16);
        let (moduli, values) = (moduli.as_chunks::<16>().0, values.as_chunks::<32>().0);
        let moduli = std::array::from_fn(|lane| modulus(moduli[lane], kinds[lane]));
        let [x, y] = [0, LANES].map(|first| std::array::from_fn(|lane| values[first + lane]));
        for_each_kernel!(residues_agree(&moduli, &x, &y));
    }
}

/// One key of each order of its primes, made once.
pub(super) fn keys() -> &'static [SecretDocument; 2] {
    static KEYS: OnceLock<[SecretDocument; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        let key = ::rsa::PrivateKey::new(&mut getrandom::SysRng, 2048).unwrap();
        let der = key.to_pkcs8_der().unwrap();
        let numbers = Numbers::from_pkcs8(der.as_bytes()).unwrap();
        [der, pkcs8(&numbers.prime2, &numbers.prime1)]
    })
}

/// The key of two primes and e = 65537.
fn pkcs8(prime1: &[u64], prime2: &[u64]) -> SecretDocument {
    let [p, q] = [prime1, prime2].map(|prime| ::rsa::BoxedUint::from_words(prime.iter().copied()));
    let key = ::rsa::PrivateKey::from_p_q(p, q, ::rsa::BoxedUint::from(65_537_u64)).unwrap();
    key.to_pkcs8_der().unwrap()
}

fn number(bytes: &Block) -> WideLimbs {
    limbs::from_bytes(bytes)
}

/// Operands with known powers: 0, 1 and n - 1 are their own. 2 and others are verified inside.
fn edges_are_right<A: Arithmetic>(numbers: &Numbers) -> Tested {
    let key = rsa::Key::<A>::new(numbers);
    let small = |value| limbs::to_bytes(&std::array::from_fn(|index| if index == 0 { value } else { 0 }));
    let mut last = numbers.modulus;
    last[0] -= 1;
    let last = limbs::to_bytes(&last);
    prop_assert_eq!(key.sign(&[small(0), small(1)]), [Some(small(0)), Some(small(1))]);
    let [of_last, of_two] = key.sign(&[last, small(2)]);
    prop_assert_eq!(of_last, Some(last));
    let modulus = NonZero::new(wide(numbers.modulus)).unwrap();
    let mut power = wide(number(&of_two.unwrap()));
    let root = power;
    for _ in 0..16 {
        power = power.concatenating_mul(&power).rem_vartime(&modulus);
    }
    prop_assert_eq!(root.concatenating_mul(&power).rem_vartime(&modulus), U2048::from_u8(2));
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn operands_and_primes_at_the_ends_of_their_ranges() -> Tested {
    let above = |offset| U1024::ONE.shl_vartime(1023).wrapping_add(&U1024::from_u32(offset)).to_words();
    let below = |offset| U1024::ZERO.wrapping_sub(&U1024::from_u32(offset)).to_words();
    // The smallest and the largest primes of 1024 bits; two of the smallest have a product of 2047 bits.
    for (prime1, prime2) in [(above(1155), below(105)), (below(179), below(105))] {
        let key = pkcs8(&prime1, &prime2);
        let numbers = Numbers::from_pkcs8(key.as_bytes()).unwrap();
        for_each_kernel!(edges_are_right(&numbers));
    }
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn signatures_are_those_of_the_other_engines() {
    for key in keys() {
        let mut others = Engine::available().iter().map(|&engine| {
            let key = engine::PrivateKey::from_pkcs8(engine, key.as_bytes()).unwrap();
            [key.sign(b"one", HashAlgorithm::Sha1), key.sign(b"two", HashAlgorithm::Sha1)].map(Result::unwrap)
        });
        let expected = others.next().unwrap();
        assert!(others.all(|signatures| signatures == expected));
        for kernel in Kernel::available().into_iter().chain([Kernel::ScalarDouble, Kernel::ScalarInteger]) {
            let key = PrivateKey::from_pkcs8(kernel, key.as_bytes()).unwrap();
            assert_eq!(key.sign([b"one", b"two"], HashAlgorithm::Sha1), expected.clone().map(Some));
        }
    }
}

fn faults_are_found<A: Arithmetic>(numbers: &Numbers) -> Tested {
    let key = rsa::Key::<A>::new(numbers);
    let blocks = [b"one", b"two"].map(|message| super::padding::pad(message, HashAlgorithm::Sha256));
    // The first operation makes the blinding, in which the fault is not meant to strike.
    let good = key.sign(&blocks);
    prop_assert!(good.iter().all(Option::is_some));
    for (window, lane, bit) in [(0, 0, 0), (100, 1, 500), (203, 2, 1000), (203, 3, 47)] {
        fault::NEXT.set(Some(Fault { window, lane, bit }));
        let struck = key.sign(&blocks);
        prop_assert!(fault::NEXT.take().is_none());
        prop_assert_eq!(struck[lane % 2], None);
        prop_assert_eq!(struck[1 - lane % 2], good[1 - lane % 2]);
    }
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn a_flipped_bit_is_found_before_the_signature_leaves() -> Tested {
    let numbers = Numbers::from_pkcs8(keys()[0].as_bytes()).unwrap();
    for_each_kernel!(faults_are_found(&numbers));
    Ok(())
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn the_other_engine_signs_what_did_not_verify() {
    let der = keys()[1].as_bytes();
    let key = engine::PrivateKey::from_pkcs8(Engine::default(), der).unwrap();
    let messages: [&[u8]; 3] = [b"one", b"two", b"three"];
    let expected = messages.map(|message| key.sign(message, HashAlgorithm::Sha1).unwrap());
    let kernel = Kernel::available().first().copied().unwrap_or(Kernel::ScalarDouble);
    key.use_kernel(kernel, der);
    let many = || key.sign_many(der, (&messages, HashAlgorithm::Sha1), 1, |refused| refused, &|| Ok(())).unwrap();
    assert_eq!((many(), fault::FALLBACKS.get()), (expected.to_vec(), 0));
    fault::NEXT.set(Some(Fault { window: 7, lane: 3, bit: 77 }));
    assert_eq!((many(), fault::FALLBACKS.get()), (expected.to_vec(), 1));
}

#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn keys_of_other_sizes_are_not_taken() {
    let small = ::rsa::PrivateKey::new(&mut getrandom::SysRng, 1024).unwrap().to_pkcs8_der().unwrap();
    // A modulus of 2048 bits, and primes of 1056 and 992. Their values are not looked at.
    let info = PrivateKeyInfoRef::from_der(keys()[0].as_bytes()).unwrap();
    let mut unbalanced = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
    unbalanced.prime1 = UintRef::new(&[0xFF; 132]).unwrap();
    unbalanced.prime2 = UintRef::new(&[0xFF; 124]).unwrap();
    let unbalanced = unbalanced.to_der().unwrap();
    let unbalanced = PrivateKeyInfoRef::new(pkcs1::ALGORITHM_ID, OctetStringRef::new(&unbalanced).unwrap());
    let unbalanced = SecretDocument::encode_msg(&unbalanced).unwrap();
    let elliptic = p256::SecretKey::from_slice(&[7; 32]).unwrap().to_pkcs8_der().unwrap();
    for der in [small, unbalanced, elliptic] {
        assert!(Numbers::from_pkcs8(der.as_bytes()).is_none());
    }
}
