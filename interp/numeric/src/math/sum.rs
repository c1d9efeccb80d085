//! Accurate sums: `math.fsum`, the float paths of `math.sumprod` and of the builtin `sum`.

use crate::error::NumError;

/// Two doubles whose exact sum is that of the arguments; the first is the rounded sum (Knuth's two-sum).
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let from_a = sum - b;
    let from_b = sum - from_a;
    (sum, (a - from_a) + (b - from_b))
}

/// `math.fsum`: the correctly rounded sum, by Shewchuk's exact partial sums.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    /// Non-overlapping, in order of growing magnitude; their exact sum is the sum so far.
    partials: Vec<f64>,
    /// The sum of the infinities and NaNs.
    special: f64,
    infinities: f64,
}

impl ExactSum {
    /// Adds a number; fails when finite numbers overflow.
    pub fn push(&mut self, x: f64) -> Result<(), NumError> {
        let mut sum = x;
        let mut kept = 0;
        for index in 0..self.partials.len() {
            let partial = self.partials[index];
            let (high, low) = two_sum(sum, partial);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            sum = high;
        }
        self.partials.truncate(kept);
        if sum == 0.0 {
            return Ok(());
        }
        if sum.is_finite() {
            self.partials.push(sum);
            return Ok(());
        }
        if x.is_finite() {
            return Err(NumError::overflow("intermediate overflow in fsum"));
        }
        if x.is_infinite() {
            self.infinities += x;
        }
        self.special += x;
        self.partials.clear();
        Ok(())
    }

    /// The rounded sum.
    pub fn finish(mut self) -> Result<f64, NumError> {
        if self.special != 0.0 {
            if self.infinities.is_nan() {
                return Err(NumError::value("-inf + inf in fsum"));
            }
            return Ok(self.special);
        }
        let Some(mut high) = self.partials.pop() else { return Ok(0.0) };
        let mut low = 0.0;
        while let Some(partial) = self.partials.pop() {
            (high, low) = fast_two_sum(high, partial);
            if low != 0.0 {
                break;
            }
        }
        // A tie that rounded the wrong way shows in the sign of the next partial.
        if let Some(next) = self.partials.last()
            && ((low < 0.0 && *next < 0.0) || (low > 0.0 && *next > 0.0))
        {
            let doubled = low * 2.0;
            let corrected = high + doubled;
            if doubled == corrected - high {
                high = corrected;
            }
        }
        Ok(high)
    }
}

/// [`two_sum`] for `|a| >= |b|`.
#[inline]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// The sum of products of `math.sumprod`, in triple-double arithmetic (Ogita, Rump and Oishi's Dot3).
///
/// From the first infinity or NaN on it is an ordinary sum, whose infinities the exact terms would cancel.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductSum {
    high: f64,
    low: f64,
    tiny: f64,
    ordinary: Option<f64>,
}

impl ProductSum {
    /// Adds `x * y`.
    #[inline]
    pub fn push(&mut self, x: f64, y: f64) {
        let product = x * y;
        if let Some(sum) = self.ordinary {
            self.ordinary = Some(sum + product);
            return;
        }
        let product_error = x.mul_add(y, -product);
        let (high, high_error) = two_sum(self.high, product);
        if !high.is_finite() {
            self.ordinary = Some(self.value() + product);
            return;
        }
        let (low, low_error) = two_sum(self.low, product_error);
        let (low, carry_error) = two_sum(low, high_error);
        *self = ProductSum { high, low, tiny: self.tiny + low_error + carry_error, ordinary: None };
    }

    /// The rounded sum.
    pub fn value(self) -> f64 {
        let (high, low) = two_sum(self.low, self.high);
        self.ordinary.unwrap_or(self.tiny + low + high)
    }
}

/// The compensated sum of the builtin `sum` over floats (Neumaier).
#[derive(Clone, Copy, Debug)]
pub struct CompensatedSum {
    high: f64,
    low: f64,
}

impl CompensatedSum {
    /// Starts at `start`.
    pub fn new(start: f64) -> Self {
        Self { high: start, low: 0.0 }
    }

    /// Goes on with a sum of which [`Self::high`] and [`Self::low`] are known.
    pub fn of_parts(high: f64, low: f64) -> Self {
        Self { high, low }
    }

    /// The sum as plain addition has it.
    pub fn high(self) -> f64 {
        self.high
    }

    /// What plain addition has lost.
    pub fn low(self) -> f64 {
        self.low
    }

    /// Adds a number.
    #[inline]
    pub fn push(&mut self, x: f64) {
        let sum = self.high + x;
        self.low += if self.high.abs() >= x.abs() { (self.high - sum) + x } else { (x - sum) + self.high };
        self.high = sum;
    }

    /// The sum. Without a finite compensation (after an infinity or NaN) it is the plain one.
    pub fn value(self) -> f64 {
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}
