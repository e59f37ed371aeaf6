//! What an answer means, and when a call is made again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use artifact::MemoryStore;
use futures::executor::block_on;
use serde_json::{Value, json};

use super::*;

type Answered = Result<ComponentAnswer, CallError>;

/// A host whose components answer as told.
#[derive(Clone, Default)]
struct Scripted {
    store: Rc<MemoryStore>,
    answers: Rc<RefCell<VecDeque<Answered>>>,
    keys: Rc<RefCell<Vec<String>>>,
    now_ms: Rc<Cell<u64>>,
}

impl Host for Scripted {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.store
    }
    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }
    fn random(&self) -> u128 {
        4
    }
    async fn sleep(&self, duration_ms: u64) {
        self.now_ms.set(self.now_ms.get() + duration_ms);
    }
    async fn call(&self, call: ComponentCall) -> Answered {
        let envelope: Value = serde_json::from_slice(&call.body).unwrap();
        self.keys.borrow_mut().push(envelope["key"].as_str().unwrap().to_owned());
        self.answers.borrow_mut().pop_front().expect("one call too many")
    }
    fn spawn(&self, _work: impl Future<Output = ()> + 'static) {}
    fn log(&self, _line: &str) {}
}

fn status(status: u16) -> Answered {
    Ok(ComponentAnswer { status, ended: None, body: b"no answer of a stage".to_vec() })
}

fn ended(status: u16, why: &str) -> Answered {
    Ok(ComponentAnswer { status, ended: Some(why.to_owned()), body: Vec::new() })
}

fn answer(body: &Value) -> Answered {
    Ok(ComponentAnswer { status: 200, ended: None, body: body.to_string().into_bytes() })
}

fn dropped() -> Answered {
    Err(CallError::Transport("the connection was reset".to_owned()))
}

/// Answers in turn; how many calls that makes, all under one key, and the output or the error name.
#[track_caller]
fn check(answers: Vec<Answered>, calls: usize, expected: Result<Value, &str>) {
    let host = Scripted { answers: Rc::new(RefCell::new(answers.into())), ..Scripted::default() };
    let envelope = Envelope {
        project: "p".to_owned(),
        run: "r".to_owned(),
        state: "S".to_owned(),
        entry: 3,
        attempt: 2,
        key: "r-3-2".to_owned(),
        input: json!({}),
        grant: String::new(),
        secrets: Vec::new(),
        no_cache: false,
        shares_cache: false,
        fork: None,
    };
    let (outcome, report) = block_on(call_stage(&host, "stage-x", &envelope));
    assert_eq!(*host.keys.borrow(), vec!["r-3-2"; calls]);
    assert_eq!(report.duration_ms > 0.0, calls > 1, "repetitions are not made at once");
    match (outcome, expected) {
        (Outcome::Succeeded(output), Ok(expected)) => assert_eq!(output, expected),
        (Outcome::Failed { error, cause }, Err(expected)) => {
            assert_eq!(error, expected, "{cause}");
            assert!(cause.contains("stage-x") || cause == "bad style", "{cause}");
        }
        (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
    }
}

#[test]
fn only_the_hosts_failures_are_repeated() {
    let good = || answer(&json!({ "outcome": "succeeded", "output": 7 }));
    let bad = || answer(&json!({ "outcome": "failed", "error": "Lint.Failed", "cause": "bad style" }));
    check(vec![good()], 1, Ok(json!(7)));
    check(vec![status(500), good()], 2, Ok(json!(7)));
    check(vec![dropped(), status(502), dropped(), good()], 4, Ok(json!(7)));
    check(vec![dropped(), bad()], 2, Err("Lint.Failed"));
    check(vec![bad()], 1, Err("Lint.Failed"));
    check(vec![status(500), status(500), status(500), status(500)], 4, Err("States.TaskFailed"));
    check(vec![dropped(), dropped(), dropped(), dropped()], 4, Err("States.TaskFailed"));
    check(vec![ended(500, "trapped: unreachable")], 1, Err("States.TaskFailed"));
    check(vec![ended(504, "time limit of 60 s exceeded")], 1, Err("States.Timeout"));
    check(vec![Err(CallError::UnknownComponent)], 1, Err("States.TaskFailed"));
    check(vec![status(404)], 1, Err("States.TaskFailed"));
    check(vec![answer(&json!("what"))], 1, Err("States.TaskFailed"));
    let large = json!({ "outcome": "succeeded", "output": "x".repeat(MAX_ANSWER_BYTES) });
    check(vec![answer(&large)], 1, Err("States.DataLimitExceeded"));
}
