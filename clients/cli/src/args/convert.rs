//! `quorate convert`.

use crate::args::form::FormArguments;
use quorate_convert::{names::quoted, pattern, Pattern, Strip};
use quorate_exact::{
    grid::{is_scale, Scale},
    Role,
};
use quorate_primitives::AccountId;
use std::{ffi::OsString, path::PathBuf};

/// Without --base, INPUT's weights become a version. With --base and --contributor they become an update: weights minus the
/// base's, or the values themselves with --delta. With --as hf INPUT, a version's file, becomes a folder that Transformers, PEFT
/// and PyTorch load.
///
/// Names with `,`, `=`, spaces or control characters stand in double quotes, as JSON strings, as they are shown:
/// --roles '"x=y"=const'. Without quotes a PATTERN has `*` for any characters, `?` for one byte, `[a-z]` and `{a,b}`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Any safetensors file, the .index.json of a model in shards, or a folder as save_pretrained writes it: then its config.json,
    /// generation_config.json and adapter_config.json become part of a version.
    pub input: PathBuf,
    /// The canonical file to write; with --as the folder.
    pub output: PathBuf,
    #[command(flatten)]
    pub form: FormArguments,
    /// Decide roles, scales and ties of a version as this file says, which --save-plan wrote. The input must have the same tensors.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "roles", "scale", "tie", "strip", "form"])]
    pub plan: Option<PathBuf>,
    /// Write what an adapter is trained on top of, as everybody makes it of the same weights: f32 for floats of 16 bits, no scale by values, no ties,
    /// no small files of a folder. For `artifact register --kind weights`, so that validators have it.
    #[arg(long, conflicts_with_all = ["base", "plan", "roles", "scale", "tie", "strip", "form"])]
    pub frozen: bool,
    /// Write all that was decided for a version to a new file, for --plan.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "form"])]
    pub save_plan: Option<PathBuf>,
    /// The version that the update follows: a canonical file, or MODEL@VERSION, which is fetched. A file of such a name is ./MODEL@VERSION.
    #[arg(long, value_name = "FILE|MODEL@VERSION", conflicts_with = "form")]
    pub base: Option<OsString>,
    /// The account that will submit the update, of which the update's file is: another account cannot submit it.
    #[arg(long, value_name = "ACCOUNT", requires = "base")]
    pub contributor: Option<AccountId>,
    /// The input's values are deltas already.
    #[arg(long, requires = "base")]
    pub delta: bool,
    /// Leave a part out of all names before they are compared: a prefix such as `module.`, or an infix such as `.default`.
    #[arg(long, value_name = "PART", conflicts_with = "form")]
    pub strip: Vec<Strip>,
    /// Replace OUTPUT if it exists; a folder never.
    #[arg(long, conflicts_with = "form")]
    pub force: bool,
    /// Override roles: PATTERN=train|stat|const, several with commas; the last that matches counts.
    #[arg(long, value_name = "PATTERN=ROLE", conflicts_with_all = ["base", "form"], value_parser = roles)]
    pub roles: Vec<Roles>,
    /// Binary logarithm of the grid's points per unit, -16 to 40; for all tensors, or PATTERN=SCALE, several with commas. Else at most 24,
    /// with room for deltas of twice a train tensor's largest value, and of 4096 times a stat tensor's (at least 4096).
    #[arg(long, value_name = "[PATTERN=]SCALE", conflicts_with_all = ["base", "form"], value_parser = scales)]
    #[arg(allow_hyphen_values = true)]
    pub scale: Vec<Scales>,
    /// Two names of the same weights, which are stored once under the first; several with commas.
    #[arg(long, value_name = "NAME=ALIAS", conflicts_with_all = ["base", "form"], value_parser = ties)]
    pub tie: Vec<Ties>,
}

/// What one `--roles` says.
pub type Roles = Listed<(Pattern, Role)>;
/// What one `--scale` says.
pub type Scales = Listed<(Pattern, Scale)>;
/// What one `--tie` says.
pub type Ties = Listed<(String, String)>;

/// The values of one option that takes several with commas.
#[derive(Clone, Debug)]
pub struct Listed<T>(pub Vec<T>);

fn listed<T>(text: &str, one: impl Fn(&str) -> Result<T, String>) -> Result<Listed<T>, String> {
    pattern::split_list(text)
        .into_iter()
        .map(one)
        .collect::<Result<_, _>>()
        .map(Listed)
}

fn roles(text: &str) -> Result<Roles, String> {
    listed(text, |text| {
        let (pattern, name) = text.rsplit_once('=').ok_or("expected PATTERN=ROLE")?;
        let role = Role::ALL.into_iter().find(|role| role.name() == name);
        Ok((pattern.parse()?, role.ok_or("the roles are train, stat and const")?))
    })
}

fn scales(text: &str) -> Result<Scales, String> {
    listed(text, |text| {
        let (pattern, scale) = text.rsplit_once('=').unwrap_or(("*", text));
        let scale = scale.parse().ok().filter(|scale| is_scale(*scale));
        Ok((pattern.parse()?, scale.ok_or("a scale is a whole number, -16 to 40")?))
    })
}

fn ties(text: &str) -> Result<Ties, String> {
    listed(text, |text| match pattern::split(text, '=')[..] {
        [name, alias] if !name.is_empty() && !alias.is_empty() => Ok((pattern::name(name)?, pattern::name(alias)?)),
        [_] => Err("expected NAME=ALIAS".into()),
        _ => Err(format!(
            "which `=` stands between the names? Put one with `=` in quotes: {}=ALIAS",
            quoted("x=y")
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_and_equals_signs_should_be_given_in_quotes() {
        let read = roles(r#"a*=stat,"x=y"=const,"comma,w"=train"#).unwrap().0;
        let names = ["a.b", "x=y", "comma,w"];
        for ((pattern, _), name) in read.iter().zip(names) {
            assert!(
                names.iter().all(|other| pattern.matches(other) == (*other == name)),
                "{name}"
            );
        }
        assert_eq!(
            read.iter().map(|(_, role)| *role).collect::<Vec<_>>(),
            [Role::Stat, Role::Const, Role::Train]
        );
        assert_eq!(
            ties(r#""x=y"=z,a="b,c""#).unwrap().0,
            [("x=y".to_string(), "z".to_string()), ("a".into(), "b,c".into())]
        );
    }

    #[test]
    fn what_is_wrong_with_a_list_should_be_said() {
        for (error, expected) in [
            (roles("a").err(), "PATTERN=ROLE"),
            (roles("a=frozen").err(), "the roles are"),
            (roles("\"a=stat").err(), "read as JSON"),
            (scales("a=41").err(), "-16 to 40"),
            (scales("[=3").err(), "unclosed"),
            (ties("a=b=c").err(), "in quotes"),
            (ties("a").err(), "NAME=ALIAS"),
        ] {
            let error = error.unwrap();
            assert!(error.contains(expected), "{error}");
        }
    }
}
