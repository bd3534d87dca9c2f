//! Arithmetic on updates: one vector of f32 each, sums in f64.

/// The mean of `rows`, which have one length.
pub fn mean(rows: &[Vec<f32>]) -> Vec<f64> {
    let mut sums = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    let n = rows.len().max(1) as f64;
    sums.iter_mut().for_each(|sum| *sum /= n);
    sums
}

/// The standard deviation of each coordinate, over n − 1; 0 of a single row.
pub fn deviation(rows: &[Vec<f32>]) -> Vec<f64> {
    let mean = mean(rows);
    let mut squares = vec![0.0; mean.len()];
    for row in rows {
        for ((square, x), m) in squares.iter_mut().zip(row).zip(&mean) {
            *square += (f64::from(*x) - m).powi(2);
        }
    }
    let n = rows.len().saturating_sub(1).max(1) as f64;
    squares.into_iter().map(|square| (square / n).sqrt()).collect()
}

/// `a + factor · b`.
pub fn add_scaled(a: &[f64], factor: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + factor * b).collect()
}

/// Euclidean distance.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Inner product.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Each coordinate as f32.
pub fn round(values: &[f64]) -> Vec<f32> {
    values.iter().map(|x| *x as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_should_be_those_done_by_hand() {
        let rows = [vec![1.0, 2.0], vec![4.0, 2.0], vec![7.0, 5.0]];
        assert_eq!(mean(&rows), [4.0, 3.0]);
        assert_eq!(deviation(&rows), [3.0, 3.0_f64.sqrt()]);
        assert_eq!(deviation(&rows[..1]), [0.0, 0.0]);
        assert_eq!(dot(&[1.0, 2.0], &[3.0, -4.0]), -5.0);
        assert_eq!(distance(&[0.0, 3.0], &[4.0, 0.0]), 5.0);
    }
}
