//! How data flows: paths, templates, intrinsic functions, JSONata, variables.

use serde_json::{Value, json};

use super::{check_failure, check_state, output, run};

#[track_caller]
fn check_path(path: &str, expected: Value) {
    let input = json!({
        "a": {"b": [10, 20, 30], "c d": 1, "e-f": 2},
        "list": [{"n": 1, "t": "x"}, {"n": 2, "t": "y"}, {"n": 3}],
        "null": null,
    });
    check_state(json!({"Type": "Pass", "Parameters": {"v.$": path}}), input, json!({"v": expected}));
}

#[test]
fn paths() {
    check_path("$.a.b[0]", json!(10));
    check_path("$.a.b[-1]", json!(30));
    check_path("$['a']['c d']", json!(1));
    check_path("$.a.e-f", json!(2));
    check_path("$.a.b[1:]", json!([20, 30]));
    check_path("$.a.b[:2]", json!([10, 20]));
    check_path("$.a.b[-2:]", json!([20, 30]));
    check_path("$.a.b[0,2]", json!([10, 30]));
    check_path("$.a.b[*]", json!([10, 20, 30]));
    check_path("$.list[*].n", json!([1, 2, 3]));
    check_path("$..n", json!([1, 2, 3]));
    check_path("$.list[?(@.n > 1)].n", json!([2, 3]));
    check_path("$.list[?(@.t)].t", json!(["x", "y"]));
    check_path("$.list[?(@.n == 1 || @.t == 'y')].n", json!([1, 2]));
    check_path("$.list[?(@.n >= 2 && !(@.t))].n", json!([3]));
    check_path("$.list[?(@.n in [1, 3])].n", json!([1, 3]));
    check_path("$.list[?(@.n == $.a.b.length())].n", json!([3]));
    check_path("$.list.length()", json!(3));
    check_path("$.a.b.max()", json!(30.0));
    check_path("$.none[*]", json!([]));
    check_path("$.null", json!(null));
    check_path("$$.Execution.Name", json!("run-1"));
    check_path("$$.State.Name", json!("S"));
}

#[test]
fn a_path_that_finds_nothing() {
    check_failure(
        json!({"Type": "Pass", "Parameters": {"v.$": "$.none"}}),
        json!({"a": 1}),
        "States.Runtime",
        "The JSONPath '$.none' specified for the field 'v.$' could not be found in the input '{\"a\":1}'",
    );
    check_failure(
        json!({"Type": "Pass", "InputPath": "$.a.b"}),
        json!({}),
        "States.Runtime",
        "No results for path: $['a']['b']",
    );
    check_failure(
        json!({"Type": "Pass", "Result": 1, "ResultPath": "$.a.b"}),
        json!({"a": 1}),
        "States.ResultPathMatchFailure",
        "Unable to apply ReferencePath $.a.b",
    );
}

#[test]
fn the_flow_through_a_pass() {
    let flow = json!({"Type": "Pass", "InputPath": "$.in", "Parameters": {"x.$": "$.v", "k": 1}, "ResultPath": "$.out", "OutputPath": "$.out"});
    check_state(flow, json!({"in": {"v": 7}}), json!({"x": 7, "k": 1}));
    check_state(
        json!({"Type": "Pass", "Result": [1], "ResultPath": "$.a.b[0]"}),
        json!({}),
        json!({"a": {"b": [[1]]}}),
    );
    check_state(json!({"Type": "Pass", "Result": [1], "ResultPath": null}), json!({"q": 1}), json!({"q": 1}));
    check_state(json!({"Type": "Pass", "InputPath": null}), json!({"q": 1}), json!({}));
    check_state(json!({"Type": "Pass", "OutputPath": null}), json!({"q": 1}), json!({}));
    check_state(
        json!({"Type": "Pass", "Parameters": {"a": [{"b.$": "$.q"}]}}),
        json!({"q": 1}),
        json!({"a": [{"b": 1}]}),
    );
}

#[track_caller]
fn check_call(call: &str, expected: Value) {
    let input =
        json!({"s": "a,b;c", "list": [1, 1.0, "1", [2], [2]], "o": {"x": 1, "y": {"z": 2}}, "n": 2.5});
    check_state(json!({"Type": "Pass", "Parameters": {"v.$": call}}), input, json!({"v": expected}));
}

#[track_caller]
fn check_call_failure(call: &str, part: &str) {
    let state = json!({"Type": "Pass", "Parameters": {"v.$": call}});
    check_failure(state, json!({"list": [1], "s": "x", "o": {}}), "States.IntrinsicFailure", part);
}

#[test]
fn intrinsic_functions() {
    check_call("States.Format('{} is {}', $.s, $.n)", json!("a,b;c is 2.5"));
    check_call("States.Format('\\{\\} \\'{}\\'', 1)", json!("{} '1'"));
    check_call("States.Format('{}', $.o)", json!("{x=1, y={z=2}}"));
    check_call("States.Array(1, 'a', null, true, $.n, States.Array())", json!([1, "a", null, true, 2.5, []]));
    check_call("States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)", json!([[1, 2], [3, 4], [5]]));
    check_call("States.ArrayRange(5, 1, -2)", json!([5, 3, 1]));
    check_call("States.ArrayUnique($.list)", json!([1, "1", [2]]));
    check_call("States.ArrayLength($.list)", json!(5));
    check_call("States.ArrayGetItem($.list, 2)", json!("1"));
    check_call("States.ArrayContains($.list, 1)", json!(true));
    check_call("States.StringSplit($.s, ',;')", json!(["a", "b", "c"]));
    check_call("States.Base64Decode(States.Base64Encode('grüß'))", json!("grüß"));
    check_call("States.Hash('x', 'MD5')", json!("9dd4e461268c8034f5c8564e155c67a6"));
    check_call(
        "States.JsonMerge($.o, States.StringToJson('{\"x\": 3}'), false)",
        json!({"x": 3, "y": {"z": 2}}),
    );
    check_call("States.JsonToString($.o)", json!("{\"x\":1,\"y\":{\"z\":2}}"));
    check_call("States.MathAdd($.n, 1)", json!(4));
    check_call("States.MathRandom(3, 4)", json!(3));
    check_call_failure("States.ArrayGetItem($.list, 9)", "out of bounds");
    check_call_failure("States.ArrayRange(1, 100000, 1)", "more than 1000 items");
    check_call_failure("States.Format('{} {}', 1)", "fewer arguments");
    check_call_failure("States.StringToJson($.s)", "isn't valid JSON");
    check_call_failure("States.JsonMerge($.o, $.o, true)", "shallowly");
    check_call_failure("States.Hash('x', 'CRC')", "isn't a hash algorithm");
    check_call_failure("States.ArrayLength($.none)", "could not be found");
}

#[test]
fn randomness_comes_from_the_seed() {
    let definition = super::single(
        json!({"Type": "Pass", "Parameters": {"a.$": "States.UUID()", "b.$": "States.UUID()", "c.$": "States.MathRandom(0, 1000000)"}}),
    );
    let (first, second) =
        (output(&run(&definition, json!({}), &[])), output(&run(&definition, json!({}), &[])));
    assert_eq!(first, second);
    assert_ne!(first["a"], first["b"]);
    assert_eq!(first["a"].as_str().map(str::len), Some(36));
}

#[test]
fn jsonata_states() {
    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"n": "{% $states.input.n * 2 %}", "k": {"deep": ["{% $states.input.n %}"]}}, "Output": {"m": "{% $states.input.n + 1 %}"}, "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Condition": "{% $n > 5 %}", "Next": "C", "Output": "{% $n %}", "Assign": {"chosen": true}}], "Default": "C"},
        "C": {"Type": "Succeed", "Output": {"n": "{% $n %}", "in": "{% $states.input %}", "k": "{% $k.deep[0] %}", "chosen": "{% $chosen %}"}},
    }});
    assert_eq!(
        output(&run(&definition, json!({"n": 4}), &[])),
        json!({"n": 8, "in": 8, "k": 4, "chosen": true})
    );
}

#[test]
fn jsonata_failures_say_where() {
    let state =
        json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": ["{% $states.input.none %}"]}});
    check_failure(
        state,
        json!({}),
        "States.QueryEvaluationError",
        "specified for the field 'Output/a[0]' returned nothing (undefined)",
    );
    let state = json!({"Type": "Wait", "QueryLanguage": "JSONata", "Seconds": "{% 'x' %}"});
    check_failure(state, json!({}), "States.QueryEvaluationError", "Expected 'integer', but was 'string'");
    let state = json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 + 'x' %}"});
    check_failure(state, json!({}), "States.QueryEvaluationError", "T2002");
}

#[test]
fn variables_keep_their_scopes() {
    let inner = json!({"StartAt": "In", "States": {"In": {"Type": "Pass", "Parameters": {"seen.$": "$x"}, "Assign": {"own.$": "$x"}, "End": true}}});
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
        "B": {"Type": "Parallel", "Branches": [inner], "Next": "C"},
        "C": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "D"},
        "D": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y", "in.$": "$[0].seen"}, "End": true},
    }});
    assert_eq!(output(&run(&definition, json!({}), &[])), json!({"x": 2, "y": 1, "in": 1}));
}

#[test]
fn choices() {
    #[track_caller]
    fn check(rule: Value, input: Value, expected: bool) {
        let mut rule = rule;
        rule["Next"] = json!("Yes");
        let definition = json!({"StartAt": "C", "States": {
            "C": {"Type": "Choice", "Choices": [rule], "Default": "No"},
            "Yes": {"Type": "Pass", "Result": true, "End": true},
            "No": {"Type": "Pass", "Result": false, "End": true},
        }});
        assert_eq!(output(&run(&definition, input.clone(), &[])), json!(expected), "{rule} on {input}");
    }
    let v = |operator: &str, value: Value| json!({"Variable": "$.v", operator: value});
    check(v("StringMatches", json!("log-*.txt")), json!({"v": "log-1.txt"}), true);
    check(v("NumericEquals", json!(1)), json!({"v": 1.0}), true);
    check(
        v("NumericLessThan", json!(9_007_199_254_740_993_u64)),
        json!({"v": 9_007_199_254_740_992_u64}),
        true,
    );
    check(
        v("TimestampLessThan", json!("2024-01-01T00:00:00Z")),
        json!({"v": "2023-12-31T23:59:59.999Z"}),
        true,
    );
    check(
        v("TimestampEquals", json!("2024-01-01T00:00:00Z")),
        json!({"v": "2024-01-01T01:00:00+01:00"}),
        true,
    );
    check(v("IsTimestamp", json!(true)), json!({"v": "2024-01-01 00:00:00Z"}), false);
    check(v("IsPresent", json!(false)), json!({}), true);
    check(json!({"Not": v("BooleanEquals", json!(true))}), json!({"v": false}), true);
    check(
        json!({"And": [v("IsNumeric", json!(true)), v("NumericGreaterThan", json!(3))]}),
        json!({"v": 2}),
        false,
    );
    check(json!({"Or": [v("IsNull", json!(true)), v("StringEquals", json!("x"))]}), json!({"v": "x"}), true);
    check(json!({"Variable": "$.v", "NumericLessThanPath": "$.w"}), json!({"v": 1, "w": 2}), true);
    let rule = json!({"Variable": "$.v", "IsString": true, "Next": "E"});
    let strict = json!({"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [rule]}, "E": {"Type": "Succeed"}}});
    assert_eq!(super::failure(&run(&strict, json!({"v": 1}), &[])).0, "States.NoChoiceMatched");
    assert!(super::failure(&run(&strict, json!({}), &[])).1.contains("Invalid path '$.v'"));
}
