//! `teledesk reprocess`: applies updates that failed once more.

use desk::inbound::{self, Reprocessed, Which};

use crate::cli::Reprocess;
use crate::failure::Failure;
use crate::installation::{self, Use};
use crate::say;

pub(crate) async fn reprocess(options: Reprocess) -> Result<(), Failure> {
    installation::must_exist(&options.data)?;
    let project = options.project.as_deref().map(str::parse).transpose();
    let project = project.map_err(|_| Failure::new("--project is no project's id"))?;
    let which = Which { project, update_id: options.update };
    let store = tokio::task::block_in_place(|| installation::open(&options.data, Use::Command))?;
    let done = inbound::reprocess(&store, which).await;
    store.db().close().await;
    let Reprocessed { applied, unsupported, failed } = done?;
    say(format_args!(
        "Applied: {applied}. Of a kind that is only kept: {unsupported}. Failed again: {failed}."
    ));
    Ok(())
}
