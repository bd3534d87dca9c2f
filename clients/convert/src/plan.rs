//! Which role and scale each tensor of a version gets.

use crate::{
    decisions::{Decision, Decisions},
    element::{is_float, is_tiny},
    scales::{bring_closer, propose, ScaleOrigin},
    source::Entry,
    tied, values, ConvertError, Pattern, Source,
};
use quorate_exact::{
    file::header::MAX_NAME_LEN,
    grid::{is_scale, Scale},
    Dtype, HeaderError, Role, TensorFault, TensorSpec,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the rules are overridden with. The last pattern that matches a name counts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub roles: Vec<(Pattern, Role)>,
    pub scales: Vec<(Pattern, Scale)>,
    /// Name of a tensor and another name of the same weights.
    pub ties: Vec<(String, String)>,
}

/// The scale of all tensors of a frozen base, where it means nothing.
const FROZEN_SCALE: Scale = 0;

/// The tensors of a version to be.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub specs: Vec<TensorSpec>,
    /// Of each scale.
    pub origins: Vec<ScaleOrigin>,
    /// Tensors without elements, which no canonical file has.
    pub empty: Vec<String>,
    /// What looks like quantised weights, and becomes `const`.
    pub quantised: Vec<String>,
}

impl Plan {
    /// Why each tensor has its scale, by its name.
    pub fn origins(&self) -> impl Iterator<Item = (&str, ScaleOrigin)> {
        let names = self.specs.iter().map(|spec| spec.name.as_str());
        names.zip(self.origins.iter().copied())
    }
}

impl Options {
    fn role(&self, name: &str) -> Option<Role> {
        let given = self.roles.iter().rev().find(|(pattern, _)| pattern.matches(name));
        given.map(|(_, role)| *role)
    }

    fn scale(&self, name: &str) -> Option<Scale> {
        let given = self.scales.iter().rev().find(|(pattern, _)| pattern.matches(name));
        given.map(|(_, scale)| *scale)
    }

    /// A pattern that matches nothing is a slip, and what it was meant for would silently get the default.
    fn all_match(&self, names: &[&String]) -> Result<(), ConvertError> {
        let roles = self.roles.iter().map(|(pattern, _)| pattern);
        let scales = self.scales.iter().map(|(pattern, _)| pattern);
        for pattern in roles.chain(scales) {
            if !names.iter().any(|name| pattern.matches(name)) {
                return Err(ConvertError::NoMatch {
                    pattern: pattern.text().into(),
                });
            }
        }
        Ok(())
    }
}

fn default_role(name: &str, dtype: Dtype) -> Role {
    let last = name.rsplit('.').next().unwrap_or(name);
    if !is_float(dtype) || last == "num_batches_tracked" {
        Role::Const
    } else if last.starts_with("running_") {
        Role::Stat
    } else {
        Role::Train
    }
}

/// The tensors of a model made from `source`.
///
/// # Errors
/// `Name`, `Foreign`, `Tiny`, `Dtype`, `NoMatch`, `Unknown`, `NotTied`, `Header`, `NonFinite`, `BeyondF32`, `Io`.
pub(crate) fn plan(source: &Source, options: &Options) -> Result<Plan, ConvertError> {
    let (empty, full): (Vec<_>, Vec<_>) = source.tensors.iter().partition(|(_, entry)| entry.elements() == 0);
    let names: Vec<&String> = full.iter().map(|(name, _)| *name).collect();
    options.all_match(&names)?;
    let aliases: BTreeSet<&String> = options.ties.iter().map(|(_, alias)| alias).collect();
    let mut plan = Plan {
        empty: empty.into_iter().map(|(name, _)| name.clone()).collect(),
        ..Plan::default()
    };
    for (name, entry) in full {
        if aliases.contains(name) {
            continue;
        }
        let given = (options.role(name), options.scale(name));
        let (spec, origin) = spec(source, name, entry, given)?;
        let meant_to_train = given.0.is_none() && default_role(name, Dtype::F32) != Role::Const;
        if spec.role == Role::Const && meant_to_train && looks_quantised(&spec) {
            plan.quantised.push(name.clone());
        }
        plan.specs.push(spec);
        plan.origins.push(origin);
    }
    tie(source, &options.ties, &mut plan.specs)?;
    bring_closer(&mut plan.specs, &mut plan.origins);
    Ok(plan)
}

/// The tensors of a frozen base: nothing is decided by their values, so that everybody's conversion of the same tensors is the same.
///
/// # Errors
/// `Name`, `Foreign`, `Tiny`, `Dtype`.
pub(crate) fn plan_frozen(source: &Source) -> Result<Plan, ConvertError> {
    let mut plan = Plan::default();
    for (name, entry) in &source.tensors {
        if entry.elements() == 0 {
            plan.empty.push(name.clone());
            continue;
        }
        let (spec, origin) = spec(source, name, entry, (None, Some(FROZEN_SCALE)))?;
        plan.specs.push(spec);
        plan.origins.push(origin);
    }
    Ok(plan)
}

/// Matrices of one byte for each element that are no masks, and what is called a weight without holding floats.
fn looks_quantised(spec: &TensorSpec) -> bool {
    let is_matrix = spec.dtype.size() == 1 && spec.shape.len() > 1;
    spec.dtype != Dtype::Bool && !is_float(spec.dtype) && (is_matrix || spec.name.ends_with("weight"))
}

/// What is known of one tensor, whose role and scale may be given.
fn spec(
    source: &Source,
    name: &str,
    entry: &Entry,
    (role, scale): (Option<Role>, Option<Scale>),
) -> Result<(TensorSpec, ScaleOrigin), ConvertError> {
    if name.is_empty() || name.len() > MAX_NAME_LEN {
        return Err(ConvertError::Name(name.into()));
    }
    let Some(dtype) = entry.element.dtype() else {
        return Err(ConvertError::Foreign {
            name: name.into(),
            element: entry.element.name(),
        });
    };
    if is_tiny(dtype) && role.is_none() {
        return Err(ConvertError::Tiny {
            name: name.into(),
            dtype,
        });
    }
    let role = role.unwrap_or_else(|| default_role(name, dtype));
    if role != Role::Const && !is_float(dtype) {
        return Err(ConvertError::Dtype {
            name: name.into(),
            dtype,
        });
    }
    let (scale, origin) = match scale {
        Some(scale) if !is_scale(scale) => {
            return Err(ConvertError::Header(HeaderError::Tensor {
                name: name.into(),
                fault: TensorFault::Scale(scale.into()),
            }))
        }
        Some(scale) => (scale, ScaleOrigin::Given),
        None if role == Role::Const => (0, ScaleOrigin::Magnitude),
        None => (
            propose(role, values::largest(source, name, entry)?),
            ScaleOrigin::Magnitude,
        ),
    };
    let spec = TensorSpec {
        name: name.into(),
        dtype: if role == Role::Const { dtype } else { Dtype::F32 },
        shape: entry.shape.clone(),
        role,
        scale,
        original_dtype: dtype,
        aliases: Vec::new(),
    };
    Ok((spec, origin))
}

/// The tensors of a model made from `source` as it was decided: no more and no fewer, and without a look at their values.
///
/// # Errors
/// `Undecided`, `OtherDtype`, `Name`, `Foreign`, `Dtype`, `NotTied`, `Header`, `Io`.
pub(crate) fn follow(source: &Source, decisions: &Decisions) -> Result<Plan, ConvertError> {
    let (empty, full): (Vec<_>, Vec<_>) = source.tensors.iter().partition(|(_, entry)| entry.elements() == 0);
    let decided: BTreeSet<&String> = decisions
        .tensors
        .iter()
        .flat_map(|(name, decision)| std::iter::once(name).chain(&decision.aliases))
        .collect();
    let full: BTreeMap<&String, &Entry> = full.into_iter().collect();
    let undecided: Vec<String> = full
        .keys()
        .filter(|name| !decided.contains(*name))
        .map(|name| name.to_string())
        .collect();
    let missing: Vec<String> = decisions
        .tensors
        .keys()
        .filter(|name| !full.contains_key(name))
        .cloned()
        .collect();
    if !undecided.is_empty() || !missing.is_empty() {
        return Err(ConvertError::Undecided {
            path: source.path().display().to_string(),
            undecided,
            missing,
        });
    }
    let mut plan = Plan {
        empty: empty.into_iter().map(|(name, _)| name.clone()).collect(),
        ..Plan::default()
    };
    let mut ties = Vec::new();
    for (name, entry) in full {
        let Some(decision) = decisions.tensors.get(name) else {
            // Another name of one that is.
            continue;
        };
        let (spec, origin) = decided_spec(source, name, entry, decision)?;
        plan.specs.push(spec);
        plan.origins.push(origin);
        ties.extend(decision.aliases.iter().map(|alias| (name.clone(), alias.clone())));
    }
    tie(source, &ties, &mut plan.specs)?;
    Ok(plan)
}

fn decided_spec(
    source: &Source,
    name: &str,
    entry: &Entry,
    decision: &Decision,
) -> Result<(TensorSpec, ScaleOrigin), ConvertError> {
    let found = spec(source, name, entry, (Some(decision.role), Some(decision.scale)))?;
    match found.0.original_dtype == decision.dtype {
        true => Ok(found),
        false => Err(ConvertError::OtherDtype {
            name: name.into(),
            expected: decision.dtype,
            got: found.0.original_dtype,
        }),
    }
}

/// Notes the aliases. One that the file holds too must be equal.
fn tie(source: &Source, ties: &[(String, String)], specs: &mut [TensorSpec]) -> Result<(), ConvertError> {
    if ties.is_empty() {
        return Ok(());
    }
    let mut by_name: BTreeMap<String, &mut TensorSpec> =
        specs.iter_mut().map(|spec| (spec.name.clone(), spec)).collect();
    for (name, alias) in ties {
        let spec = by_name.get_mut(name);
        let (spec, entry) = spec
            .zip(source.tensors.get(name))
            .ok_or_else(|| ConvertError::Unknown(name.clone()))?;
        if let Some(other) = source.tensors.get(alias) {
            if !tied::same(source, entry, other)? {
                return Err(ConvertError::NotTied {
                    name: name.clone(),
                    alias: alias.clone(),
                });
            }
        }
        spec.aliases.push(alias.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_should_follow_type_and_name_unless_given() {
        assert_eq!(default_role("bn.running_mean", Dtype::F32), Role::Stat);
        assert_eq!(default_role("bn.num_batches_tracked", Dtype::I64), Role::Const);
        assert_eq!(default_role("mask", Dtype::Bool), Role::Const);
        assert_eq!(default_role("fc.weight", Dtype::BF16), Role::Train);
        let options = Options {
            roles: vec![
                ("fc.*".parse().unwrap(), Role::Const),
                ("*.bias".parse().unwrap(), Role::Stat),
            ],
            ..Options::default()
        };
        let given = ["fc.weight", "fc.bias", "conv.weight"].map(|name| options.role(name));
        assert_eq!(given, [Some(Role::Const), Some(Role::Stat), None]);
    }
}
