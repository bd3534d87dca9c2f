//! The line search of the optimised attacks, as ByzFL does it: first steps that double while the effect grows, then steps that
//! shrink.

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// How often the effect may be asked for.
    pub evaluations: u32,
    /// The first step, from 0.
    pub step: f64,
    /// What a step is multiplied with when it does not help.
    pub ratio: f64,
}

/// ByzFL's own.
pub const SEARCH: Search = Search {
    evaluations: 20,
    step: 10.0,
    ratio: 0.8,
};

impl Search {
    /// A factor, 0 or more, at which `effect` is large: the largest value seen.
    pub fn factor(&self, mut effect: impl FnMut(f64) -> f64) -> f64 {
        let mut best = 0.0;
        let mut largest = effect(best);
        let mut step = self.step;
        let mut growing = true;
        for _ in 1..self.evaluations {
            let at = best + step;
            let found = effect(at);
            let better = found > largest;
            if better {
                (best, largest) = (at, found);
            }
            growing &= better;
            step *= if growing { 2.0 } else { self.ratio };
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_should_double_and_then_shrink() {
        let mut asked = Vec::new();
        // Rises to 25 and falls again.
        let best = Search {
            evaluations: 7,
            ..SEARCH
        }
        .factor(|x| {
            asked.push(x);
            -(x - 25.0).abs()
        });
        // +10 and +20 help, +40 does not; from then on every step from 30 is 0.8 of the last one.
        let expected = [0.0, 10.0, 30.0, 70.0, 62.0, 55.6, 50.48];
        assert_eq!(asked.len(), expected.len());
        assert!(
            asked.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9),
            "{asked:?}"
        );
        assert_eq!(best, 30.0);
    }

    /// From the first step that helps it only goes on: it may stop beyond a narrow peak, as ByzFL's does.
    #[test]
    fn small_peak_should_be_found_by_shrinking() {
        let best = SEARCH.factor(|x| -(x - 1.5).abs());
        assert!((best - 10.0 * 0.8f64.powi(6)).abs() < 1e-9, "{best}");
        assert_eq!(SEARCH.factor(|_| 0.0), 0.0);
    }
}
