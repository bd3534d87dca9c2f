//! Pipelines as text: how a command line names rules, pre-aggregators and server optimisers.
//!
//! `name`, `name:value` for the only or first parameter, or `name:parameter=value,…`. All values are the whole numbers that the
//! chain keeps: parts per million for shares, rates and decays, 2^−16 of the model's units for lengths, parts per billion for
//! an optimiser's `tau`.

use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser};

/// Help for an argument that [`rule`] reads.
pub const RULES: &str = "\
Rule: mean; median; trimmed:F; meamed:F; krum:F; multikrum:F; bulyan:F; mda:F (minimum diameter); \
geomedian:nu=1,iterations=8; clipping:tau=LENGTH,iterations=3 (centred clipping). F: the part of the updates that may be \
hostile, in parts per million; lengths in 1/65536 of the model's units";
/// Help for an argument that [`pre`] reads.
pub const PRES: &str = "\
Pre-aggregator before the rule; may be given twice, in order: clip:LENGTH (norm bound), arc:F (adaptive clipping), nnm:F \
(nearest-neighbour mixing), bucketing:SIZE. F in parts per million, lengths in 1/65536 of the model's units";
/// Help for an argument that [`server`] reads.
pub const SERVERS: &str = "\
Server optimiser: plain; momentum:eta=1000000,beta=900000; adagrad:eta=N,beta1=900000,tau=1000000; \
adam:eta=N,beta1=900000,beta2=990000,tau=1000000[,bias]; yogi likewise. eta and beta in parts per million, tau in parts per \
billion; eta must be given but for momentum, the rest is as shown unless given";

const BETA: u32 = 900_000;
const BETA2: u32 = 990_000;
const TAU: u32 = 1_000_000;
const ETA: u32 = 1_000_000;
const NU: u32 = 1;
const WEISZFELD: u8 = 8;
const CLIPPINGS: u8 = 3;

/// What was given to one name, taken out parameter by parameter.
struct Given<'a> {
    name: &'a str,
    values: Vec<(&'a str, &'a str)>,
}

impl<'a> Given<'a> {
    /// `first` is the parameter that a bare value is for.
    fn parse(text: &'a str, first: &'a str) -> Result<Self, String> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let mut values: Vec<(&str, &str)> = Vec::new();
        for (place, part) in rest.split(',').filter(|_| !rest.is_empty()).enumerate() {
            let (parameter, value) = match part.split_once('=') {
                Some(pair) => pair,
                None if part == "bias" => ("bias", "true"),
                None if place == 0 && !first.is_empty() => (first, part),
                None => return Err(format!("{part:?} in {text:?} is not of the form parameter=value")),
            };
            if values.iter().any(|(known, _)| *known == parameter) {
                return Err(format!("{parameter} is given twice in {text:?}"));
            }
            values.push((parameter, value));
        }
        Ok(Self { name, values })
    }

    fn take<T: std::str::FromStr>(&mut self, parameter: &str, otherwise: Option<T>) -> Result<T, String> {
        let name = self.name;
        match self.values.iter().position(|(known, _)| *known == parameter) {
            Some(place) => {
                let (_, value) = self.values.remove(place);
                let number = value.parse();
                number.map_err(|_| format!("{name}: {parameter} is {value:?}; a whole number was expected"))
            }
            None => otherwise.ok_or_else(|| format!("{name} needs {parameter}: {name}:{parameter}=NUMBER")),
        }
    }

    fn end<T>(self, made: T) -> Result<T, String> {
        match self.values.first() {
            Some((parameter, _)) => Err(format!("{} has no parameter {parameter:?}", self.name)),
            None => Ok(made),
        }
    }
}

fn first_of(text: &str) -> &'static str {
    match text.split(':').next().unwrap_or_default() {
        "clip" | "clipping" => "tau",
        "bucketing" => "size",
        "geomedian" => "nu",
        "momentum" | "adagrad" | "adam" | "yogi" => "eta",
        "mean" | "median" | "plain" => "",
        _ => "f",
    }
}

/// Reads a rule; see [`RULES`].
///
/// # Errors
/// What is wrong, human-readable.
pub fn rule(text: &str) -> Result<Rule, String> {
    let mut given = Given::parse(text, first_of(text))?;
    let rule = match given.name {
        "mean" => Rule::WeightedMean,
        "median" => Rule::Median,
        "geomedian" => Rule::GeometricMedian {
            nu: given.take("nu", Some(NU))?,
            iterations: given.take("iterations", Some(WEISZFELD))?,
        },
        "clipping" => Rule::CentredClipping {
            tau: given.take("tau", None)?,
            iterations: given.take("iterations", Some(CLIPPINGS))?,
        },
        "trimmed" | "meamed" | "krum" | "multikrum" | "bulyan" | "mda" => {
            let f_ppm = given.take("f", None)?;
            match given.name {
                "trimmed" => Rule::TrimmedMean { trim_ppm: f_ppm },
                "meamed" => Rule::MeaMed { f_ppm },
                "krum" => Rule::Krum { f_ppm },
                "multikrum" => Rule::MultiKrum { f_ppm },
                "bulyan" => Rule::Bulyan { f_ppm },
                _ => Rule::MinimumDiameter { f_ppm },
            }
        }
        other => return Err(format!("no rule is called {other:?}. {RULES}")),
    };
    rule.check().map_err(|error| format!("{text}: {error}"))?;
    given.end(rule)
}

/// Reads a pre-aggregator; see [`PRES`].
///
/// # Errors
/// What is wrong, human-readable.
pub fn pre(text: &str) -> Result<PreAggregator, String> {
    let mut given = Given::parse(text, first_of(text))?;
    let pre = match given.name {
        "clip" => PreAggregator::Clip {
            tau: given.take("tau", None)?,
        },
        "arc" => PreAggregator::Arc {
            f_ppm: given.take("f", None)?,
        },
        "nnm" => PreAggregator::Nnm {
            f_ppm: given.take("f", None)?,
        },
        "bucketing" => PreAggregator::Bucketing {
            size: given.take("size", None)?,
        },
        other => return Err(format!("no pre-aggregator is called {other:?}. {PRES}")),
    };
    pre.check().map_err(|error| format!("{text}: {error}"))?;
    given.end(pre)
}

/// Reads a server optimiser; see [`SERVERS`].
///
/// # Errors
/// What is wrong, human-readable.
pub fn server(text: &str) -> Result<ServerOptimiser, String> {
    let mut given = Given::parse(text, first_of(text))?;
    let server = match given.name {
        "plain" => ServerOptimiser::Plain,
        "momentum" => ServerOptimiser::Momentum {
            eta: given.take("eta", Some(ETA))?,
            beta: given.take("beta", Some(BETA))?,
        },
        "adagrad" => ServerOptimiser::Adagrad {
            eta: given.take("eta", None)?,
            beta1: given.take("beta1", Some(BETA))?,
            tau: given.take("tau", Some(TAU))?,
        },
        "adam" => ServerOptimiser::Adam {
            eta: given.take("eta", None)?,
            beta1: given.take("beta1", Some(BETA))?,
            beta2: given.take("beta2", Some(BETA2))?,
            tau: given.take("tau", Some(TAU))?,
            bias_correction: given.take("bias", Some(false))?,
        },
        "yogi" => ServerOptimiser::Yogi {
            eta: given.take("eta", None)?,
            beta1: given.take("beta1", Some(BETA))?,
            beta2: given.take("beta2", Some(BETA2))?,
            tau: given.take("tau", Some(TAU))?,
        },
        other => return Err(format!("no server optimiser is called {other:?}. {SERVERS}")),
    };
    server.check().map_err(|error| format!("{text}: {error}"))?;
    given.end(server)
}

/// A pipeline of its parts.
///
/// # Errors
/// More than two pre-aggregators.
pub fn pipeline(pres: &[PreAggregator], rule: Rule, server: ServerOptimiser) -> Result<Pipeline, String> {
    let pre = match *pres {
        [] => PreAggregation::None,
        [a] => PreAggregation::One(a),
        [a, b] => PreAggregation::Two(a, b),
        _ => return Err(format!("{} pre-aggregators; a pipeline has at most two", pres.len())),
    };
    Ok(Pipeline { pre, rule, server })
}

/// A pipeline in the words of this module, such as `nnm:200000 | multikrum:200000 | momentum:eta=1000000,beta=900000`.
pub fn show(pipeline: &Pipeline) -> String {
    let mut parts: Vec<String> = pipeline.pre.stages().map(|pre| show_pre(&pre)).collect();
    parts.push(show_rule(&pipeline.rule));
    if pipeline.server != ServerOptimiser::Plain {
        parts.push(show_server(&pipeline.server));
    }
    parts.join(" | ")
}

fn show_pre(pre: &PreAggregator) -> String {
    match *pre {
        PreAggregator::Clip { tau } => format!("clip:{tau}"),
        PreAggregator::Arc { f_ppm } => format!("arc:{f_ppm}"),
        PreAggregator::Nnm { f_ppm } => format!("nnm:{f_ppm}"),
        PreAggregator::Bucketing { size } => format!("bucketing:{size}"),
    }
}

fn show_rule(rule: &Rule) -> String {
    match *rule {
        Rule::WeightedMean => "mean".into(),
        Rule::Median => "median".into(),
        Rule::TrimmedMean { trim_ppm } => format!("trimmed:{trim_ppm}"),
        Rule::MeaMed { f_ppm } => format!("meamed:{f_ppm}"),
        Rule::Krum { f_ppm } => format!("krum:{f_ppm}"),
        Rule::MultiKrum { f_ppm } => format!("multikrum:{f_ppm}"),
        Rule::Bulyan { f_ppm } => format!("bulyan:{f_ppm}"),
        Rule::MinimumDiameter { f_ppm } => format!("mda:{f_ppm}"),
        Rule::GeometricMedian { nu, iterations } => format!("geomedian:nu={nu},iterations={iterations}"),
        Rule::CentredClipping { tau, iterations } => format!("clipping:tau={tau},iterations={iterations}"),
    }
}

fn show_server(server: &ServerOptimiser) -> String {
    match *server {
        ServerOptimiser::Plain => "plain".into(),
        ServerOptimiser::Momentum { eta, beta } => format!("momentum:eta={eta},beta={beta}"),
        ServerOptimiser::Adagrad { eta, beta1, tau } => format!("adagrad:eta={eta},beta1={beta1},tau={tau}"),
        ServerOptimiser::Adam {
            eta,
            beta1,
            beta2,
            tau,
            bias_correction,
        } => {
            let bias = if bias_correction { ",bias" } else { "" };
            format!("adam:eta={eta},beta1={beta1},beta2={beta2},tau={tau}{bias}")
        }
        ServerOptimiser::Yogi { eta, beta1, beta2, tau } => {
            format!("yogi:eta={eta},beta1={beta1},beta2={beta2},tau={tau}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_should_be_read_as_the_same() {
        for text in [
            "mean",
            "median",
            "trimmed:200000",
            "meamed:200000",
            "krum:0",
            "multikrum:499999",
            "bulyan:100000",
            "mda:200000",
            "geomedian:nu=7,iterations=64",
            "clipping:tau=65536,iterations=1",
        ] {
            assert_eq!(show_rule(&rule(text).unwrap()), text);
        }
        for text in ["clip:65536", "arc:200000", "nnm:200000", "bucketing:2"] {
            assert_eq!(show_pre(&pre(text).unwrap()), text);
        }
        for text in [
            "plain",
            "momentum:eta=1000000,beta=900000",
            "adagrad:eta=10000,beta1=0,tau=1",
            "adam:eta=10000,beta1=900000,beta2=990000,tau=1000000",
            "adam:eta=10000,beta1=900000,beta2=990000,tau=1000000,bias",
            "yogi:eta=10000,beta1=900000,beta2=990000,tau=1000000",
        ] {
            assert_eq!(show_server(&server(text).unwrap()), text);
        }
        let made = pipeline(
            &[pre("nnm:200000").unwrap()],
            rule("krum:200000").unwrap(),
            ServerOptimiser::Plain,
        )
        .unwrap();
        assert_eq!(show(&made), "nnm:200000 | krum:200000");
    }

    #[test]
    fn parameters_that_are_left_out_should_have_their_defaults() {
        assert_eq!(
            server("adam:50000").unwrap(),
            ServerOptimiser::Adam {
                eta: 50_000,
                beta1: BETA,
                beta2: BETA2,
                tau: TAU,
                bias_correction: false
            }
        );
        assert_eq!(
            server("momentum").unwrap(),
            ServerOptimiser::Momentum { eta: ETA, beta: BETA }
        );
        assert_eq!(
            rule("geomedian").unwrap(),
            Rule::GeometricMedian {
                nu: NU,
                iterations: WEISZFELD
            }
        );
    }

    #[test]
    fn what_is_wrong_should_be_said() {
        for (wrong, said) in [
            (rule("trimmed").map(|_| ()), "needs f"),
            (rule("trimmed:500000").map(|_| ()), "must be in 0..=499999"),
            (rule("trimmed:20%").map(|_| ()), "whole number"),
            (rule("average").map(|_| ()), "no rule is called \"average\""),
            (rule("mean:3").map(|_| ()), "not of the form parameter=value"),
            (rule("krum:1,f=2").map(|_| ()), "given twice"),
            (rule("krum:f=1,g=2").map(|_| ()), "no parameter \"g\""),
            (rule("clipping:tau=1,iterations=65").map(|_| ()), "must be in 1..=64"),
            (pre("bucketing:0").map(|_| ()), "size is 0; it must be in 1..="),
            (pre("mean").map(|_| ()), "no pre-aggregator"),
            (server("adam").map(|_| ()), "needs eta"),
            (server("momentum:beta=1000000").map(|_| ()), "must be in 0..=999999"),
            (
                pipeline(
                    &[PreAggregator::Bucketing { size: 2 }; 3],
                    Rule::Median,
                    ServerOptimiser::Plain,
                )
                .map(|_| ()),
                "at most two",
            ),
        ] {
            let error = wrong.unwrap_err();
            assert!(error.contains(said), "{error:?} does not say {said:?}");
        }
    }
}
