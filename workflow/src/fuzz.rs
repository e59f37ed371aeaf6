//! Fuzzing on stable Rust: what comes from outside is read from mutated texts, and must neither panic nor hang.
//!
//! `cargo test` gives each target a moment; `ROPEWALK_FUZZ_SECONDS=60 cargo test -p workflow --lib fuzz` gives them a minute, all
//! side by side. A failing input is printed with the line that replays it.

mod harness;
mod mutate;

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::command::{Command, Status};
use crate::definition::Definition;
use crate::event::{Event, Happening, Seed};
use crate::execution::Execution;
use crate::jsonata::{Environment, Program};
use crate::limits::Limits;
use crate::path::{Path, Roots};
use crate::random::Random;
use crate::start::Start;
use harness::fuzz;

/// Events that one run of a fuzzed definition may have.
const MAX_EVENTS: usize = 60;

/// Limits that end a run soon, so that many fit into the time.
fn limits() -> Limits {
    Limits {
        data_bytes: 16 * 1024,
        history_events: 500,
        map_items: 100,
        transitions_per_event: 500,
        expression_steps: 5_000,
        ..Limits::default()
    }
}

fn document() -> Value {
    json!({
        "a": {"b": [1, 2.5, "x", null, true, {"c": "d"}]}, "n": -3, "s": "text with ü", "list": [[1], [2, 3]],
        "books": [{"price": 8, "title": "A"}, {"price": 12, "title": "B"}]
    })
}

#[test]
fn definitions() {
    let corpus = [
        r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"job","TimeoutSeconds":5,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":2,"BackoffRate":1.5,"JitterStrategy":"FULL"}],"Catch":[{"ErrorEquals":["E"],"Next":"B","ResultPath":"$.e"}],"Next":"B"},"B":{"Type":"Succeed"}}}"#,
        r#"{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.n","NumericLessThan":1},{"Not":{"Variable":"$.s","StringMatches":"a*"}}],"Next":"W"}],"Default":"F"},"W":{"Type":"Wait","Seconds":3,"Next":"F"},"F":{"Type":"Fail","ErrorPath":"$.s","Cause":"c"}}}"#,
        r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","Result":1,"End":true}}},{"StartAt":"Y","States":{"Y":{"Type":"Task","Resource":"arn:aws:states:::http:invoke.waitForTaskToken","Parameters":{"t.$":"$$.Task.Token"},"HeartbeatSeconds":2,"End":true}}}],"ResultSelector":{"all.$":"$"},"End":true}}}"#,
        r#"{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.list","MaxConcurrency":2,"ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value"},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"I","States":{"I":{"Type":"Pass","Parameters":{"x.$":"States.Format('{}', $.v)"},"End":true}}},"ItemBatcher":{"MaxItemsPerBatch":2},"ToleratedFailurePercentage":10,"Label":"l","End":true}}}"#,
        r#"{"QueryLanguage":"JSONata","StartAt":"J","States":{"J":{"Type":"Pass","Assign":{"v":"{% $states.input.n + 1 %}"},"Output":{"o":"{% $map($states.input.list, function($x) { $sum($x) }) %}"},"Next":"K"},"K":{"Type":"Wait","Timestamp":"{% $now() %}","Next":"L"},"L":{"Type":"Choice","Choices":[{"Condition":"{% $v > 1 %}","Next":"D","Output":"{% $v %}"}],"Default":"D"},"D":{"Type":"Succeed","Output":"{% $states.context.State.Name %}"}}}"#,
    ];
    let words = [
        "\"Type\":",
        "\"Pass\"",
        "\"Task\"",
        "\"Map\"",
        "\"Parallel\"",
        "\"Choice\"",
        "\"Wait\"",
        "\"End\":true",
        "\"Next\":\"A\"",
        "\"Seconds\":",
        "\"QueryLanguage\":\"JSONata\"",
        "\"{% $states.input %}\"",
        "\"$.a.b[*]\"",
        "\"States.UUID()\"",
        "null",
        "1e999",
        "-1",
        "[]",
        "{}",
        "\"Items\":",
        "\"ItemReader\":",
        "\"ResultPath\":null",
        "\"OutputPath\":\"$.x\"",
        "\"ToleratedFailureCount\":1",
        "\"Iterator\":",
    ];
    fuzz("definitions", &corpus, &words, |text| {
        let Ok(definition) = Definition::parse(text) else { return false };
        definition.mermaid();
        definition.variable_references();
        assert!(definition.states().count() > 0);
        run(&Arc::new(definition));
        true
    });
}

/// Runs a definition with answers of all kinds, then replays what happened.
fn run(definition: &Arc<Definition>) {
    let start = Start { input: document().into(), limits: limits(), ..Start::default() };
    let mut execution = Execution::start(Arc::clone(definition), start.clone());
    execution.record_history(true);
    let mut open = vec![Happening::Started { seed: Seed([1; 32]) }];
    let mut events = Vec::new();
    while let Some(what) = open.pop() {
        if events.len() == MAX_EVENTS {
            break;
        }
        let event = Event { at_ms: 1_000 * events.len() as u64, what };
        for command in execution.apply(&event).expect("an answer to a command is a possible event") {
            open.extend(answer(command, events.len()));
        }
        events.push(event);
    }
    for entry in execution.take_history() {
        entry.to_json();
    }
    let mut again = Execution::start(Arc::clone(definition), start);
    for event in &events {
        again.apply(event).expect("what happened can happen again");
    }
    assert_eq!(again.status(), execution.status(), "the replay ends as the run did");
    assert_eq!(again.outstanding(), execution.outstanding(), "the replay waits for the same");
}

fn answer(command: Command, count: usize) -> Option<Happening> {
    match command {
        Command::CallTask(call) if count % 3 == 1 => Some(Happening::TaskFailed {
            entry: call.entry,
            attempt: call.attempt,
            error: "E".to_owned(),
            cause: None,
        }),
        Command::CallTask(call) => {
            Some(Happening::TaskSucceeded { entry: call.entry, attempt: call.attempt, output: call.input })
        }
        Command::ReadItems(read) => Some(Happening::ItemsRead {
            entry: read.entry,
            attempt: read.attempt,
            content: crate::event::Content::Text("[1,{\"a\":2}]".to_owned()),
        }),
        Command::WriteResults(write) => Some(Happening::TaskSucceeded {
            entry: write.entry,
            attempt: write.attempt,
            output: json!({}).into(),
        }),
        Command::StartTimer { timer, .. } => Some(Happening::TimerFired { timer }),
        Command::CancelTask { .. } | Command::CancelTimer { .. } | Command::Finish(_) => None,
    }
}

struct World {
    document: Value,
    context: Value,
    random: RefCell<Random>,
}

impl World {
    fn new() -> Self {
        let context = json!({"Execution": {"Id": "x"}, "State": {"Name": "S"}});
        Self { document: document(), context, random: RefCell::new(Random::new(Seed([2; 32]))) }
    }
}

impl Roots for World {
    fn data(&self) -> &Value {
        &self.document
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.document.get(name)
    }
}

impl Environment for World {
    fn input(&self) -> &Value {
        &self.document
    }

    fn result(&self) -> Option<&Value> {
        Some(&self.document)
    }

    fn error_output(&self) -> Option<&Value> {
        None
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.document.get(name)
    }

    fn random(&self) -> &RefCell<Random> {
        &self.random
    }

    fn steps(&self) -> u64 {
        5_000
    }

    fn now_ms(&self) -> u64 {
        1_700_000_000_000
    }
}

#[test]
fn paths() {
    let corpus = [
        "$.a.b[0]",
        "$['a']['b'][-1]",
        "$..c",
        "$.books[?(@.price < 10 && @.title == 'A')].title",
        "$$.Execution.Id",
        "$s",
        "$.list[*][0]",
        "$.a.b[1:3]",
        "$.books[0,1]",
        "$.books.length()",
        "$.a[?(!(@.b in [1,2]) || @ contains 'x')]",
        "$['a','n']",
    ];
    let words = [
        "$",
        "@",
        "..",
        "[*]",
        "[?(",
        ")]",
        "&&",
        "||",
        "==",
        "!=",
        "<=",
        " in ",
        " nin ",
        " subsetof ",
        " size ",
        " empty true",
        "'",
        "\\",
        "[-1]",
        "[1:2]",
        "99999999999999999999",
        ".length()",
        ".min()",
        "(",
        ")",
        "!",
    ];
    let world = World::new();
    fuzz("paths", &corpus, &words, move |text| {
        let Ok(path) = Path::parse(text) else { return false };
        assert_eq!(Path::parse(path.text()).as_ref(), Ok(&path), "a path's text is the path");
        let _ = path.find(&world);
        path.normalised();
        true
    });
}

#[test]
fn expressions() {
    let corpus = [
        "$states.input.a.b[0]",
        "$map($states.input.list, function($v, $i) { $sum($v) + $i })",
        "a.b[c = 'd']^(>price).title",
        "($x := 1; $x + 2)",
        "{'a': 1, 'b': [1..5]}",
        "$states.input.books{title: price}",
        "$contains('abc', /b+/i) ? 'y' : 'n'",
        "**.price ~> $sum()",
        "$formatNumber(1234.5, '#,##0.00')",
        "$toMillis('2024-01-01T00:00:00Z')",
        "$partition([1,2,3], 2)",
        "a.b.%.n",
        "a@$x#$i.b",
        "$reduce([1,2,3], function($a, $b) { $a * $b })",
        "$states.input ~> |a|{'x': 1}, 'b'|",
        "$replace('aXb', /X(.)?/, '$1')",
        "$fromMillis(0, '[Y]-[M01]')",
    ];
    let words = [
        "$",
        "$$",
        "$states",
        ":=",
        "~>",
        "^(",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "function($x){",
        "/a+/",
        "'",
        "..",
        "**",
        "%",
        "@$v",
        "#$i",
        " and ",
        " or ",
        " in ",
        "?",
        ":",
        "1e308",
        "-",
        "&",
        "|",
        "$string(",
        "$split(",
        "$sort(",
        "$range(",
        "$hash(",
        "`",
        "/*",
        "*/",
        "λ($x){",
    ];
    let world = World::new();
    fuzz("expressions", &corpus, &words, move |text| {
        let Ok(program) = Program::parse(text) else { return false };
        let _ = program.evaluate(&world);
        let _ = program.variables();
        true
    });
}

#[test]
fn intrinsic_functions() {
    let corpus = [
        "States.Format('a {} \\{ {}', $.n, States.Array(1, 'b'))",
        "States.StringToJson('[1]')",
        "States.ArrayRange(1, 9, 2)",
        "States.UUID()",
        "States.JsonMerge($.a, $.a, false)",
        "States.MathRandom(1, 10, 7)",
        "States.ArrayPartition($.list, 1)",
        "States.Hash($.s, 'SHA-256')",
        "States.Base64Decode(States.Base64Encode('x'))",
        "States.ArrayGetItem($.list, 0)",
        "States.StringSplit('a,b', ',')",
        "States.MathAdd($.n, 1.5)",
        "States.ArrayUnique($.list)",
        "States.ArrayContains($.list, $.n)",
        "States.JsonToString($)",
        "States.ArrayLength($.books)",
    ];
    let words = [
        "States.",
        "Array(",
        "Format(",
        "(",
        ")",
        ",",
        "'",
        "\\'",
        "{}",
        "$.a",
        "$$",
        "-1",
        "9223372036854775807",
        "1e400",
        "null",
        "true",
        "\\\\",
    ];
    fuzz("intrinsic_functions", &corpus, &words, |text| {
        let state = json!({"Type": "Pass", "Parameters": {"v.$": text}, "End": true});
        let Ok(definition) = Definition::from_value(&json!({"StartAt": "S", "States": {"S": state}})) else {
            return false;
        };
        run(&Arc::new(definition));
        true
    });
}

#[test]
fn histories() {
    let definition = Definition::parse(
        r#"{"StartAt":"P","TimeoutSeconds":90,"States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"job","TimeoutSeconds":9,"HeartbeatSeconds":3,"Retry":[{"ErrorEquals":["E"]}],"End":true}}},{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.list","ItemProcessor":{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}}},{"StartAt":"D","States":{"D":{"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON"},"Parameters":{"Bucket":"b","Key":"k"}},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"b","Prefix":"p"}},"End":true}}}],"End":true}}}"#,
    )
    .expect("the definition is right");
    let definition = Arc::new(definition);
    let started = format!(r#"[{{"t":0,"e":{{"started":{{"seed":"{}"}}}}}}"#, "0".repeat(64));
    let corpora = [
        r#",{"t":1,"e":{"task_started":{"entry":2,"attempt":1,"worker":"w"}}},{"t":2,"e":{"task_heartbeat":{"entry":2,"attempt":1}}},{"t":3,"e":{"task_succeeded":{"entry":2,"attempt":1,"output":{}}}}]"#,
        r#",{"t":1,"e":{"task_failed":{"entry":2,"attempt":1,"error":"E"}}},{"t":1001,"e":{"timer_fired":{"timer":4}}},{"t":1002,"e":{"task_submitted":{"entry":2,"attempt":2,"output":1}}}]"#,
        r#",{"t":1,"e":{"items_read":{"entry":4,"attempt":1,"content":{"text":"[1,2]"}}}},{"t":2,"e":{"items_read":{"entry":4,"attempt":1,"content":{"items":[1]}}}}]"#,
        r#",{"t":5,"e":{"cancelled":{"error":"S","cause":"c"}}},{"t":6,"e":"redriven"},{"t":7,"e":{"timer_fired":{"timer":1}}}]"#,
    ];
    let corpus: Vec<String> = corpora.iter().map(|rest| format!("{started}{rest}")).collect();
    let corpus: Vec<&str> = corpus.iter().map(String::as_str).collect();
    let words = [
        "{\"t\":9,\"e\":",
        "\"redriven\"",
        "{\"timer_fired\":{\"timer\":",
        "{\"task_failed\":{\"entry\":",
        "{\"cancelled\":{}}",
        "18446744073709551615",
        "\"attempt\":2",
        "\"entry\":3",
        "0",
        "-1",
        "null",
        ",",
        "]",
        "}",
        "{\"started\":{\"seed\":\"00\"}}",
    ];
    fuzz("histories", &corpus, &words, move |text| {
        let Ok(events) = serde_json::from_str::<Vec<Event>>(text) else { return false };
        let start = Start { input: document().into(), limits: limits(), ..Start::default() };
        let mut execution = Execution::start(Arc::clone(&definition), start);
        for event in &events {
            let (before, waiting) = (execution.status().clone(), execution.outstanding());
            if execution.apply(event).is_err() {
                assert_eq!(execution.status(), &before, "an event that can't be changes nothing");
                assert_eq!(execution.outstanding(), waiting, "an event that can't be changes nothing");
            }
        }
        if let Status::Finished(_) = execution.status() {
            assert!(execution.outstanding().is_empty(), "a run that is over waits for nothing");
        }
        true
    });
}
