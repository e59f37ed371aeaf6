//! A stage for tests: does whatever its parameters say, the forbidden included.
// What a stage prints is its log.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod deeds;

use std::path::PathBuf;

use ropewalk_stage::{Call, Failure, JsonSchema, Stage};
use serde_json::Value;

/// What the stage is to do, and with what.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// What to do.
    r#do: Deed,
    /// What to say.
    #[serde(default)]
    text: String,
    /// How many files, or how often.
    #[serde(default)]
    count: u32,
    /// Bytes of each file, or of what is printed.
    #[serde(default)]
    bytes: usize,
    /// With what code to exit.
    #[serde(default)]
    code: i32,
    /// How much memory to take, in MiB. Without it: all there is.
    mib: Option<u32>,
    /// How long to sleep, in milliseconds.
    #[serde(default)]
    ms: u64,
    /// The name of the error with which to fail.
    #[serde(default)]
    error: String,
    /// Its cause.
    #[serde(default)]
    cause: String,
    /// The artifact to which inputs are copied.
    #[serde(default)]
    artifact: String,
    /// The file to read or write, or the link to make.
    #[serde(default)]
    path: PathBuf,
}

/// What the stage can do.
#[derive(Clone, Copy, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    /// Nothing at all.
    Nothing,
    /// Print the text and answer with it.
    Echo,
    /// Answer with the inputs, and with what the call says of the caller.
    Call,
    /// Print the text, and panic.
    Panic,
    /// Print the text, leave an artifact `report`, and end the program.
    Exit,
    /// Print the text, and trap.
    Abort,
    /// Never end.
    Loop,
    /// Call itself until the stack is used up.
    Overflow,
    /// Take memory, 1 MiB at a time.
    Allocate,
    /// Compute for some tenths of a second.
    Work,
    /// Count the calls in this instance and the files it sees: 1 and 1 where nothing is shared.
    CountStatic,
    /// Write files to the artifact `files`.
    WriteFiles,
    /// Read every file of the inputs.
    ReadFiles,
    /// Copy every file of the inputs to an artifact.
    CopyInputs,
    /// Print the text, or so many bytes in lines of 64.
    Print,
    /// Answer with environment, arguments, time and random numbers.
    Environment,
    /// Fail, with an artifact `report`.
    Fail,
    /// Write a file `target.txt`, and make a symbolic link, the text being its target.
    Link,
    /// Sleep, and answer with the time that seemed to pass.
    Sleep,
    /// Write and read so many files, for measuring.
    Churn,
    /// Try what `std::fs` can do, each thing against what must come out.
    Files,
    /// Read a file, which may lie where it must not.
    Read,
    /// Write the text to a file, which may lie where it must not.
    Write,
    /// Open a file again and again, and keep it open; at most so often.
    Open,
    /// Write a file whose name is not UTF-8.
    OddName,
    /// Create folders in folders, so many.
    Deepen,
    /// Answer with the number of names in a folder.
    Names,
}

struct Probe;

impl Stage for Probe {
    type Parameters = Parameters;
    type Output = Value;

    const NAME: &'static str = "probe";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = true;
    const DEFAULT_INCLUDE: &'static [&'static str] = &["**"];

    fn run(parameters: Parameters, call: Call) -> Result<Value, Failure> {
        deeds::perform(parameters, &call)
    }
}

ropewalk_stage::export!(Probe);
