//! How each deed is done.

mod files;

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use ropewalk_stage::{Call, Failure};
use serde_json::{Value, json};

use crate::{Deed, Parameters};

pub(crate) fn perform(with: Parameters, call: &Call) -> Result<Value, Failure> {
    let done = match with.r#do {
        Deed::Nothing => Ok(Value::Null),
        Deed::Echo => Ok(echo(&with.text)),
        Deed::Call => Ok(describe(call)),
        Deed::Panic => {
            println!("{}", with.text);
            panic!("as asked")
        }
        Deed::Exit => exit(&with.text, with.code),
        Deed::Abort => {
            println!("{}", with.text);
            std::process::abort()
        }
        Deed::Loop => turn_for_ever(),
        Deed::Overflow => Ok(json!({"depth": sink(0)})),
        Deed::Allocate => Ok(allocate(with.mib)),
        Deed::Work => Ok(work(&with.text)),
        Deed::CountStatic => count_calls(&with.text),
        Deed::WriteFiles => write_files(with.count, with.bytes),
        Deed::ReadFiles => read_files(),
        Deed::CopyInputs => copy_inputs(&with.artifact),
        Deed::Print => print(&with.text, with.bytes),
        Deed::Environment => Ok(environment()),
        Deed::Fail => return fail(with.error, with.cause),
        Deed::Link => link(&with.text, &with.path),
        Deed::Sleep => Ok(sleep(with.ms)),
        Deed::Churn => churn(with.count),
        Deed::Files => return files::check_all(),
        Deed::Read => fs::read_to_string(with.path).map(Value::from),
        Deed::Write => write_file(&with.path, with.text.as_bytes()).map(|()| Value::Null),
        Deed::Open => open(with.count),
        Deed::OddName => odd_name(),
        Deed::Deepen => deepen(with.count),
        Deed::Names => fs::read_dir(with.path).map(|entries| json!({"names": entries.count()})),
    };
    done.map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> Failure {
    Failure::new("Probe.Io", format!("{:?}: {error}", error.kind()))
}

fn fail(error: String, cause: String) -> Result<Value, Failure> {
    write_file(Path::new("out/report/cause.txt"), cause.as_bytes()).map_err(|error| failed(&error))?;
    Err(Failure::new(error, cause))
}

fn exit(text: &str, code: i32) -> io::Result<Value> {
    // No end of line: what stands in a buffer is not lost either.
    print!("{text}");
    write_file(Path::new("out/report/text.txt"), text.as_bytes())?;
    std::process::exit(code)
}

fn echo(text: &str) -> Value {
    println!("{text}");
    json!({"text": text})
}

fn describe(call: &Call) -> Value {
    let inputs: Vec<_> = call
        .inputs
        .iter()
        .map(|input| json!({"name": input.name, "path": input.path, "digest": input.digest}))
        .collect();
    let caller = call.caller.as_ref().map(|caller| {
        json!({"project": caller.project, "run": caller.run, "state": caller.state, "attempt": caller.attempt})
    });
    json!({"inputs": inputs, "caller": caller})
}

fn turn_for_ever() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

fn allocate(mib: Option<u32>) -> Value {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    while mib.is_none_or(|mib| taken.len() < mib as usize) {
        taken.push(std::hint::black_box(vec![1; 1 << 20]));
    }
    json!({"mib": taken.len()})
}

/// Its frames are needed after the call within, so that no compiler makes a loop of it.
fn sink(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    if frame[0] == u64::MAX { 0 } else { std::hint::black_box(sink(depth + 1)) + frame[1] }
}

fn work(text: &str) -> Value {
    let mut sum = 0_u64;
    for turn in 0..100_000_000_u64 {
        sum = std::hint::black_box(sum.rotate_left(7) ^ turn);
    }
    json!({"text": text, "sum": sum.to_string()})
}

fn count_calls(text: &str) -> io::Result<Value> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let count = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let mut files = Vec::new();
    write_file(Path::new(&format!("{text}.txt")), text.as_bytes())?;
    collect(Path::new("."), &mut files)?;
    Ok(json!({"count": count, "text": text, "files": files.len()}))
}

fn write_files(count: u32, bytes: usize) -> io::Result<Value> {
    for number in 0..count {
        let path = format!("out/files/{:02}/{number}.txt", number % 100);
        let mut contents = format!("file {number}\n").into_bytes();
        contents.resize(bytes, b'.');
        write_file(Path::new(&path), &contents)?;
    }
    Ok(json!({"files": count, "bytes": u64::from(count) * bytes as u64}))
}

fn read_files() -> io::Result<Value> {
    let mut files = Vec::new();
    collect(Path::new("."), &mut files)?;
    files.sort();
    let mut bytes = 0;
    for file in &files {
        bytes += fs::read(file)?.len();
    }
    Ok(json!({"files": files, "bytes": bytes}))
}

fn copy_inputs(artifact: &str) -> io::Result<Value> {
    let mut files = Vec::new();
    collect(Path::new("."), &mut files)?;
    for file in &files {
        let copy = Path::new("out").join(artifact).join(file);
        fs::create_dir_all(copy.parent().unwrap_or(Path::new(".")))?;
        fs::copy(file, &copy)?;
    }
    Ok(json!({"files": files.len()}))
}

/// Files below a folder, `out` left aside, relative to the working directory.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let path = path.strip_prefix(".").unwrap_or(&path).to_owned();
        if entry.file_type()?.is_file() {
            files.push(path);
        } else if path != Path::new("out") {
            collect(&path, files)?;
        }
    }
    Ok(())
}

fn print(text: &str, bytes: usize) -> io::Result<Value> {
    let mut to = io::stdout().lock();
    if bytes == 0 {
        writeln!(to, "{text}")?;
        eprintln!("{text}, to stderr");
    }
    let line = [&[b'.'; 63][..], b"\n"].concat();
    let mut left = bytes;
    while left > 0 {
        let now = left.min(line.len());
        to.write_all(&line[line.len() - now..])?;
        left -= now;
    }
    to.flush()?;
    Ok(json!({"bytes": bytes}))
}

fn environment() -> Value {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|time| time.as_secs());
    // The order of a hash set is random, and of nothing else.
    let order: HashSet<u32> = (0..8).collect();
    let current = std::env::current_dir().map(|path| path.display().to_string());
    json!({
        "environment": std::env::vars().collect::<BTreeMap<_, _>>(),
        "arguments": std::env::args().collect::<Vec<_>>(),
        "seconds": seconds.unwrap_or(0),
        "random": order.iter().collect::<Vec<_>>(),
        "directory": current.unwrap_or_else(|error| error.to_string()),
    })
}

// The newer name of this function is one of each system, and not stable for WASI.
#[allow(deprecated)]
fn link(target: &str, path: &Path) -> io::Result<Value> {
    write_file(Path::new("target.txt"), b"target")?;
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::soft_link(target, path)?;
    Ok(json!({"target": fs::read_link(path)?}))
}

fn open(count: u32) -> io::Result<Value> {
    fs::write("open.txt", "")?;
    let mut files = Vec::new();
    for number in 0..count {
        let file = fs::File::open("open.txt");
        files.push(file.map_err(|error| io::Error::new(error.kind(), format!("after {number}: {error}")))?);
    }
    Ok(json!({"open": files.len()}))
}

#[allow(unsafe_code, reason = "std's other way to such a name is not stable for WASI")]
fn odd_name() -> io::Result<Value> {
    // SAFETY: for WASI, names are bytes of any kind.
    let name = unsafe { OsStr::from_encoded_bytes_unchecked(b"\xff") };
    fs::write(name, "").map(|()| Value::Null)
}

fn deepen(count: u32) -> io::Result<Value> {
    for _ in 0..count {
        fs::create_dir("d")?;
        std::env::set_current_dir("d")?;
    }
    Ok(Value::Null)
}

fn sleep(ms: u64) -> Value {
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(ms));
    json!({"ms": u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)})
}

fn churn(count: u32) -> io::Result<Value> {
    fs::create_dir_all("churn")?;
    let mut bytes = 0;
    for number in 0..count {
        let path = format!("churn/{number}.txt");
        fs::write(&path, path.as_bytes())?;
        bytes += fs::read(&path)?.len();
    }
    Ok(json!({"bytes": bytes}))
}

fn write_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, contents)
}
