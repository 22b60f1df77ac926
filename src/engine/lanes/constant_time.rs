//! Time that depends on no secret, shown twice: by memcheck, and by measuring. Both take long, and are run by `make memcheck`
//! and `make timing`.

#![allow(unsafe_code, reason = "the time stamp counter is read")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{arch::x86_64::_rdtsc, hint::black_box};

use super::{
    Kernel,
    arithmetic::{Arithmetic, Block},
    double::{Double, avx2::Avx2, scalar::Scalar},
    integer::{self, Integer, ifma::Ifma},
    memcheck::request,
    rsa::Key,
    setup::Numbers,
    tests::keys,
};

fn numbers() -> Numbers {
    Numbers::from_pkcs8(keys()[0].as_bytes()).unwrap()
}

/// Sets a key up and signs, with the key, the messages and the blinding marked as undefined.
fn sign_undefined<A: Arithmetic>(mut numbers: Numbers) {
    let Numbers { prime1, prime2, exponent1, exponent2, coefficient, .. } = &mut numbers;
    for secret in [prime1, prime2, exponent1, exponent2, coefficient] {
        request::mark(secret, request::UNDEFINED);
    }
    let key = Key::<A>::new(&numbers);
    let mut blocks: [Block; 2] = [[0x55; 256]; 2];
    request::mark(&mut blocks, request::UNDEFINED);
    let signatures = key.sign(&blocks);
    assert!(signatures.iter().all(Option::is_some));
}

#[test]
#[ignore = "runs under valgrind: make memcheck"]
fn no_branch_and_no_address_depends_on_a_secret() {
    assert!(request::runs_on_valgrind(), "make memcheck runs this");
    let known = request::errors();
    sign_undefined::<Double<Scalar>>(numbers());
    // Valgrind does not know AVX-512: the twin runs the same branches and addresses.
    sign_undefined::<Integer<integer::scalar::Scalar>>(numbers());
    if Kernel::available().contains(&Kernel::Avx2) {
        sign_undefined::<Double<Avx2>>(numbers());
    }
    assert_eq!(request::errors() - known, 0, "memcheck names the places above");
    // Memcheck would have seen a branch, and an address.
    let mut secret = [1_usize];
    request::mark(&mut secret, request::UNDEFINED);
    let table = black_box([0, 1]);
    if table[secret[0] & 1] == 1 {
        black_box(());
    }
    assert!(request::errors() - known >= 1);
}

/// Welch's t of the times of two classes, without the tenth that took longest: those were interrupted.
fn welch(mut samples: Vec<(bool, u64)>) -> f64 {
    samples.sort_unstable_by_key(|&(_, time)| time);
    samples.truncate(samples.len() / 10 * 9);
    #[allow(clippy::cast_precision_loss, reason = "times and counts are far below 2^52")]
    let moments = |class| {
        let times: Vec<f64> =
            samples.iter().filter(|(sample, _)| *sample == class).map(|&(_, time)| time as f64).collect();
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean1, error1), (mean2, error2)) = (moments(false), moments(true));
    (mean1 - mean2) / (error1 + error2).sqrt()
}

/// Times work on one fixed block and on random ones, in random order.
fn measure(count: usize, fixed: Block, mut work: impl FnMut(&[Block; 2])) -> f64 {
    let mut random = [0; 4096];
    let mut samples = Vec::with_capacity(count);
    for index in 0..count {
        if index % 32 == 0 {
            getrandom::fill(&mut random).unwrap();
        }
        let class = random[index % 32] & 1 == 1;
        // Both classes cost the same before the clock starts, without a branch, and end in the same place. The first byte
        // keeps the number below the modulus.
        let mut blocks = [fixed; 2];
        let mask = 0_u8.wrapping_sub(u8::from(class));
        for (block, drawn) in blocks.iter_mut().zip(random[32 + index % 7 * 512..].chunks(256)) {
            let drawn = [0].iter().chain(&drawn[1..]);
            block.iter_mut().zip(drawn).for_each(|(byte, drawn)| *byte ^= black_box(mask) & (*byte ^ drawn));
        }
        // SAFETY: reads the time stamp counter.
        let start = unsafe { _rdtsc() };
        work(black_box(&blocks));
        // SAFETY: as above.
        samples.push((class, unsafe { _rdtsc() } - start));
    }
    welch(samples)
}

fn kernel_is_even<A: Arithmetic>(name: &str, count: usize) {
    let key = Key::<A>::new(&numbers());
    let padded = super::padding::pad(b"fixed", crate::hash_algorithm::HashAlgorithm::Sha1);
    let whole = measure(count, padded, |blocks| assert!(key.sign(blocks)[0].is_some()));
    println!("{name}: two signatures of a fixed message against random ones: t = {whole:.2}");
    let unblinded = |fixed| {
        measure(count, fixed, |blocks| {
            black_box(key.unblinded(blocks));
        })
    };
    let bare = unblinded(padded);
    println!("{name}: the same power without blinding: t = {bare:.2}");
    // No message is zero, and blinded ones are random. All products of zero are zero, which takes less power, and a CPU
    // with power to spare may run a little faster: this one is printed, not judged.
    println!("{name}: the power of zero without blinding: t = {:.2}", unblinded([0; 256]));
    assert!(whole.abs() < 4.5 && bare.abs() < 4.5);
}

#[test]
#[ignore = "takes minutes: make timing"]
fn times_of_fixed_and_random_messages_are_the_same() {
    let count = std::env::var("BATCHES").map_or(100_000, |count| count.parse().unwrap());
    if Kernel::available().contains(&Kernel::Ifma) {
        kernel_is_even::<Integer<Ifma>>("lanes-ifma", count);
    }
    if Kernel::available().contains(&Kernel::Avx2) {
        kernel_is_even::<Double<Avx2>>("lanes-avx2", count);
    }
}

#[test]
fn welch_tells_classes_apart() {
    let samples =
        |offset: u64| (0..1_000_u64).map(move |index| (index % 2 == 0, 1_000 + index % 7 + offset * (index % 2)));
    assert!(welch(samples(0).collect()).abs() < 4.5);
    assert!(welch(samples(3).collect()).abs() > 4.5);
}
