//! Products in columns. The proof that all of this is exact is in the module above.

use super::{
    digits::{COUNT, Number, Product, Stored},
    vector::{Lane, Vector},
};

/// 1.5·2^101. What is between 2^101 and 2^102 has a unit of 2^49, so that adding this rounds to a multiple of 2^49.
pub(super) const SHIFTER: f64 = 1.5 * POWER_101;
const POWER_101: f64 = f64::from_bits((1023 + 101) << 52);

/// 2^-49: from the weight of one column to that of the next.
pub(super) const DOWN: f64 = f64::from_bits((1023 - 49) << 52);

/// Four neighbouring columns that are being summed.
pub(super) struct Tile<V> {
    /// The sums of the products' high parts, multiples of 2^49, shifted by [`SHIFTER`].
    high: [V; 4],
    /// The sums of their low parts.
    low: [V; 4],
    /// What was taken out of the last column's high sum so far.
    above: V,
}

/// What one column leaves for the next: two multiples of 2^49, with the next column's weight still to be divided out.
pub(super) struct Carry<V> {
    /// The column's high sum, which belongs to the next column's sum.
    pub(super) high: V,
    /// What rounding took off the column's sum, which belongs to the next column's digit.
    pub(super) rounded: V,
}

impl<V: Vector> Carry<V> {
    #[inline(always)]
    pub(super) fn none() -> Self {
        Self { high: V::zero(), rounded: V::zero() }
    }
}

impl<V: Vector> Tile<V> {
    #[inline(always)]
    pub(super) fn new(low: [V; 4]) -> Self {
        Self { high: [V::splat(SHIFTER); 4], low, above: V::zero() }
    }

    /// Adds `a·b` to a column.
    #[inline(always)]
    pub(super) fn product(&mut self, column: usize, a: V, b: V) {
        let before = self.high[column];
        let after = a.mul_add(b, before);
        self.low[column] = self.low[column].add(a.mul_add(b, before.sub(after)));
        self.high[column] = after;
        check_high(after);
        check_low(self.low[column]);
    }

    /// Adds one digit's products with four neighbouring digits.
    #[inline(always)]
    fn row(&mut self, a: V, b: [V; 4]) {
        self.product(0, a, b[0]);
        self.product(1, a, b[1]);
        self.product(2, a, b[2]);
        self.product(3, a, b[3]);
    }

    /// Four rows for each four digits of `a`: a[0]·b[top-3..=top], a[1]·b[top-4..=top-1] and so on. The high sums are taken
    /// out after `reset_after` times four rows.
    #[inline(always)]
    fn rows(&mut self, a: &[Lane], b: &Stored, top: usize, reset_after: usize) {
        // Digit i of `b` is stored at i + 1.
        let mut window = load4(&b[top - 2..]);
        let mut next = top - 2;
        for (group, a) in a.as_chunks::<4>().0.iter().enumerate() {
            if group == reset_after {
                self.take_out_high();
            }
            let [w0, w1, w2, w3] = window;
            next -= 4;
            let [v0, v1, v2, v3] = load4(&b[next..]);
            self.row(V::load(&a[0]), [w0, w1, w2, w3]);
            self.row(V::load(&a[1]), [v3, w0, w1, w2]);
            self.row(V::load(&a[2]), [v2, v3, w0, w1]);
            self.row(V::load(&a[3]), [v1, v2, v3, w0]);
            window = [v0, v1, v2, v3];
        }
    }

    /// The same in pairs of rows, for squares.
    #[inline(always)]
    fn row_pairs(&mut self, a: &[Lane], b: &[Lane; COUNT], top: usize, reset_after: usize) {
        let mut first = top - 3;
        for (group, a) in a.as_chunks::<2>().0.iter().enumerate() {
            if group == reset_after {
                self.take_out_high();
            }
            let b: &[Lane; 5] = b[first - 1..].first_chunk().expect("columns are within the number");
            let [b1, b2, b3, b4] = load4(&b[1..]);
            self.row(V::load(&a[0]), [b1, b2, b3, b4]);
            self.row(V::load(&a[1]), [V::load(&b[0]), b1, b2, b3]);
            first -= 2;
        }
    }

    /// Moves the high sums to where they belong in the end, the low sums of the next columns, before they leave their
    /// range.
    #[inline(always)]
    fn take_out_high(&mut self) {
        let (shifter, down) = (V::splat(SHIFTER), V::splat(DOWN));
        let [h0, h1, h2, h3] = self.high;
        self.low[1] = h0.sub(shifter).mul_add(down, self.low[1]);
        self.low[2] = h1.sub(shifter).mul_add(down, self.low[2]);
        self.low[3] = h2.sub(shifter).mul_add(down, self.low[3]);
        self.above = self.above.add(h3.sub(shifter));
        self.high = [shifter; 4];
    }

    /// The columns' digits, all four carried at once.
    #[inline(always)]
    fn finish(self, carry: &mut Carry<V>) -> [V; 4] {
        let (shifter, down) = (V::splat(SHIFTER), V::splat(DOWN));
        let [h0, h1, h2, h3] = self.high;
        let [l0, l1, l2, l3] = self.low;
        let t0 = carry.high.mul_add(down, l0);
        let t1 = h0.sub(shifter).mul_add(down, l1);
        let t2 = h1.sub(shifter).mul_add(down, l2);
        let t3 = h2.sub(shifter).mul_add(down, l3);
        carry.high = h3.sub(shifter).add(self.above);
        let (e0, e1, e2, e3) = (round(t0), round(t1), round(t2), round(t3));
        let digits = [
            carry.rounded.mul_add(down, t0.sub(e0)),
            e0.mul_add(down, t1.sub(e1)),
            e1.mul_add(down, t2.sub(e2)),
            e2.mul_add(down, t3.sub(e3)),
        ];
        carry.rounded = e3;
        for (sum, digit) in [t0, t1, t2, t3].iter().zip(&digits) {
            check_low(*sum);
            check_digit(*digit);
        }
        digits
    }
}

/// The nearest multiple of 2^49.
#[inline(always)]
pub(super) fn round<V: Vector>(sum: V) -> V {
    sum.add(V::splat(SHIFTER)).sub(V::splat(SHIFTER))
}

#[inline(always)]
fn store4<V: Vector>(digits: [V; 4], to: &mut [Lane]) {
    let to: &mut [Lane; 4] = to.first_chunk_mut().expect("columns are within the number");
    digits[0].store(&mut to[0]);
    digits[1].store(&mut to[1]);
    digits[2].store(&mut to[2]);
    digits[3].store(&mut to[3]);
}

#[inline(always)]
fn load4<V: Vector>(from: &[Lane]) -> [V; 4] {
    let from: &[Lane; 4] = from.first_chunk().expect("columns are within the number");
    [V::load(&from[0]), V::load(&from[1]), V::load(&from[2]), V::load(&from[3])]
}

/// Columns 0 to 19 of `x·y`.
#[inline(always)]
pub(super) fn low_columns<V: Vector>(x: &[Lane; COUNT], y: &Number, to: &mut [Lane], carry: &mut Carry<V>) {
    for first in (0..20).step_by(4) {
        let mut tile = Tile::<V>::new([V::zero(); 4]);
        tile.rows(&x[..first], y.stored(), first + 3, if first >= 12 { 2 } else { usize::MAX });
        let [y0, y1, y2, y3] = load4(y.digits());
        let [x0, x1, x2, x3] = load4(&x[first..]);
        tile.row(x0, [y0, y1, y2, y3]);
        tile.product(1, x1, y0);
        tile.product(2, x1, y1);
        tile.product(3, x1, y2);
        tile.product(2, x2, y0);
        tile.product(3, x2, y1);
        tile.product(3, x3, y0);
        store4(tile.finish(carry), &mut to[first..]);
    }
}

/// Columns 20 to 41 of `x·y`, plus what `addend` has for each.
#[inline(always)]
pub(super) fn high_columns<V: Vector>(
    x: &[Lane; COUNT],
    y: &Number,
    addend: impl Fn(usize) -> V,
    to: &mut [Lane; COUNT + 1],
    carry: &mut Carry<V>,
) {
    let digits = y.digits();
    for block in 0..5 {
        let first = 4 * block;
        let mut tile = Tile::<V>::new([addend(first), addend(first + 1), addend(first + 2), addend(first + 3)]);
        let [y17, y18, y19] = tile.upper_edge(&x[first..], digits);
        tile.row(V::load(&x[first + 4]), [V::load(&digits[16]), y17, y18, y19]);
        tile.rows(&x[first + 5..], y.stored(), 18, if block < 2 { 2 } else { usize::MAX });
        store4(tile.finish(carry), &mut to[first..]);
    }
    let mut last = Tile::<V>::new([addend(20), addend(21), V::zero(), V::zero()]);
    last.product(0, V::load(&x[20]), V::load(&digits[20]));
    last.finish_top(to, carry);
}

impl<V: Vector> Tile<V> {
    /// The first four rows of a column from 20 on, of which the first three begin with the last digit of `y`; and the digits
    /// of that which the next row needs.
    #[inline(always)]
    fn upper_edge(&mut self, x: &[Lane], y: &[Lane; COUNT]) -> [V; 3] {
        let [y17, y18, y19, y20] = load4(&y[17..]);
        let [x0, x1, x2, x3] = load4(x);
        self.product(0, x0, y20);
        self.product(0, x1, y19);
        self.product(1, x1, y20);
        self.product(0, x2, y18);
        self.product(1, x2, y19);
        self.product(2, x2, y20);
        self.row(x3, [y17, y18, y19, y20]);
        [y17, y18, y19]
    }

    /// All columns' low sums, where they are sums of one and the same column.
    #[inline(always)]
    pub(super) fn low_total(self) -> V {
        let [l0, l1, l2, l3] = self.low;
        l0.add(l1).add(l2.add(l3))
    }

    /// Columns 40 and 41, the last of which holds what is left.
    #[inline(always)]
    fn finish_top(self, to: &mut [Lane; COUNT + 1], carry: &Carry<V>) {
        let down = V::splat(DOWN);
        let sum = carry.high.mul_add(down, self.low[0]);
        let rounded = round(sum);
        let digit = carry.rounded.mul_add(down, sum.sub(rounded));
        let high = self.high[0].sub(V::splat(SHIFTER));
        let last = rounded.mul_add(down, high.mul_add(down, self.low[1]));
        check_low(sum);
        check_digit(digit);
        check_last_digit(last);
        digit.store(&mut to[20]);
        last.store(&mut to[21]);
    }
}

#[inline(always)]
pub(super) fn multiply<V: Vector>(x: &[Lane; COUNT], y: &Number, product: &mut Product) {
    let mut carry = Carry::<V>::none();
    low_columns(x, y, &mut product.0[..20], &mut carry);
    high_columns(x, y, |_| V::zero(), upper(product), &mut carry);
}

/// Half of the products of a multiplication, each with one factor doubled, and those of the diagonal.
#[inline(always)]
pub(super) fn square<V: Vector>(x: &[Lane; COUNT], product: &mut Product) {
    let mut doubled = [Lane::default(); COUNT];
    for (doubled, x) in doubled.iter_mut().zip(x) {
        let x = V::load(x);
        x.add(x).store(doubled);
    }
    let mut carry = Carry::<V>::none();
    for first in (0..20).step_by(4) {
        let mut tile = Tile::<V>::new([V::zero(); 4]);
        tile.row_pairs(&doubled[..first / 2], x, first + 3, if first >= 12 { 2 } else { usize::MAX });
        diagonal(&mut tile, x, &doubled, first / 2);
        store4(tile.finish(&mut carry), &mut product.0[first..]);
    }
    for block in 0..4 {
        let first = 4 * block;
        let mut tile = Tile::<V>::new([V::zero(); 4]);
        tile.upper_edge(&doubled[first..], x);
        tile.row_pairs(&doubled[first + 4..10 + first / 2], x, 19, if block < 2 { 1 } else { usize::MAX });
        diagonal(&mut tile, x, &doubled, 10 + first / 2);
        store4(tile.finish(&mut carry), &mut product.0[20 + first..]);
    }
    square_top(x, &doubled, upper(product), &mut carry);
}

/// The products of digits `middle` to `middle + 3` among themselves, in columns from `2·middle` on.
#[inline(always)]
fn diagonal<V: Vector>(tile: &mut Tile<V>, x: &[Lane; COUNT], doubled: &[Lane; COUNT], middle: usize) {
    let [x0, x1, x2, x3] = load4(&x[middle..]);
    let d0 = V::load(&doubled[middle]);
    tile.product(0, x0, x0);
    tile.product(1, d0, x1);
    tile.product(2, d0, x2);
    tile.product(3, d0, x3);
    tile.product(2, x1, x1);
    tile.product(3, V::load(&doubled[middle + 1]), x2);
}

/// Columns 36 to 41.
#[inline(always)]
fn square_top<V: Vector>(x: &[Lane; COUNT], doubled: &[Lane; COUNT], to: &mut [Lane; COUNT + 1], carry: &mut Carry<V>) {
    let [_, x18, x19, x20] = load4(&x[17..]);
    let [d16, d17, d18, d19] = load4(&doubled[16..]);
    let mut tile = Tile::<V>::new([V::zero(); 4]);
    tile.product(0, d16, x20);
    tile.product(1, d17, x20);
    tile.product(2, d18, x20);
    tile.product(3, d19, x20);
    tile.product(0, d17, x19);
    tile.product(1, d18, x19);
    tile.product(2, x19, x19);
    tile.product(0, x18, x18);
    store4(tile.finish(carry), &mut to[16..]);
    let mut last = Tile::<V>::new([V::zero(); 4]);
    last.product(0, x20, x20);
    last.finish_top(to, carry);
}

#[inline(always)]
fn upper(product: &mut Product) -> &mut [Lane; COUNT + 1] {
    product.0.last_chunk_mut().expect("42 are more than 22")
}

/// Debug builds show that each high sum is where its unit is 2^49.
#[inline(always)]
pub(super) fn check_high<V: Vector>(sum: V) {
    debug_assert!(sum.all_between(POWER_101, 2.0 * POWER_101));
}

/// And that each sum of integers is one that a double holds exactly.
#[inline(always)]
pub(super) fn check_low<V: Vector>(sum: V) {
    const POWER_53: f64 = f64::from_bits((1023 + 53) << 52);
    debug_assert!(sum.all_between(-POWER_53, POWER_53));
}

/// And that the last digit, which is not rounded, is below 2^47.
#[inline(always)]
fn check_last_digit<V: Vector>(digit: V) {
    const POWER_47: f64 = f64::from_bits((1023 + 47) << 52);
    debug_assert!(digit.all_between(-POWER_47, POWER_47));
}

/// And that each other digit is at most 2^48 + 32.
#[inline(always)]
pub(super) fn check_digit<V: Vector>(digit: V) {
    const LIMIT: f64 = f64::from_bits((1023 + 48) << 52) + 33.0;
    debug_assert!(digit.all_between(1.0 - LIMIT, LIMIT));
}
