//! `math.hypot` and `math.dist`: Euclidean norms without overflow, accurate to within one unit in the last place.
//!
//! The squares of scaled coordinates are summed in double-double arithmetic, and the square root is corrected by
//! one differential step.

/// `math.hypot(*coordinates)`; overwrites its argument.
pub fn norm(coordinates: &mut [f64]) -> f64 {
    let mut largest = 0.0f64;
    let mut found_nan = false;
    for x in coordinates.iter_mut() {
        *x = x.abs();
        found_nan |= x.is_nan();
        if *x > largest {
            largest = *x;
        }
    }
    if largest.is_infinite() {
        return largest;
    }
    if found_nan {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() <= 1 {
        return largest;
    }
    norm_of_finite(coordinates, largest)
}

/// `math.dist(p, q)` for points of the same dimension.
pub fn distance(p: &[f64], q: &[f64]) -> f64 {
    let mut differences: Vec<f64> = p.iter().zip(q).map(|(x, y)| x - y).collect();
    norm(&mut differences)
}

fn norm_of_finite(coordinates: &mut [f64], largest: f64) -> f64 {
    let (_, exponent) = super::float_bits::frexp(largest);
    if exponent < -1023 {
        // The scale would overflow: lift subnormal coordinates into the normal range first.
        for x in coordinates.iter_mut() {
            *x /= f64::MIN_POSITIVE;
        }
        return f64::MIN_POSITIVE * norm_of_finite(coordinates, largest / f64::MIN_POSITIVE);
    }
    let scale = crate::int_float::round_to_double(1, -i64::from(exponent), false);
    // Starting at one keeps the sum above every term, which the fast exact addition needs.
    let mut sum = SquareSum { high: 1.0, products: 0.0, sums: 0.0 };
    for x in coordinates.iter() {
        let x = x * scale;
        sum.add(x * x, x.mul_add(x, -(x * x)));
    }
    let root = sum.value().sqrt();
    sum.add(-root * root, (-root).mul_add(root, root * root));
    let corrected = root + sum.value() / (2.0 * root);
    corrected / scale
}

/// A sum that starts at one, with the errors of its products and of its additions.
struct SquareSum {
    high: f64,
    products: f64,
    sums: f64,
}

impl SquareSum {
    /// Adds `product + error`.
    fn add(&mut self, product: f64, error: f64) {
        let high = self.high + product;
        self.sums += (self.high - high) + product;
        self.high = high;
        self.products += error;
    }

    fn value(&self) -> f64 {
        self.high - 1.0 + (self.products + self.sums)
    }
}
