//! Definitions as Mermaid flowcharts.

use serde_json::{Value, json};

use super::define;

#[track_caller]
fn check(states: Value, lines: &[&str]) {
    let start =
        states.as_object().and_then(|states| states.keys().next().cloned()).expect("there is a state");
    let chart = define(&json!({"StartAt": start, "States": states})).mermaid();
    let found: Vec<&str> = chart.lines().skip(1).map(str::trim).collect();
    assert_eq!(found, lines, "{chart}");
}

#[test]
fn each_type_of_state_has_a_shape() {
    check(
        json!({
            "T": {"Type": "Task", "Resource": "job", "Catch": [{"ErrorEquals": ["A", "B"], "Next": "F"}], "Next": "P"},
            "P": {"Type": "Pass", "Next": "W"},
            "W": {"Type": "Wait", "Seconds": 1, "Next": "S"},
            "S": {"Type": "Succeed"},
            "F": {"Type": "Fail"}
        }),
        &[
            "m0start([Start]) --> m0s0",
            "m0s0[\"T\"]",
            "m0s1(\"P\")",
            "m0s2[/\"W\"/]",
            "m0s3((\"S\"))",
            "m0s4(((\"F\")))",
            "m0s0 --> m0s1",
            "m0s0 -.->|\"A, B\"| m0s4",
            "m0s1 --> m0s2",
            "m0s2 --> m0s3",
        ],
    );
}

#[test]
fn conditions_are_in_words() {
    let labels = |choices: Value| -> Vec<String> {
        let machine = json!({"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": choices}, "E": {"Type": "Succeed"}}});
        let chart = define(&machine).mermaid();
        let labels = chart
            .lines()
            .filter_map(|line| Some(line.split_once("-->|\"")?.1.split_once("\"|")?.0.to_owned()));
        labels.collect()
    };
    let compare = |operator: &str, value: Value| json!({"Variable": "$.v", operator: value});
    let rule = |mut condition: Value| {
        condition["Next"] = json!("E");
        condition
    };
    let found = labels(json!([
        rule(compare("StringEquals", json!("a\"b"))),
        rule(compare("NumericLessThanEqualsPath", json!("$.w"))),
        rule(compare("IsPresent", json!(false))),
        rule(json!({"Not": compare("IsNull", json!(true))})),
        rule(json!({"Not": compare("BooleanEquals", json!(true))})),
        rule(
            json!({"Or": [{"And": [compare("IsString", json!(true)), compare("StringMatches", json!("a*"))]},
            compare("TimestampGreaterThan", json!("2024-01-01T00:00:00Z"))]})
        ),
    ]));
    assert_eq!(
        found,
        [
            "$.v = #34;a#92;#34;b#34;",
            "$.v #60;= $.w",
            "$.v isn't present",
            "$.v isn't null",
            "not $.v = true",
            "($.v is a string and $.v matches #34;a*#34;) or $.v #62; #34;2024-01-01T00:00:00Z#34;",
        ]
    );
}

#[test]
fn names_cannot_break_out() {
    let name = "a\"] --> x\n`#;<b>";
    check(
        json!({name: {"Type": "Succeed"}}),
        &["m0start([Start]) --> m0s0", "m0s0((\"a#34;] --#62; x #96;#35;;#60;b#62;\"))"],
    );
}
