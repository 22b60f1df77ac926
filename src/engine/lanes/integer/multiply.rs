//! Products and their reduction. The bounds are in the module above.
#![allow(
    clippy::needless_range_loop,
    reason = "windows move by indices that the compiler knows, and stay in registers"
)]

use super::{
    digits::{COUNT, Number, Product},
    modulus::Modulus,
    vector::{Lane, Vector},
};

/// Half of the digits.
const HALF: usize = COUNT / 2;

/// The columns of `x·y`, twice `COUNT` digits each, row by row: a window of columns moves up with the rows.
#[inline(always)]
pub(super) fn multiply<V: Vector, const DIGITS: usize>(x: &[Lane; DIGITS], y: &[Lane; DIGITS], columns: &mut [Lane]) {
    let mut window = [V::zero(); DIGITS];
    let (low, high) = columns.split_at_mut(DIGITS);
    for (x, column) in x.iter().zip(low) {
        let x = V::load(x);
        for index in 0..DIGITS {
            window[index] = window[index].add_low_product(x, V::load(&y[index]));
        }
        window[0].store(column);
        for index in 0..DIGITS - 1 {
            window[index] = window[index + 1].add_high_product(x, V::load(&y[index]));
        }
        window[DIGITS - 1] = V::zero().add_high_product(x, V::load(&y[DIGITS - 1]));
    }
    for (sum, column) in window.iter().zip(high) {
        sum.store(column);
    }
}

/// The columns of `x²`: the squares of both halves, and twice their product in between.
#[inline(always)]
pub(super) fn square<V: Vector>(x: &Number, product: &mut Product) {
    let (low, high) = x.0.split_at(HALF);
    let low: &[Lane; HALF] = low.first_chunk().expect("half of 20");
    let high: &[Lane; HALF] = high.first_chunk().expect("half of 20");
    square_half::<V>(low, &mut product.0[..COUNT]);
    square_half::<V>(high, &mut product.0[COUNT..]);
    let mut between = [Lane::default(); COUNT];
    multiply::<V, HALF>(low, high, &mut between);
    for (sum, between) in product.0[HALF..HALF + COUNT].iter_mut().zip(&between) {
        let between = V::load(between);
        V::load(sum).add(between.add(between)).store(sum);
    }
}

#[inline(always)]
fn square_half<V: Vector>(x: &[Lane; HALF], columns: &mut [Lane]) {
    let mut sums = [V::zero(); COUNT];
    products_of::<V, 0>(x, &mut sums);
    products_of::<V, 1>(x, &mut sums);
    products_of::<V, 2>(x, &mut sums);
    products_of::<V, 3>(x, &mut sums);
    products_of::<V, 4>(x, &mut sums);
    products_of::<V, 5>(x, &mut sums);
    products_of::<V, 6>(x, &mut sums);
    products_of::<V, 7>(x, &mut sums);
    products_of::<V, 8>(x, &mut sums);
    for index in 0..HALF {
        let digit = V::load(&x[index]);
        let (even, odd) = (sums[2 * index], sums[2 * index + 1]);
        even.add(even).add_low_product(digit, digit).store(&mut columns[2 * index]);
        odd.add(odd).add_high_product(digit, digit).store(&mut columns[2 * index + 1]);
    }
}

/// One digit's products with those above it. Its number is a constant, so that the sums are registers.
#[inline(always)]
fn products_of<V: Vector, const ROW: usize>(x: &[Lane; HALF], sums: &mut [V; COUNT]) {
    let digit = V::load(&x[ROW]);
    for other in ROW + 1..HALF {
        sums[ROW + other] = sums[ROW + other].add_low_product(digit, V::load(&x[other]));
    }
    for other in ROW + 1..HALF {
        sums[ROW + other + 1] = sums[ROW + other + 1].add_high_product(digit, V::load(&x[other]));
    }
}

/// Montgomery's reduction, a digit of q at a time: each makes the lowest column zero, and the window moves up.
#[inline(always)]
pub(super) fn reduce<V: Vector>(product: &Product, modulus: &Modulus, to: &mut Number) {
    let prime = &modulus.prime.0;
    let inverse = V::load(&modulus.negated_inverse);
    let (low, high) = product.0.split_at(COUNT);
    let mut window = [V::zero(); COUNT];
    for index in 0..COUNT {
        window[index] = V::load(&low[index]);
    }
    for next in high {
        let factor = V::zero().add_low_product(window[0], inverse);
        for index in 0..COUNT {
            window[index] = window[index].add_low_product(factor, V::load(&prime[index]));
        }
        debug_assert!(window[0].all_below(1 << 60));
        let carry = window[0].carry();
        for index in 0..COUNT - 1 {
            window[index] = window[index + 1].add_high_product(factor, V::load(&prime[index]));
        }
        window[0] = window[0].add(carry);
        window[COUNT - 1] = V::load(next).add_high_product(factor, V::load(&prime[COUNT - 1]));
    }
    let mut carry = V::zero();
    for index in 0..COUNT {
        debug_assert!(window[index].all_below(1 << 60));
        let sum = window[index].add(carry);
        sum.digit().store(&mut to.0[index]);
        carry = sum.carry();
    }
    debug_assert!(carry.all_below(1));
}
