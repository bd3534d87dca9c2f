//! Versions as the files that other libraries load.

use crate::{args::form::FormArguments, context::Context, failure::Result, output::bytes_bar};
use quorate_convert::{Export, Exported};
use serde_json::json;
use std::path::Path;

/// The folder of a version's file; that of an adapter names `base`.
pub fn run(context: &Context, (form, base): (&FormArguments, Option<&str>), input: &Path, output: &Path) -> Result {
    let export = Export {
        input,
        output,
        precision: form.dtype.into(),
        shard_len: form.shard,
        base_name: base,
    };
    let (bar, progress) = bytes_bar("writing", 0);
    let exported = export.run(&|done, total| {
        bar.set_length(total);
        progress(done, total);
    });
    bar.finish_and_clear();
    let exported = exported?;
    let files = exported
        .files
        .iter()
        .map(|(name, len)| json!({ "file": name, "bytes": len }));
    let value = json!({
        "folder": output.display().to_string(), "files": files.collect::<Vec<_>>(), "tensors": exported.tensors,
        "rounded": exported.rounded, "adapter": exported.is_adapter, "leftOut": exported.left_out,
    });
    context.print(&value, || show(output, &exported));
    Ok(())
}

fn show(output: &Path, exported: &Exported) {
    let what = match exported.is_adapter {
        true => "an adapter",
        false => "a model",
    };
    println!("{}: {what} of {} tensors", output.display(), exported.tensors);
    for (name, len) in &exported.files {
        println!("  {name} ({len} bytes)");
    }
    for key in &exported.left_out {
        eprintln!("note: {key} is left out: libraries would load code by it, or other weights");
    }
    if exported.rounded > 0 {
        eprintln!(
            "note: {} values were rounded to the types that the model came in; --dtype f32 writes them as the chain has them",
            exported.rounded
        );
    }
    if !exported.is_adapter && !exported.files.iter().any(|(name, _)| name == "config.json") {
        eprintln!("note: the version has no config.json, as it was not made from a folder: from_pretrained needs one");
    }
}
