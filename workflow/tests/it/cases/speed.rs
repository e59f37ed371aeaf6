//! How fast the engine is in memory; run with `--release --ignored --nocapture` to see the figure.

use std::time::Instant;

use serde_json::json;
use workflow::{Event, Execution, Happening, Limits, Seed, Start, Status};

#[test]
#[ignore = "a measurement, not a check"]
#[allow(clippy::print_stderr, clippy::cast_precision_loss, reason = "the figure is the point")]
fn transitions_a_second() {
    let mut states = serde_json::Map::new();
    for n in 0..1_000 {
        let next = if n == 999 {
            json!({"Type": "Pass", "End": true})
        } else {
            json!({"Type": "Pass", "Next": format!("s{}", n + 1)})
        };
        states.insert(format!("s{n}"), next);
    }
    let definition = super::define(&json!({"StartAt": "s0", "States": states}));
    let limits = Limits { history_events: u64::MAX, ..Limits::default() };
    let began = Instant::now();
    let rounds = 2_000;
    for _ in 0..rounds {
        let start = Start {
            input: json!({"a": [1, 2, 3], "b": {"c": "text"}}).into(),
            limits: limits.clone(),
            ..Start::default()
        };
        let mut run = Execution::start(definition.clone(), start);
        run.apply(&Event { at_ms: 1, what: Happening::Started { seed: Seed([0; 32]) } }).expect("it runs");
        assert!(matches!(run.status(), Status::Finished(_)));
    }
    let seconds = began.elapsed().as_secs_f64();
    eprintln!("{:.0} transitions a second", f64::from(rounds) * 1_000.0 / seconds);
}
