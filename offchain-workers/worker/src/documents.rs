//! Man pages and completions, for whoever builds packages.

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;
use std::{io::Write, path::Path};

/// Writes a man page for the program and one for each command into `folder`.
///
/// # Errors
/// Those of writing.
pub(crate) fn man(command: Command, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder)
        .with_context(|| folder.display().to_string())
}

/// Writes what a shell needs to complete this program's command line.
///
/// # Errors
/// Those of writing.
pub(crate) fn completions(mut command: Command, shell: Shell, out: &mut dyn Write) -> anyhow::Result<()> {
    let (name, mut text) = (command.get_name().to_owned(), Vec::new());
    clap_complete::generate(shell, &mut command, name, &mut text);
    Ok(out.write_all(&text)?)
}
