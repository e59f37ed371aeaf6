use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::super::Verdict;
use crate::launch;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let manifest = super::load(app)?;
    let stages = manifest.components.values().filter(|component| component.tool.is_stage());
    let names: Vec<String> = stages.map(|component| component.id.clone()).collect();
    let mut shown = Vec::new();
    let built = if names.is_empty() { Vec::new() } else { launch::build(&manifest.dir, &names, printer)? };
    for built in built {
        let Some(stage) = built.description else { continue };
        if args.json {
            shown.push(json!({
                "component": built.component, "name": stage.name, "version": stage.version,
                "hermetic": stage.hermetic, "pinned": stage.pinned, "bytes": built.bytes,
            }));
        } else {
            let kind = super::show::kind(&stage);
            printer.data(&format!("{:<20} {:<8} {kind}", built.component, stage.version));
        }
    }
    if args.json {
        printer.data(&format!("{:#}", json!({ "stages": Value::from(shown) })));
    }
    Ok(Verdict::Passed)
}
