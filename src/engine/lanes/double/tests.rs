//! The kernel at the limits of its proof.

use super::{
    digits::{COUNT, Number, Product},
    multiply::{multiply, square},
    scalar::Scalar,
    vector::{Lane, Vector},
};

/// As large as a digit may be.
const LARGEST: f64 = 281_474_976_710_688.0;

/// What columns come to, exactly: the sums of whole products in 128 bits, carried.
fn columns(x: &[Lane; COUNT], y: &[Lane; COUNT], lane: usize) -> Vec<i64> {
    let integer = |double: f64| i128::from(super::digits::to_integer(double));
    let mut carry = 0;
    let mut digits: Vec<i64> = (0..2 * COUNT - 1)
        .map(|column| {
            let sum: i128 = (column.saturating_sub(20)..=column.min(20))
                .map(|row| integer(x[row][lane]) * integer(y[column - row][lane]))
                .sum();
            let total = sum + carry;
            carry = total >> 49;
            i64::try_from(total & ((1 << 49) - 1)).unwrap()
        })
        .collect();
    digits.push(i64::try_from(carry).unwrap());
    digits
}

/// The same number, with digits between 0 and 2^49 - 1 but for the last.
fn carried(product: &Product, lane: usize) -> Vec<i64> {
    let mut carry = 0;
    let mut digits: Vec<i64> = product.0[..2 * COUNT - 1]
        .iter()
        .map(|digit| {
            let total = super::digits::to_integer(digit[lane]) + carry;
            carry = total >> 49;
            total & ((1 << 49) - 1)
        })
        .collect();
    digits.push(super::digits::to_integer(product.0[2 * COUNT - 1][lane]) + carry);
    digits
}

/// All digits as large as they may be, in four patterns of signs. The last one is small, as the proof has it.
fn extreme(patterns: [fn(usize) -> f64; 4]) -> Number {
    let mut number = Number::default();
    for (index, digit) in number.digits_mut().iter_mut().enumerate() {
        let size = if index == COUNT - 1 { f64::from(1 << 30) * 65_536.0 } else { LARGEST };
        *digit = patterns.map(|pattern| size * pattern(index));
    }
    number
}

fn products_are_exact<V: Vector>() {
    let plus = |_: usize| 1.0;
    let minus = |_: usize| -1.0;
    let alternating = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
    let x = extreme([plus, minus, alternating, minus]);
    let y = extreme([plus, plus, alternating, minus]);
    let mut product = Product::zero();
    multiply::<V>(x.digits(), &y, &mut product);
    for lane in 0..4 {
        assert_eq!(carried(&product, lane), columns(x.digits(), y.digits(), lane), "lane {lane}");
    }
    square::<V>(x.digits(), &mut product);
    for lane in 0..4 {
        assert_eq!(carried(&product, lane), columns(x.digits(), x.digits(), lane), "lane {lane} squared");
    }
}

/// In debug builds each sum is also asserted to be in its range; without taking the high sums out, they are not.
#[test]
fn products_of_the_largest_digits_are_exact() {
    products_are_exact::<Scalar>();
    #[cfg(target_arch = "x86_64")]
    if super::super::Kernel::available().contains(&super::super::Kernel::Avx2) {
        products_are_exact::<super::avx2::Avx2>();
    }
}
