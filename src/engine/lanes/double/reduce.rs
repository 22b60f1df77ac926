//! Montgomery's reduction: `T` becomes `(T + q·N) / R`, with `q = -T/N` modulo R. The proof is in the module above.

use super::{
    digits::{COUNT, Number, Product},
    modulus::Modulus,
    multiply::{Carry, DOWN, SHIFTER, Tile, check_digit, check_high, check_low, high_columns, low_columns, round},
    vector::{Lane, Vector},
};

/// All of q first, then the upper half of `q·N`: no digit waits for the one before it.
#[inline(always)]
pub(super) fn reduce<V: Vector>(product: &Product, modulus: &Modulus, to: &mut Number) {
    let factor = quotient::<V>(product.0.first_chunk().expect("42 are more than 21"), &modulus.negated_inverse);
    let prime = modulus.prime.digits();
    // The columns below come to a multiple of the base in the end. Of what they carry into column 20, the high parts of
    // column 19 are all but less than 16, and column 20, which is a multiple of the base as well, determines the rest.
    let below = carried_into_20::<V>(&factor, prime).mul_add(V::splat(DOWN), V::load(&product.0[20]));
    let rounded = round(below);
    let addend = |column: usize| match column {
        0 => below.sub(rounded),
        1 => rounded.mul_add(V::splat(DOWN), V::load(&product.0[21])),
        _ => V::load(&product.0[20 + column]),
    };
    high_columns(&factor, &modulus.prime, addend, to.stored_mut(), &mut Carry::none());
}

/// The 21 digits of `x·y` modulo R.
#[inline(always)]
fn quotient<V: Vector>(x: &[Lane; COUNT], inverse: &Number) -> [Lane; COUNT] {
    let mut factor = [Lane::default(); COUNT];
    let y = inverse.digits();
    let mut carry = Carry::<V>::none();
    low_columns(x, inverse, &mut factor[..20], &mut carry);
    // Column 20 in three sums, for there is no neighbour to work on meanwhile. Their high parts are beyond R.
    let mut tile = Tile::<V>::new([V::zero(); 4]);
    for row in (0..COUNT).step_by(3) {
        tile.product(0, V::load(&x[row]), V::load(&y[20 - row]));
        tile.product(1, V::load(&x[row + 1]), V::load(&y[19 - row]));
        tile.product(2, V::load(&x[row + 2]), V::load(&y[18 - row]));
    }
    let sum = carry.high.mul_add(V::splat(DOWN), tile.low_total());
    check_low(sum);
    let digit = carry.rounded.mul_add(V::splat(DOWN), sum.sub(round(sum)));
    check_digit(digit);
    digit.store(&mut factor[20]);
    factor
}

/// The high parts of column 19, in four sums.
#[inline(always)]
fn carried_into_20<V: Vector>(x: &[Lane; COUNT], y: &[Lane; COUNT]) -> V {
    let shifter = V::splat(SHIFTER);
    let (mut s0, mut s1, mut s2, mut s3) = (shifter, shifter, shifter, shifter);
    for row in (0..20).step_by(4) {
        s0 = V::load(&x[row]).mul_add(V::load(&y[19 - row]), s0);
        s1 = V::load(&x[row + 1]).mul_add(V::load(&y[18 - row]), s1);
        s2 = V::load(&x[row + 2]).mul_add(V::load(&y[17 - row]), s2);
        s3 = V::load(&x[row + 3]).mul_add(V::load(&y[16 - row]), s3);
        for sum in [s0, s1, s2, s3] {
            check_high(sum);
        }
    }
    s0.sub(shifter).add(s1.sub(shifter)).add(s2.sub(shifter).add(s3.sub(shifter)))
}
