//! Hostile definitions and inputs: each ends soon, with a clear error.

use serde_json::{Value, json};
use workflow::{Definition, Limits, Start};

use super::{check_failure, failure, run};
use crate::driver;
use crate::world::Empty;

#[test]
fn a_loop_that_waits_for_nothing() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }});
    let run = run(&definition, json!({}), &[]);
    assert_eq!(
        failure(&run),
        (
            "States.Runtime".to_owned(),
            "The execution reached the maximum number of history events (25000)".to_owned()
        )
    );
    let start = Start {
        limits: Limits { history_events: u64::MAX, transitions_per_event: 1_000, ..Limits::default() },
        ..Start::default()
    };
    let run = driver::run(&super::define(&definition), start, &mut Empty);
    assert!(failure(&run).1.contains("endless loop"));
}

#[test]
fn data_that_grows_deeper_and_deeper() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }});
    let run = run(&definition, json!({}), &[]);
    assert_eq!(failure(&run).0, "States.DataLimitExceeded");
    assert!(failure(&run).1.contains("deeper than 100 levels"));
}

#[test]
fn data_that_doubles() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"s.$": "States.Format('{}{}', $.s, $.s)"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }});
    assert_eq!(failure(&run(&definition, json!({"s": "xxxxxxxx"}), &[])).0, "States.DataLimitExceeded");
}

#[test]
fn a_pattern_that_backtracks() {
    let rule = json!({"Variable": "$.s", "StringMatches": format!("{}b", "a*".repeat(200)), "Next": "E"});
    let definition = json!({"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [rule]}, "E": {"Type": "Succeed"}}});
    assert_eq!(failure(&run(&definition, json!({"s": "a".repeat(10_000)}), &[])).0, "States.NoChoiceMatched");
}

#[test]
fn an_expression_that_never_ends() {
    let state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% ($f := function($n){ $f($n + 1) }; $f(0)) %}"});
    check_failure(state, json!({}), "States.QueryEvaluationError", "steps");
}

#[test]
fn huge_numbers() {
    let state = json!({"Type": "Pass", "Parameters": {"v.$": "States.MathAdd($.a, $.b)"}});
    check_failure(state, json!({"a": i64::MAX, "b": 1}), "States.IntrinsicFailure", "out of range");
    check_failure(
        json!({"Type": "Wait", "SecondsPath": "$.s"}),
        json!({"s": 1e300}),
        "States.Runtime",
        "cannot be parsed",
    );
    let state = json!({"Type": "Map", "MaxConcurrencyPath": "$.m", "ItemsPath": "$.i", "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}});
    check_failure(state, json!({"m": -1, "i": []}), "States.Runtime", "MaxConcurrency cannot be negative.");
}

#[test]
fn too_many_items() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let definition = super::define(&super::single(json!({"Type": "Map", "ItemProcessor": processor})));
    let start = Start {
        input: json!([1, 2, 3]).into(),
        limits: Limits { map_items: 2, ..Limits::default() },
        ..Start::default()
    };
    assert!(failure(&driver::run(&definition, start, &mut Empty)).1.contains("3 items, more than 2"));
}

#[test]
fn iterations_count_as_history_too() {
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let definition = super::single(json!({"Type": "Map", "ItemProcessor": processor}));
    let items: Value = (0..10_000).collect();
    let run = run(&definition, items, &[]);
    assert!(failure(&run).1.contains("maximum number of history events"));
}

#[track_caller]
fn check_refused(text: &str, part: &str) {
    let problems = Definition::parse(text).expect_err("it is refused");
    assert!(problems.iter().any(|problem| problem.to_string().contains(part)), "{problems:?}");
}

#[test]
fn definitions_without_end() {
    let nested = |levels: usize| {
        (0..levels).fold(json!({"StartAt": "x", "States": {"x": {"Type": "Succeed"}}}), |inner, level| {
            let name = format!("s{level}");
            json!({"StartAt": name.clone(), "States": {name: {"Type": "Parallel", "Branches": [inner], "End": true}}})
        })
    };
    assert!(Definition::from_value(&nested(15)).is_ok());
    check_refused(&nested(24).to_string(), "nest deeper than 20 levels");
    check_refused(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "isn't JSON");
    check_refused(&format!("\"{}\"", "x".repeat(2_000_000)), "bytes, more than");
    let deep: Value = (0..200).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(Definition::from_value(&deep).is_err());
}

#[test]
fn paths_and_calls_without_end() {
    for (text, part) in [
        (format!("$.{}", "a".repeat(10_000)), "longer than"),
        (format!("$[?({}@.a{})]", "(".repeat(1_000), ")".repeat(1_000)), "nests deeper"),
        (format!("{}1{}", "States.Array(".repeat(50), ")".repeat(50)), "nest deeper than 10 levels"),
    ] {
        let definition = super::single(json!({"Type": "Pass", "Parameters": {"v.$": text}}));
        check_refused(&definition.to_string(), part);
    }
}

/// Runs what must end soon, whatever it gives.
#[track_caller]
fn check_soon(state: Value, input: Value, error: &str, part: &str) {
    let began = std::time::Instant::now();
    check_failure(state.clone(), input, error, part);
    // Debug builds on a busy machine are slow; what doesn't end in time takes minutes or gigabytes.
    assert!(began.elapsed().as_secs() < 20, "it took {:?}: {state}", began.elapsed());
}

#[test]
fn a_pattern_and_a_text_that_are_both_long() {
    let rule = json!({"Variable": "$.s", "StringMatches": format!("{}b", "*a".repeat(100_000)), "Next": "E"});
    let definition = json!({"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [rule]}, "E": {"Type": "Succeed"}}});
    assert_eq!(
        failure(&run(&definition, json!({"s": "a".repeat(250_000)}), &[])).0,
        "States.NoChoiceMatched"
    );
}

#[test]
fn texts_of_ten_megabytes() {
    let long = "x".repeat(10 * 1024 * 1024);
    let run_of = |input: Value| run(&super::single(json!({"Type": "Pass"})), input, &[]);
    assert_eq!(failure(&run_of(json!({ "s": long }))).0, "States.DataLimitExceeded");
    let task = super::single(json!({"Type": "Task", "Resource": "job", "TimeoutSeconds": 5}));
    let given = run(&task, json!({}), &[super::Act::Give(0, json!(long))]);
    assert_eq!(failure(&given).0, "States.DataLimitExceeded");
    check_refused(
        &super::single(json!({"Type": "Pass", "Comment": long})).to_string(),
        "bytes, more than 1048576",
    );
    let state =
        json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $length($pad('x', 10485760)) %}"});
    check_failure(state, json!({}), "States.QueryEvaluationError", "more than 8388608 bytes");
}

#[test]
fn paths_that_find_the_same_again_and_again() {
    let small = (0..12).fold(json!({"a": 1}), |inner, _| json!({"a": inner.clone(), "b": [inner]}));
    let path = |path: &str| json!({"Type": "Pass", "InputPath": path});
    check_soon(
        path(&format!("${}", "..*".repeat(40))),
        small.clone(),
        "States.Runtime",
        "looks at more than 1000000 values",
    );
    let wide = json!({"x": [small.clone(), small]});
    check_soon(
        path(&format!("$.x[{}0]", "0,".repeat(4_000))),
        wide.clone(),
        "States.Runtime",
        "looks at more than",
    );
    check_soon(path("$..[?($..a == $..b)]"), wide, "States.Runtime", "looks at more than");
    let lists: Vec<u32> = (0..20_000).collect();
    let filter = "$.l[?($.l subsetof $.l && $.l noneof $.m)]";
    check_soon(path(filter), json!({"l": lists, "m": [0]}), "States.Runtime", "looks at more than");
}

#[test]
fn templates_that_name_the_same_again_and_again() {
    let input = json!({"s": "x".repeat(200_000)});
    let members: serde_json::Map<String, Value> =
        (0..20_000).map(|n| (format!("m{n}.$"), json!("$"))).collect();
    check_soon(
        json!({"Type": "Pass", "Parameters": members}),
        input.clone(),
        "States.DataLimitExceeded",
        "'S'",
    );
    let call = format!("States.Array({}$)", "$,".repeat(4_000));
    check_soon(
        json!({"Type": "Pass", "Parameters": {"v.$": call}}),
        input.clone(),
        "States.DataLimitExceeded",
        "'S'",
    );
    let call = format!("States.Format('{}',{}$.s)", "{}".repeat(1_000), "$.s,".repeat(999));
    check_soon(
        json!({"Type": "Pass", "Parameters": {"v.$": call}}),
        input,
        "States.DataLimitExceeded",
        "'S'",
    );
}

#[test]
fn expressions_whose_values_share_their_parts() {
    let doubled = "$x := [0]; $y := [0]; $d := function($v, $n) { $n = 0 ? $v : $d([[$v], [$v]], $n - 1) }; $x := $d($x, 60); \
                   $y := $d($y, 60);";
    let state = |end: &str| json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": format!("{{% ({doubled} {end}) %}}")});
    check_soon(state("$x = $y"), json!({}), "States.QueryEvaluationError", "steps");
    check_soon(state("$x ? 1 : 2"), json!({}), "States.QueryEvaluationError", "steps");
    check_soon(state("$x"), json!({}), "States.QueryEvaluationError", "more than 8388608 bytes");
    check_soon(state("$string($x)"), json!({}), "States.QueryEvaluationError", "more than 8388608 bytes");
    check_soon(state("$distinct([$x, $y])"), json!({}), "States.QueryEvaluationError", "steps");
}

#[test]
fn expressions_that_look_at_everything_for_everything() {
    let items: Vec<u32> = (0..20_000).collect();
    let state = |expression: &str| json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": format!("{{% {expression} %}}")});
    for expression in [
        "$states.input.a[$states.input.a]",
        "$states.input.a[$ in $states.input.a].($states.input.a)",
        "$map($states.input.a, function($v) { $states.input.a })",
        "$states.input.a ~> $sort(function($l, $r) { $sum($states.input.a) > 0 })",
    ] {
        check_soon(state(expression), json!({"a": items}), "States.QueryEvaluationError", "");
    }
}

#[test]
fn regular_expressions_that_backtrack() {
    let text = "a".repeat(100_000);
    let state = |expression: &str| json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": format!("{{% {expression} %}}")});
    for pattern in ["/^(a+)+$/", "/(a|aa)+b/", "/(a*)*b/", "/([a-zA-Z]+)*!/"] {
        let began = std::time::Instant::now();
        let found =
            run(&super::single(state(&format!("$contains($states.input, {pattern})"))), json!(text), &[]);
        assert!(matches!(found.outcome(), workflow::Outcome::Succeeded { .. }), "{pattern}");
        assert!(began.elapsed().as_secs() < 20, "{pattern} took {:?}", began.elapsed());
    }
    let refused = super::single(state("$contains('', /(a{1000}){1000}/)"));
    check_refused(&refused.to_string(), "isn't a regular expression that can be used");
}

#[test]
fn numbers_without_end() {
    for text in ["1e999", "-1e999", &"9".repeat(10_000)] {
        let definition =
            format!(r#"{{"StartAt":"S","States":{{"S":{{"Type":"Wait","Seconds":{text},"End":true}}}}}}"#);
        assert!(Definition::parse(&definition).is_err(), "{text}");
    }
    let state = |expression: &str| json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": format!("{{% {expression} %}}")});
    for expression in
        ["$power(10, 400)", "1e308 * 10", "$formatBase(1e300, 2) & $pad('', 1e300)", "[1..1e15]"]
    {
        check_failure(state(expression), json!({}), "States.QueryEvaluationError", "");
    }
    let retry = json!([{"ErrorEquals": ["E"], "IntervalSeconds": 99_999_999, "BackoffRate": 1e300, "MaxAttempts": 3}]);
    let task = super::single(json!({"Type": "Task", "Resource": "job", "Retry": retry}));
    let acts = [super::Act::Fail("E"), super::Act::Fail("E"), super::Act::Fail("E"), super::Act::Fail("E")];
    assert_eq!(failure(&run(&task, json!({}), &acts)).0, "E");
}

#[test]
fn inputs_that_nest_without_end() {
    let deep = (0..=100).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(
        failure(&run(&super::single(json!({"Type": "Pass"})), deep, &[])).0,
        "States.DataLimitExceeded"
    );
    let text = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let state = json!({"Type": "Pass", "Parameters": {"v.$": "States.StringToJson($.t)"}});
    check_failure(state, json!({"t": text}), "States.IntrinsicFailure", "recursion limit");
    let state =
        json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $parse($states.input.t) %}"});
    check_failure(state, json!({"t": text}), "States.QueryEvaluationError", "");
    let nested = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    let state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": format!("{{% {nested} %}}")});
    check_refused(&super::single(state).to_string(), "isn't a JSONata expression");
}
