//! `ropewalk rollback`

use anyhow::Result;
use serde_json::json;

use super::Verdict;
use super::remote::Remote;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the site
    site: String,
    /// Release to go back to; the one before the present one unless given
    #[arg(long)]
    release: Option<String>,
    #[arg(long, default_value = "production")]
    environment: String,
    /// Only list the releases that are kept
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let client = args.remote.client()?;
    if args.list {
        let site = client.json("GET", &format!("/api/sites/{}", args.site), None)?;
        printer.data(&format!("{site:#}"));
        return Ok(Verdict::Passed);
    }
    let mut request = json!({ "environment": args.environment });
    if let Some(release) = &args.release {
        request["release"] = json!(release);
    }
    let path = format!("/api/sites/{}/rollback", args.site);
    let answer = client.json("POST", &path, Some(&request))?;
    if !args.remote.print_json(&answer, printer) {
        let release = answer["release"].as_str().unwrap_or_default();
        printer.data(&format!("{} {} is at release {release}", args.site, args.environment));
    }
    Ok(Verdict::Passed)
}
