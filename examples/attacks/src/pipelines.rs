//! The pipelines of the table.

use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser};

/// A pipeline by name.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    pub name: &'static str,
    pub pipeline: Pipeline,
}

/// Smoothing of the geometric median: distances below 0.01 count as this.
const NU: u32 = length(0.01);
/// Steps of the geometric median, which starts from 0.
const WEISZFELD: u8 = 32;
/// Bound of centred clipping. Honest updates differ from their mean by about this in the first rounds and by less later.
const CENTRED: u32 = length(1.0);
/// Steps of centred clipping: as it keeps no state, it comes at most this many bounds far from 0.
const STEPS: u8 = 5;
/// Bound of norm clipping: what the updates of later rounds are about long.
const BOUND: u32 = length(1.0);

/// Half of the last step goes on, and half of the aggregate is added.
const MOMENTUM: ServerOptimiser = ServerOptimiser::Momentum {
    eta: 500_000,
    beta: 500_000,
};

/// Every pipeline, with `f_ppm` tolerated.
pub fn all(f_ppm: u32) -> Vec<Named> {
    use PreAggregation::{None, One, Two};
    use PreAggregator::{Arc, Bucketing, Clip, Nnm};
    use Rule::*;
    let (arc, nnm, pairs) = (Arc { f_ppm }, Nnm { f_ppm }, Bucketing { size: 2 });
    let trimmed = TrimmedMean { trim_ppm: f_ppm };
    let geometric = GeometricMedian {
        nu: NU,
        iterations: WEISZFELD,
    };
    let centred = CentredClipping {
        tau: CENTRED,
        iterations: STEPS,
    };
    let (krum, multi_krum, bulyan) = (Krum { f_ppm }, MultiKrum { f_ppm }, Bulyan { f_ppm });
    let diameter = MinimumDiameter { f_ppm };
    [
        ("mean", None, WeightedMean),
        ("median", None, Median),
        ("trimmed mean", None, trimmed),
        ("MeaMed", None, MeaMed { f_ppm }),
        ("Krum", None, krum),
        ("Multi-Krum", None, multi_krum),
        ("Bulyan", None, bulyan),
        ("minimum diameter", None, diameter),
        ("geometric median", None, geometric),
        ("centred clipping", None, centred),
        ("Clip, mean", One(Clip { tau: BOUND }), WeightedMean),
        ("ARC, mean", One(arc), WeightedMean),
        ("ARC, trimmed mean", One(arc), trimmed),
        ("ARC, geometric median", One(arc), geometric),
        ("bucketing, median", One(pairs), Median),
        ("bucketing, geometric median", One(pairs), geometric),
        ("NNM, mean", One(nnm), WeightedMean),
        ("NNM, median", One(nnm), Median),
        ("NNM, trimmed mean", One(nnm), trimmed),
        ("NNM, Multi-Krum", One(nnm), multi_krum),
        ("NNM, minimum diameter", One(nnm), diameter),
        ("NNM, geometric median", One(nnm), geometric),
        ("NNM, centred clipping", One(nnm), centred),
        ("ARC, NNM, median", Two(arc, nnm), Median),
        ("ARC, NNM, MeaMed", Two(arc, nnm), MeaMed { f_ppm }),
        ("ARC, NNM, trimmed mean", Two(arc, nnm), trimmed),
        ("ARC, NNM, geometric median", Two(arc, nnm), geometric),
        ("ARC, NNM, centred clipping", Two(arc, nnm), centred),
    ]
    .into_iter()
    .map(|(name, pre, rule)| named(name, pre, rule, ServerOptimiser::Plain))
    .chain([named(
        "ARC, NNM, trimmed mean, FedAvgM",
        Two(arc, nnm),
        trimmed,
        MOMENTUM,
    )])
    .collect()
}

fn named(name: &'static str, pre: PreAggregation, rule: Rule, server: ServerOptimiser) -> Named {
    let pipeline = Pipeline { pre, rule, server };
    Named { name, pipeline }
}

/// A length in the units of the model as a parameter.
const fn length(x: f64) -> u32 {
    (x * 65_536.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pipeline_should_be_allowed_and_named_once() {
        for f_ppm in [200_000, 400_000] {
            let all = all(f_ppm);
            for named in &all {
                assert_eq!(named.pipeline.check(), Ok(()), "{}", named.name);
                assert_eq!(all.iter().filter(|other| other.name == named.name).count(), 1);
            }
        }
    }

    #[test]
    fn bulyan_should_need_more_than_ten_for_two() {
        let bulyan = |f_ppm| Pipeline::from(Rule::Bulyan { f_ppm });
        assert!(bulyan(200_000).check_updates(10).is_err());
        assert!(bulyan(200_000).check_updates(20).is_ok());
    }
}
