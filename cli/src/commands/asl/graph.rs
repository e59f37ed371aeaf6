//! `ropewalk asl graph`

use anyhow::Result;
use serde_json::json;
use workflow::{Definition, MachineType};

use super::{Source, check};
use crate::commands::Verdict;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let text = args.source.read()?;
    match Definition::parse_as(&text, MachineType::Standard) {
        Ok(definition) if args.json => {
            printer.data(&format!("{:#}", json!({ "mermaid": definition.mermaid() })));
            Ok(Verdict::Passed)
        }
        Ok(definition) => {
            printer.raw_data(definition.mermaid().as_bytes());
            Ok(Verdict::Passed)
        }
        Err(problems) => {
            if args.json {
                printer.data(&format!("{:#}", json!({ "problems": problems })));
            } else {
                check::show(&problems, printer);
                printer.line(&check::summary(&problems));
            }
            Ok(Verdict::Failed)
        }
    }
}
