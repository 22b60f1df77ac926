//! Whether an RSA key's numbers are consistent.
//!
//! A signature made with one wrong CRT number reveals a factor of the modulus, so such a key is refused when it is
//! loaded, regardless of what the engine checks later. Primality is not tested: that takes a thousand times as long,
//! and the engines check each signature with the public exponent.

use crypto_bigint::{BoxedUint, ConcatenatingMul as _, Integer as _, NonZero};
use pkcs1::RsaPrivateKeyRef;
use zeroize::Zeroizing;

use crate::error::KeyError;

/// All but two of them are secret; all are wiped when dropped.
type Number = Zeroizing<BoxedUint>;

/// Checks all eight numbers of RFC 8017, appendix A.1.2, against each other. The size of the modulus was checked
/// before.
pub(super) fn check_rsa(key: &RsaPrivateKeyRef<'_>) -> Result<(), KeyError> {
    // None is larger than the modulus. Larger ones would take more time and stack than a thread may have.
    let longest = key.modulus.as_bytes().len();
    let read = |bytes: &[u8], which| {
        let bits = u32::try_from(bytes.len().max(8).next_multiple_of(8) * 8).unwrap_or(u32::MAX);
        let number = (bytes.len() <= longest).then(|| BoxedUint::from_be_slice(bytes, bits).ok());
        number.flatten().map(Number::new).ok_or(KeyError::InconsistentRsa { which })
    };
    let modulus = read(key.modulus.as_bytes(), "modulus")?;
    let public = read(key.public_exponent.as_bytes(), "public exponent")?;
    let private = read(key.private_exponent.as_bytes(), "private exponent")?;
    let [prime1, prime2] = [read(key.prime1.as_bytes(), "prime 1")?, read(key.prime2.as_bytes(), "prime 2")?];
    let exponent1 = read(key.exponent1.as_bytes(), "exponent 1")?;
    let exponent2 = read(key.exponent2.as_bytes(), "exponent 2")?;
    let coefficient = read(key.coefficient.as_bytes(), "coefficient")?;

    let one = BoxedUint::one();
    let require = |fits: bool, which| if fits { Ok(()) } else { Err(KeyError::InconsistentRsa { which }) };
    let odd = |number: &BoxedUint| bool::from(number.is_odd());
    require(odd(&modulus), "modulus")?;
    require(odd(&public) && *public > one && public.bit_width() <= 33, "public exponent")?;
    for (prime, which) in [(&prime1, "prime 1"), (&prime2, "prime 2")] {
        require(odd(prime) && **prime > one, which)?;
    }
    require(product(&prime1, &prime2) == modulus, "primes and modulus")?;
    for (prime, exponent, which) in [(&prime1, &exponent1, "exponent 1"), (&prime2, &exponent2, "exponent 2")] {
        let order = Number::new(&**prime - &one);
        require(remainder(&private, &order).as_ref() == Some(exponent), which)?;
        require(remainder(&product(exponent, &public), &order).is_some_and(|number| *number == one), which)?;
    }
    require(*coefficient < *prime1, "coefficient")?;
    require(remainder(&product(&coefficient, &prime2), &prime1).is_some_and(|number| *number == one), "coefficient")
}

fn product(one: &Number, other: &Number) -> Number {
    Number::new(one.concatenating_mul(&**other))
}

/// In constant time: both numbers are secret.
fn remainder(number: &Number, divisor: &Number) -> Option<Number> {
    let divisor = Zeroizing::new(NonZero::new((**divisor).clone()).into_option()?);
    Some(Number::new(number.rem(&divisor)))
}
