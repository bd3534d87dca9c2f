//! What files are named by on chain.

use crate::{
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{calls::models::Shape, naming::name_of, Client};
use quorate_convert::read_header;
use quorate_primitives::{availability::Named, OrganisationId};
use serde_json::json;
use std::{fs::File, path::Path};

/// What an organisation names a version by.
pub fn of(client: &Client, file: &Path, organisation: OrganisationId) -> Result<Named> {
    let (named, _) = name_of(&open(file)?, organisation, client.genesis())?;
    Ok(named)
}

pub fn open(file: &Path) -> Result<File> {
    File::open(file).map_err(|error| usage(format!("{}: {error}", file.display())))
}

/// Prints it, with the lengths and the hash that the chain asks for.
pub async fn name(context: &Context, file: &Path, organisation: OrganisationId) -> Result {
    let shape = Shape::of(&read_header(file)?);
    let named = of(&context.client().await?, file, organisation)?;
    let value = json!({
        "root": named.root,
        "possession": named.possession,
        "header_hash": shape.header_hash,
        "header_len": shape.header_len,
        "group_len": shape.group_len,
        "file_len": shape.file_len,
    });
    context.print(&value, || {
        for (key, value) in value.as_object().into_iter().flatten() {
            println!(
                "{key:12} {}",
                value.as_str().map_or_else(|| value.to_string(), Into::into)
            );
        }
    });
    Ok(())
}
