//! Map states.

use serde_json::{Value, json};
use workflow::{Content, Data};

use super::{Act, Script, failure, kinds, output, run, run_with};

fn map(mode: &str, state: Value, more: Value) -> Value {
    let mut config = json!({"Mode": mode});
    if mode == "DISTRIBUTED" {
        config["ExecutionType"] = json!("STANDARD");
    }
    let mut inner = state;
    if inner["Type"] != "Fail" {
        inner["End"] = json!(true);
    }
    let processor = json!({"ProcessorConfig": config, "StartAt": "I", "States": {"I": inner}});
    let mut map = json!({"Type": "Map", "ItemProcessor": processor, "End": true});
    map.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    json!({"StartAt": "M", "States": {"M": map}})
}

fn job() -> Value {
    json!({"Type": "Task", "Resource": "job"})
}

#[test]
fn at_most_so_many_at_once() {
    let acts: Vec<Act> = (0..6).map(|n| Act::Give(10, json!(n))).collect();
    let of = |limit: u64| {
        run(&map("INLINE", job(), json!({"MaxConcurrency": limit})), json!([1, 2, 3, 4, 5, 6]), &acts)
    };
    assert_eq!(of(1).calls_ms, [0, 10, 20, 30, 40, 50]);
    assert_eq!(of(2).calls_ms, [0, 0, 10, 10, 20, 20]);
    assert_eq!(of(0).calls_ms, [0; 6]);
    assert_eq!(output(&of(2)), json!([0, 1, 2, 3, 4, 5]));
}

#[test]
fn selectors_see_the_item() {
    let more = json!({"ItemsPath": "$.list", "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k"}, "ResultPath": "$.r"});
    let run = run(&map("INLINE", json!({"Type": "Pass"}), more), json!({"list": ["x", "y"], "k": 1}), &[]);
    assert_eq!(output(&run)["r"], json!([{"i": 0, "v": "x", "k": 1}, {"i": 1, "v": "y", "k": 1}]));
}

#[test]
fn an_empty_map_ends_at_once() {
    assert_eq!(output(&run(&map("INLINE", job(), json!({})), json!([]), &[])), json!([]));
    assert_eq!(output(&run(&map("DISTRIBUTED", job(), json!({})), json!([]), &[])), json!([]));
}

#[test]
fn an_inline_map_fails_with_its_first_failure() {
    let run = run(
        &map("INLINE", job(), json!({"MaxConcurrency": 2})),
        json!([1, 2, 3]),
        &[Act::Silence, Act::Fail("E")],
    );
    assert_eq!(failure(&run).0, "E");
    assert!(kinds(&run).contains(&"MapIterationFailed".to_owned()));
}

#[track_caller]
fn check_tolerance(more: Value, failing: usize, expected: Result<usize, ()>) {
    let mut acts = vec![Act::Fail("E"); failing];
    acts.resize(10, Act::Echo);
    let items: Value = (0..10).collect();
    let run = run(&map("DISTRIBUTED", job(), more.clone()), items, &acts);
    match expected {
        Ok(count) => assert_eq!(output(&run).as_array().map(Vec::len), Some(count), "{more}"),
        Err(()) => assert_eq!(failure(&run).0, "States.ExceedToleratedFailureThreshold", "{more}"),
    }
}

#[test]
fn failures_are_tolerated_up_to_a_limit() {
    check_tolerance(json!({}), 0, Ok(10));
    check_tolerance(json!({}), 1, Err(()));
    check_tolerance(json!({"ToleratedFailureCount": 2}), 2, Ok(8));
    check_tolerance(json!({"ToleratedFailureCount": 2}), 3, Err(()));
    check_tolerance(json!({"ToleratedFailurePercentage": 30}), 3, Ok(7));
    check_tolerance(json!({"ToleratedFailurePercentage": 30}), 4, Err(()));
    check_tolerance(json!({"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 50}), 2, Err(()));
    check_tolerance(json!({"ToleratedFailurePercentage": 100}), 10, Ok(0));
}

#[test]
fn nothing_goes_on_within_a_map_that_failed() {
    // The second item has no `v`: the Map fails when its first iteration is about to run.
    let more = json!({"ItemSelector": {"v.$": "$$.Map.Item.Value.v"}});
    let mut inner = map("INLINE", job(), more);
    inner["States"]["M"]["Catch"] = json!([{"ErrorEquals": ["E"], "Next": "Done"}]);
    inner["States"]["Done"] = json!({"Type": "Pass", "End": true});
    let definition =
        json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": true}}});
    let run = run(&definition, json!([{"v": 1}, {}]), &[]);
    assert_eq!((failure(&run).0.as_str(), run.calls_ms.len()), ("States.Runtime", 0));
}

#[test]
fn batches() {
    let more = json!({"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"k": 1}}});
    let run = run(&map("DISTRIBUTED", json!({"Type": "Pass"}), more), json!([1, 2, 3]), &[]);
    assert_eq!(
        output(&run),
        json!([{"BatchInput": {"k": 1}, "Items": [1, 2]}, {"BatchInput": {"k": 1}, "Items": [3]}])
    );
}

fn reading(config: Value) -> Value {
    let reader = json!({"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}, "ReaderConfig": config});
    map("DISTRIBUTED", json!({"Type": "Pass"}), json!({"ItemReader": reader}))
}

#[track_caller]
fn check_read(config: Value, content: Content, expected: Value) {
    let mut script = Script::new(&[]);
    script.content = Some(content);
    assert_eq!(output(&run_with(&reading(config.clone()), json!({}), &mut script)), expected, "{config}");
}

#[test]
fn readers() {
    let text = |text: &str| Content::Text(text.to_owned());
    check_read(json!({"InputType": "JSON"}), text("[1, {\"a\": 2}]"), json!([1, {"a": 2}]));
    check_read(json!({"InputType": "JSON", "ItemsPointer": "/x/0"}), text("{\"x\": [[3]]}"), json!([3]));
    check_read(
        json!({"InputType": "JSONL", "MaxItems": 2}),
        text("1\n\n{\"a\": 2}\n3\n"),
        json!([1, {"a": 2}]),
    );
    check_read(
        json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "CSVDelimiter": "PIPE"}),
        text("a|b\n1|2\n"),
        json!([{"a": "1", "b": "2"}]),
    );
    check_read(
        json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"]}),
        text("1,2\n"),
        json!([{"x": "1"}]),
    );
    let lost = run_with(&reading(json!({"InputType": "JSON"})), json!({}), &mut Script::new(&[]));
    assert_eq!(failure(&lost), ("States.ItemReaderFailed".to_owned(), "there is no such file".to_owned()));
}

#[test]
fn results_are_written() {
    let writer = json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}, "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"}});
    let definition =
        map("DISTRIBUTED", json!({"Type": "Pass"}), json!({"ResultWriter": writer, "Label": "L"}));
    let mut script = Script::new(&[]);
    let run = run_with(&definition, json!([1, 2]), &mut script);
    assert_eq!(output(&run)["ResultWriterDetails"], json!({"Bucket": "b", "Key": "p/manifest.json"}));
    let files = &script.written[0].files;
    assert_eq!(files[0], ("SUCCEEDED_0.jsonl".to_owned(), "1\n2".to_owned()));
    assert_eq!(files[1].0, "manifest.json");
}

#[test]
fn objects_are_mapped_in_distributed_mode() {
    let run = run(&map("DISTRIBUTED", json!({"Type": "Pass"}), json!({})), json!({"a": 1, "b": 2}), &[]);
    assert_eq!(output(&run), json!([{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}]));
}

#[test]
fn ten_thousand_items() {
    let items: Vec<Value> = (0..10_000).map(|n| json!({"n": n})).collect();
    let count = Data::new(Value::Array(items));
    let definition = map("DISTRIBUTED", json!({"Type": "Pass", "Parameters": {"m.$": "$.n"}}), json!({}));
    let result = output(&run(&definition, (*count).clone(), &[]));
    assert_eq!((result.as_array().map(Vec::len), &result[9_999]), (Some(10_000), &json!({"m": 9_999})));
}
