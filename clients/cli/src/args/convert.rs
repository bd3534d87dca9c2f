//! `quorate convert`.

use quorate_convert::Pattern;
use quorate_exact::Role;
use std::path::PathBuf;

/// Without --base, INPUT's weights become a version. With --base they become an update: weights minus the base's, or the
/// values themselves with --delta.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Any safetensors file.
    pub input: PathBuf,
    /// The canonical file to write.
    pub output: PathBuf,
    /// The version that the update follows: a canonical file, or MODEL@VERSION, which is fetched.
    #[arg(long, value_name = "FILE|MODEL@VERSION")]
    pub base: Option<String>,
    /// The input's values are deltas already.
    #[arg(long, requires = "base")]
    pub delta: bool,
    /// Override roles: PATTERN=train|stat|const, `*` for any characters; the last that matches counts.
    #[arg(long, value_name = "PATTERN=ROLE", value_delimiter = ',', conflicts_with = "base", value_parser = role)]
    pub roles: Vec<(Pattern, Role)>,
    /// Binary logarithm of the grid's points per unit, -16 to 40; for all tensors, or PATTERN=SCALE. Default 24.
    #[arg(long, value_name = "[PATTERN=]SCALE", value_delimiter = ',', conflicts_with = "base", value_parser = scale)]
    #[arg(allow_hyphen_values = true)]
    pub scale: Vec<(Pattern, i8)>,
    /// Two names of the same weights, which are stored once under the first.
    #[arg(long, value_name = "NAME=ALIAS", value_delimiter = ',', conflicts_with = "base", value_parser = tie)]
    pub tie: Vec<(String, String)>,
}

fn role(text: &str) -> std::result::Result<(Pattern, Role), String> {
    let (pattern, name) = text.rsplit_once('=').ok_or("expected PATTERN=ROLE")?;
    let role = Role::ALL.into_iter().find(|role| role.name() == name);
    Ok((
        Pattern(pattern.into()),
        role.ok_or("the roles are train, stat and const")?,
    ))
}

fn scale(text: &str) -> std::result::Result<(Pattern, i8), String> {
    let (pattern, scale) = text.rsplit_once('=').unwrap_or(("*", text));
    Ok((
        Pattern(pattern.into()),
        scale.parse().map_err(|_| "a scale is a whole number, -16 to 40")?,
    ))
}

fn tie(text: &str) -> std::result::Result<(String, String), String> {
    let (name, alias) = text.split_once('=').ok_or("expected NAME=ALIAS")?;
    Ok((name.into(), alias.into()))
}
