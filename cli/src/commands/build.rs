//! `ropewalk build`

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::Verdict;
use crate::printer::Printer;
use crate::{app, launch};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Components to build; all unless named
    components: Vec<String>,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let app = app::find(app)?;
    let built = launch::build(&app, &args.components, printer)?;
    if args.json {
        let components: Vec<Value> = built
            .iter()
            .map(|built| json!({ "component": built.component, "bytes": built.bytes, "built": built.built }))
            .collect();
        printer.data(&format!("{:#}", json!({ "components": components })));
        return Ok(Verdict::Passed);
    }
    let mut total = 0;
    for built in &built {
        total += built.bytes;
        let what = if built.built { "built" } else { "unchanged" };
        printer.line(&format!("{:<16} {:>9} KiB  {what}", built.component, built.bytes / 1024));
    }
    printer.line(&format!("{:<16} {:>9} KiB", "together", total / 1024));
    Ok(Verdict::Passed)
}
