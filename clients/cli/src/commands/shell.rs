//! Completions and man pages, made from the command line's own description.

use crate::{context::Context, failure::Result, output};
use clap_complete::Shell;
use quorate_client::Error;
use serde_json::json;
use std::path::Path;

/// Print a shell's completions.
pub fn completions(mut program: clap::Command, shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "quorate", &mut script);
    output::text(&String::from_utf8_lossy(&script));
}

/// Write a page for the program and one for each command.
pub fn man(context: &Context, program: clap::Command, folder: &Path) -> Result {
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    clap_mangen::generate_to(program, folder).map_err(Error::io(folder))?;
    context.print(&json!({ "folder": folder.display().to_string() }), || {
        println!(
            "pages are in {}; `man -l {}/quorate.1` shows the first",
            folder.display(),
            folder.display()
        );
    });
    Ok(())
}
