//! The workflow engine alone, in memory, on one core: `cargo bench -p workflow`. No store, no host, no threads.

use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};
use workflow::{Command, Definition, Event, Execution, Happening, Limits, Seed, Start, Status};

/// Transitions a second that the engine is to make.
const AIM: f64 = 1_000_000.0;
/// Seconds that each figure is measured for, after as long a warm-up as half of it.
const SECONDS: f64 = 2.0;
/// States of a chain.
const STATES: usize = 1_000;
/// Runs that wait at once where their memory is measured.
const WAITING: usize = 100_000;

fn main() {
    say(&format!("{:<58} {:>14} {:>9}", "", "transitions/s", "aim"));
    rate("chain of 1,000 Pass states", &chain(|_| json!({"Type": "Pass"})), Some(AIM));
    rate(
        "the same with ResultPath, into a document of 20 members",
        &chain(|n| json!({"Type": "Pass", "Result": n, "ResultPath": "$.result"})),
        None,
    );
    rate(
        "the same with Parameters of a path and a call",
        &chain(
            |_| json!({"Type": "Pass", "Parameters": {"name.$": "$.name", "sum.$": "States.MathAdd($.n, 1)", "n": 1}}),
        ),
        None,
    );
    rate(
        "the same in JSONata, with Assign and Output",
        &chain(|_| {
            json!({"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"n": "{% $states.input.n + 1 %}"},
                "Output": {"name": "{% $states.input.name %}", "n": 1}})
        }),
        None,
    );
    rate("Choice and Pass in turns, three rules each", &choices(), None);
    rate("1,000 Tasks, one event each", &chain(|_| json!({"Type": "Task", "Resource": "job"})), None);
    rate("Map over 1,000 items, 40 at once", &map(), None);
    memory();
}

/// A machine of states that follow each other.
fn chain(state: impl Fn(usize) -> Value) -> Value {
    let mut states = Map::new();
    for n in 0..STATES {
        let mut state = state(n);
        if n + 1 == STATES {
            state["End"] = json!(true);
        } else {
            state["Next"] = json!(format!("s{}", n + 1));
        }
        states.insert(format!("s{n}"), state);
    }
    json!({"StartAt": "s0", "States": states})
}

fn choices() -> Value {
    let mut states = Map::new();
    for n in 0..STATES / 2 {
        let next = if n + 1 == STATES / 2 { "end".to_owned() } else { format!("c{}", n + 1) };
        let rule = |value: i64| json!({"Variable": "$.n", "NumericEquals": value, "Next": format!("p{n}")});
        states.insert(format!("c{n}"), json!({"Type": "Choice", "Choices": [rule(-1), rule(-2), rule(1)]}));
        states.insert(format!("p{n}"), json!({"Type": "Pass", "Next": next}));
    }
    states.insert("end".to_owned(), json!({"Type": "Succeed"}));
    json!({"StartAt": "c0", "States": states})
}

fn map() -> Value {
    let processor = json!({"StartAt": "i", "States": {"i": {"Type": "Pass", "End": true}}});
    json!({"StartAt": "m", "States": {"m": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": true}}})
}

fn rate(what: &str, definition: &Value, aim: Option<f64>) {
    let definition = Arc::new(Definition::from_value(definition).expect("the definition is right"));
    let items: Vec<usize> = (0..1_000).collect();
    let mut input: Map<String, Value> = (0..17).map(|n| (format!("member{n}"), json!({"n": n}))).collect();
    input.insert("name".to_owned(), "ropewalk".into());
    input.insert("n".to_owned(), 1.into());
    if what.starts_with("Map") {
        input.insert("items".to_owned(), json!(items));
    }
    let start = Start {
        input: Value::Object(input).into(),
        limits: Limits { history_events: u64::MAX, ..Limits::default() },
        ..Start::default()
    };
    for seconds in [SECONDS / 2.0, SECONDS] {
        let began = Instant::now();
        let mut runs = 0_u32;
        while began.elapsed().as_secs_f64() < seconds {
            run(&definition, &start);
            runs += 1;
        }
        let rate = f64::from(runs) * 1_000.0 / began.elapsed().as_secs_f64();
        if seconds >= SECONDS {
            let aim = aim.map_or_else(String::new, |aim| format!("{aim:.0}"));
            say(&format!("{what:<58} {rate:>14.0} {aim:>9}"));
        }
    }
}

fn run(definition: &Arc<Definition>, start: &Start) {
    let mut execution = Execution::start(Arc::clone(definition), start.clone());
    let mut what = Happening::Started { seed: Seed([7; 32]) };
    while let Some(next) = execution
        .apply(&Event { at_ms: 1, what })
        .expect("the history is a possible one")
        .into_iter()
        .find_map(answer)
    {
        what = next;
    }
    assert!(matches!(execution.status(), Status::Finished(workflow::Outcome::Succeeded { .. })));
}

/// Every task gives its input.
fn answer(command: Command) -> Option<Happening> {
    match command {
        Command::CallTask(call) => {
            Some(Happening::TaskSucceeded { entry: call.entry, attempt: call.attempt, output: call.input })
        }
        _ => None,
    }
}

/// What a run that waits takes, if it is held in memory at all: a driver keeps it in its store alone.
fn memory() {
    let waiting = json!({"StartAt": "w", "States": {"w": {"Type": "Wait", "Seconds": 60, "End": true}}});
    let definition = Arc::new(Definition::from_value(&waiting).expect("the definition is right"));
    let Some(before) = resident_bytes() else {
        say("memory: passed over, since /proc isn't there");
        return;
    };
    let runs: Vec<Execution> = (0..WAITING)
        .map(|n| {
            let input = json!({"repository": "https://example.com/repository", "commit": format!("{n:040}")});
            let start = Start { input: input.into(), execution_id: format!("run-{n}"), ..Start::default() };
            let mut execution = Execution::start(Arc::clone(&definition), start);
            let started = Happening::Started { seed: Seed([7; 32]) };
            execution.apply(&Event { at_ms: 1, what: started }).expect("the run starts");
            execution
        })
        .collect();
    let after = resident_bytes().unwrap_or(before);
    let each = after.saturating_sub(before) / WAITING;
    say(&format!("{:<58} {each:>8} bytes", "memory of a run that waits, with its input"));
    drop(runs);
}

/// Resident memory of this process.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1_024)
}

fn say(line: &str) {
    // A reader that has gone away needs no more lines.
    let _ = writeln!(std::io::stdout(), "{line}");
}
