//! Powers with secret exponents.

use zeroize::Zeroize;

use super::{
    arithmetic::{Arithmetic, LANES, Limbs},
    limbs,
};

/// Bits that are taken at once. Four and six are slower.
const WINDOW: usize = 5;

/// Windows of 1024 bits.
const WINDOWS: usize = 1024_usize.div_ceil(WINDOW);

/// An exponent in each lane, in windows, the most significant first.
#[derive(Zeroize)]
pub(super) struct Exponents([[u64; LANES]; WINDOWS]);

impl Exponents {
    pub(super) fn new(exponents: &[Limbs; LANES]) -> Self {
        let mut windows = [[0; LANES]; WINDOWS];
        for (index, window) in windows.iter_mut().rev().enumerate() {
            for (bits, exponent) in window.iter_mut().zip(exponents) {
                *bits = limbs::bits(exponent, index * WINDOW, 5);
            }
        }
        Self(windows)
    }
}

/// Each lane's base to its own power. Every window costs five squares, a look at the whole table and one product, whatever
/// it is: zero is a product with one.
pub(super) fn power<A: Arithmetic>(
    base: &A::Number,
    exponents: &Exponents,
    one: &A::Number,
    modulus: &A::Modulus,
) -> A::Number {
    let mut table = [A::Number::default(); 1 << WINDOW];
    (table[0], table[1]) = (*one, *base);
    for index in 2..table.len() {
        table[index] = if index % 2 == 0 {
            A::square(&table[index / 2], 1, modulus)
        } else {
            A::multiply(&table[index - 1], base, modulus)
        };
    }
    let (first, rest) = exponents.0.split_first().expect("there are 205");
    let mut power = A::select(&table, first);
    for window in rest {
        let square = A::square(&power, WINDOW, modulus);
        power = A::multiply(&square, &A::select(&table, window), modulus);
        #[cfg(test)]
        super::fault::strike::<A>(&mut power);
    }
    power
}

/// To a public power, the same in all lanes, whose bits the time shows.
pub(super) fn public_power<A: Arithmetic>(base: &A::Number, exponent: u64, modulus: &A::Modulus) -> A::Number {
    let mut power = *base;
    let bits = u64::BITS - exponent.leading_zeros();
    let mut squares = 0;
    for bit in (0..bits - 1).rev() {
        squares += 1;
        if exponent >> bit & 1 == 1 {
            power = A::multiply(&A::square(&power, squares, modulus), base, modulus);
            squares = 0;
        }
    }
    if squares > 0 { A::square(&power, squares, modulus) } else { power }
}
