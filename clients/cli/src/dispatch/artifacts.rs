//! `quorate artifact`.

use super::owner_or_council;
use crate::{
    args::artifact::Command,
    commands::artifact::{self as run, Terms},
    context::Context,
    failure::Result,
};
use quorate_client::calls::artifacts;

pub(super) async fn artifact(context: &Context, command: Command) -> Result {
    match command {
        Command::Register {
            file,
            kind,
            licence,
            access,
        } => {
            let terms = Terms {
                kind,
                licence: &licence,
                access,
            };
            run::register(context, &file, &terms).await
        }
        Command::Retry { artifact, file } => run::retry(context, artifact, &file).await,
        Command::Upload { artifact, file } => run::upload(context, artifact, &file).await,
        Command::List => run::list(context).await,
        Command::Show { artifact } => run::show(context, artifact).await,
        Command::Fetch { artifact, file } => run::fetch(context, artifact, &file.output, file.existing()).await,
        Command::SetAccess {
            artifact,
            access,
            readers,
        } => run::set_access(context, artifact, access, readers).await,
        Command::Retire { artifact, council } => owner_or_council(context, artifacts::retire(artifact), council).await,
        Command::Prune { artifact } => run::prune(context, artifact).await,
    }
}
