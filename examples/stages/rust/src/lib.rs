//! The stage `todo-marks`: lists the lines that hold a marker, and fails if there are too many.

use std::fs;
use std::path::{Path, PathBuf};

use ropewalk_stage::{Call, Failure, JsonSchema, Stage};
use serde::{Deserialize, Serialize};

/// The stage.
#[derive(Debug)]
pub struct TodoMarks;

/// What is searched for. These comments are what `ropewalk stage show` shows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// What a line is searched for.
    #[serde(default = "default_marker")]
    #[schemars(length(min = 1))]
    pub marker: String,
    /// The stage fails when more lines hold it. Any number may, unless given.
    pub max: Option<u64>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Output {
    /// Files that were searched.
    pub files: usize,
    /// Lines that hold the marker.
    pub marks: usize,
}

/// A line that holds the marker.
#[derive(Debug, Serialize)]
pub struct Mark {
    /// The file's path.
    pub file: String,
    /// Counts from 1.
    pub line: usize,
    /// The line, without the spaces around it.
    pub text: String,
}

impl Stage for TodoMarks {
    type Parameters = Parameters;
    type Output = Output;

    const NAME: &'static str = "todo-marks";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = true;
    const DEFAULT_INCLUDE: &'static [&'static str] = &["**"];

    #[allow(clippy::print_stdout, reason = "what a stage prints is its log")]
    fn run(parameters: Parameters, _: Call) -> Result<Output, Failure> {
        let failed = |error: std::io::Error| Failure::new("TodoMarks.Unreadable", error);
        let mut files = Vec::new();
        collect(Path::new(""), &mut files).map_err(failed)?;
        files.sort();
        let mut marks = Vec::new();
        for file in &files {
            search(file, &parameters.marker, &mut marks).map_err(failed)?;
        }
        for Mark { file, line, text } in &marks {
            println!("{file}:{line}: {text}");
        }
        let report = serde_json::to_string_pretty(&marks).unwrap_or_default();
        fs::create_dir_all("out/report").map_err(failed)?;
        fs::write("out/report/marks.json", report).map_err(failed)?;
        match parameters.max {
            Some(max) if marks.len() as u64 > max => Err(Failure::new(
                "TodoMarks.TooMany",
                format!("{} lines hold `{}`, the most is {max}", marks.len(), parameters.marker),
            )),
            _ => Ok(Output { files: files.len(), marks: marks.len() }),
        }
    }
}

fn default_marker() -> String {
    "TODO".to_owned()
}

/// The files below a folder; `""` is the working directory.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(listed)? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn search(file: &Path, marker: &str, marks: &mut Vec<Mark>) -> std::io::Result<()> {
    // Files need not be text.
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let held = text.lines().enumerate().filter(|(_, line)| line.contains(marker));
    marks.extend(held.map(|(index, line)| Mark {
        file: file.display().to_string(),
        line: index + 1,
        text: line.trim().to_owned(),
    }));
    Ok(())
}

ropewalk_stage::export!(TodoMarks);
