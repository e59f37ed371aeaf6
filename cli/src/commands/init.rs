//! `ropewalk init`

mod templates;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::Verdict;
use super::run::PIPELINE;
use crate::printer::Printer;
use templates::{TEMPLATES, Template};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The project's folder
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// The template, instead of the one that fits what stands there
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// List the templates, and write nothing
    #[arg(long, conflicts_with = "template")]
    list: bool,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    if args.list {
        list(args.json, printer);
        return Ok(Verdict::Passed);
    }
    if !args.directory.is_dir() {
        bail!("there is no folder `{}`", args.directory.display());
    }
    let path = args.directory.join(PIPELINE);
    if path.exists() {
        bail!("`{}` exists already; hint: move it away to begin anew", path.display());
    }
    let template = match &args.template {
        Some(name) => named(name)?,
        None => choose(&args.directory, printer)?,
    };
    write_new(&path, template.pipeline)?;
    if args.json {
        printer.data(&format!("{:#}", json!({ "template": template.name, "pipeline": path })));
    } else {
        printer.line(&format!("`{}` is the pipeline `{}`: {}", path.display(), template.name, template.does));
        for note in template.notes {
            printer.line(note);
        }
        printer.line(&format!("next: ropewalk run {}", args.directory.display()));
    }
    Ok(Verdict::Passed)
}

/// Never writes over a file, though it came into being in this moment.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let failed = || format!("failed to write `{}`", path.display());
    let mut file = std::fs::File::create_new(path).with_context(failed)?;
    file.write_all(text.as_bytes()).with_context(failed)
}

fn named(name: &str) -> Result<&'static Template> {
    TEMPLATES.iter().find(|template| template.name == name).with_context(|| {
        let names: Vec<String> = TEMPLATES.iter().map(|template| format!("`{}`", template.name)).collect();
        format!("there is no template `{name}`; hint: {}", names.join(", "))
    })
}

/// Asks, where somebody is there to answer; otherwise only what fits beyond doubt is chosen.
fn choose(directory: &Path, printer: &Printer) -> Result<&'static Template> {
    let fitting = Template::fitting(directory);
    if std::io::stdin().is_terminal() {
        return ask(fitting, printer);
    }
    fitting.with_context(|| {
        format!(
            "nothing in `{}` tells what it is; hint: name a template, `--template NAME`",
            directory.display()
        )
    })
}

fn ask(fitting: Option<&'static Template>, printer: &Printer) -> Result<&'static Template> {
    list(false, printer);
    let offer = fitting.map_or_else(String::new, |template| format!(" [{}]", template.name));
    printer.line(&format!("which?{offer}"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("failed to read the answer")?;
    match (answer.trim(), fitting) {
        ("", Some(template)) => Ok(template),
        ("", None) => bail!("no template was named"),
        (name, _) => named(name),
    }
}

fn list(json: bool, printer: &Printer) {
    if json {
        let templates: Vec<_> = TEMPLATES
            .iter()
            .map(|template| json!({ "name": template.name, "does": template.does }))
            .collect();
        return printer.data(&format!("{:#}", json!({ "templates": templates })));
    }
    for template in TEMPLATES {
        printer.data(&format!("{:<12} {}", template.name, template.does));
    }
}
