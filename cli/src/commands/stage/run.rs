//! `ropewalk stage run`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use artifact::File;
use serde_json::{Map, Value, json};
use stage_http::inputs::{DEFAULT_INPUT, ROOT};

use super::super::Verdict;
use super::super::project::secrets;
use crate::files::write_file;
use crate::pack::pack;
use crate::printer::{Printer, Tone};
use crate::solo::{Call, Ended, Failure, Input, Solo};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stage: `stage-lint`, or `lint`
    name: String,
    /// Its parameters: a JSON object, or @FILE with one
    #[arg(long, default_value = "{}", value_name = "JSON")]
    params: String,
    /// Folder that is mounted in the working directory. An input of another name, or elsewhere: NAME=DIR, NAME@PATH=DIR
    #[arg(long = "input", value_name = "DIR")]
    inputs: Vec<String>,
    /// A secret that the stage is given, read from a file: its name and the file
    #[arg(long = "secret", value_name = "NAME=FILE")]
    secrets: Vec<String>,
    /// Folder to write what the stage leaves under `out/` into
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print the whole answer as JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, app: Option<&Path>, printer: &Printer) -> Result<Verdict> {
    let manifest = super::load(app)?;
    let id = super::find(&manifest, &args.name)?.id.clone();
    let inputs = args.inputs.iter().map(|input| read_input(input, printer)).collect::<Result<_>>()?;
    let secrets = secrets(&args.secrets)?
        .into_iter()
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let call = Call { parameters: read_parameters(&args.params)?, inputs, secrets };
    let mut solo = Solo::start(manifest, &id, printer)?;
    let ended = solo.call(call);
    solo.stop();
    let ended = ended?;
    if let Some(folder) = &args.output {
        write(folder, &ended)?;
    }
    show(&id, &ended, args.json, printer);
    Ok(if ended.outcome.is_ok() { Verdict::Passed } else { Verdict::Failed })
}

/// A JSON object, or a file that holds one.
pub(super) fn read_parameters(text: &str) -> Result<Value> {
    let (text, whence) = match text.strip_prefix('@') {
        Some(path) => {
            let read = std::fs::read_to_string(path).with_context(|| format!("failed to read `{path}`"))?;
            (read, format!("`{path}`"))
        }
        None => (text.to_owned(), "`--params`".to_owned()),
    };
    let parameters: Map<String, Value> =
        serde_json::from_str(&text).with_context(|| format!("{whence} is no JSON object"))?;
    Ok(parameters.into())
}

/// `DIR`, `NAME=DIR` or `NAME@PATH=DIR`.
fn read_input(text: &str, printer: &Printer) -> Result<Input> {
    let (named, folder) = match text.split_once('=') {
        Some((named, folder)) => (named, folder),
        None => (DEFAULT_INPUT, text),
    };
    let (name, path) = named.split_once('@').unwrap_or((named, ROOT));
    Ok(Input {
        name: name.to_owned(),
        path: path.to_owned(),
        files: read_folder(Path::new(folder), printer)?,
    })
}

/// The files of a folder, as a run of a working directory takes them.
pub(super) fn read_folder(folder: &Path, printer: &Printer) -> Result<Vec<File>> {
    if !folder.is_dir() {
        bail!("there is no folder `{}`", folder.display());
    }
    let (tar, links) = pack(folder)?;
    for link in links {
        printer.line(&format!("passed over symbolic link `{link}`"));
    }
    Ok(artifact::archive::read(tar.as_slice())?)
}

fn write(folder: &Path, ended: &Ended) -> Result<()> {
    for (name, files) in &ended.outputs {
        for file in files {
            // The paths of a tree climb nowhere.
            let path = folder.join(name).join(&file.path);
            write_file(&path, file).with_context(|| format!("failed to write `{}`", path.display()))?;
        }
    }
    Ok(())
}

fn show(id: &str, ended: &Ended, json: bool, printer: &Printer) {
    if json {
        return printer.data(&format!("{:#}", whole(ended)));
    }
    for line in ended.log.lines() {
        printer.line(&format!("{} {line}", printer.paint(Tone::Dim, "|")));
    }
    for (name, files) in &ended.outputs {
        for file in files {
            printer.line(&format!("{:>9} B  out/{name}/{}", file.contents.len(), file.path));
        }
    }
    let all_ms = ended.elapsed.as_secs_f64() * 1e3;
    let time = match ended.stage_ms {
        Some(stage_ms) => format!("{all_ms:.0} ms, of which {stage_ms:.1} ms in the stage"),
        None => format!("{all_ms:.0} ms"),
    };
    match &ended.outcome {
        Ok(result) => {
            let mark = printer.paint(Tone::Good, "✓ succeeded");
            printer.line(&format!("{mark}  {id}  {time}"));
            printer.data(&format!("{result:#}"));
        }
        Err(Failure { error, cause }) => {
            let mark = printer.paint(Tone::Bad, "✗ failed");
            printer.line(&format!("{mark}  {id}  {time}\n{error}: {cause}"));
        }
    }
}

fn whole(ended: &Ended) -> Value {
    let outputs: Map<String, Value> = ended
        .outputs
        .iter()
        .map(|(name, files)| {
            let sizes: Map<String, Value> =
                files.iter().map(|file| (file.path.clone(), json!(file.contents.len()))).collect();
            (name.clone(), sizes.into())
        })
        .collect();
    let mut whole = match &ended.outcome {
        Ok(result) => json!({ "outcome": "succeeded", "result": result }),
        Err(Failure { error, cause }) => json!({ "outcome": "failed", "error": error, "cause": cause }),
    };
    whole["outputs"] = outputs.into();
    whole["log"] = json!(ended.log);
    whole["elapsed_ms"] = json!(ended.elapsed.as_secs_f64() * 1e3);
    whole["stage_ms"] = json!(ended.stage_ms);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, path: &str) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        let text = text.replace("DIR", folder.path().to_str().unwrap());
        let input = read_input(&text, &Printer::plain()).unwrap();
        assert_eq!((input.name.as_str(), input.path.as_str(), input.files.len()), (name, path, 1));
    }

    #[test]
    fn inputs_may_have_names_and_places() {
        check("DIR", "source", ".");
        check("modules=DIR", "modules", ".");
        check("modules@node_modules=DIR", "modules", "node_modules");
        let missing = read_input("/nowhere/at/all", &Printer::plain()).unwrap_err();
        assert_eq!(missing.to_string(), "there is no folder `/nowhere/at/all`");
    }

    #[test]
    fn parameters_are_an_object() {
        assert_eq!(read_parameters(r#"{"a": 1}"#).unwrap(), json!({ "a": 1 }));
        assert!(read_parameters("[]").unwrap_err().to_string().starts_with("`--params` is no JSON object"));
        assert!(
            read_parameters("@/nowhere").unwrap_err().to_string().starts_with("failed to read `/nowhere`")
        );
    }
}
