//! What files are named by on chain.

use crate::{
    args::model::HolderArguments,
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{calls::models::Shape, naming::name_of, Client};
use quorate_convert::read_header;
use quorate_primitives::{availability::Named, possession::Holder};
use serde_json::json;
use std::{fs::File, path::Path};

/// What a holder names a file by.
pub fn of(client: &Client, file: &Path, holder: &Holder) -> Result<Named> {
    let (named, _) = name_of(&open(file)?, holder, client.genesis())?;
    Ok(named)
}

pub fn open(file: &Path) -> Result<File> {
    File::open(file).map_err(|error| usage(format!("{}: {error}", file.display())))
}

/// Prints it; of a version also the lengths and the hash that the chain asks for.
pub async fn name(context: &Context, file: &Path, holder: HolderArguments) -> Result {
    let (holder, header) = match (holder.organisation, holder.contributor) {
        (Some(number), _) => (Holder::Organisation(number), Some(read_header(file)?)),
        (None, Some(account)) => (Holder::Contributor(account), None),
        (None, None) => return Err(usage("--organisation or --contributor says who names the file")),
    };
    let named = of(&context.client().await?, file, &holder)?;
    let mut value = json!({ "root": named.root, "possession": named.possession });
    if let Some(header) = header {
        let shape = Shape::of(&header);
        value["header_hash"] = json!(shape.header_hash);
        value["header_len"] = json!(shape.header_len);
        value["group_len"] = json!(shape.group_len);
        value["file_len"] = json!(shape.file_len);
    }
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
