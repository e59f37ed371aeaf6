//! Items and results of distributed Maps.

use artifact::{Artifacts, File};

use super::*;

fn put(world: &World, files: &[(&str, &str)]) -> String {
    let file = |(path, text): &(&str, &str)| File {
        path: (*path).to_owned(),
        contents: text.as_bytes().to_vec(),
        executable: false,
    };
    let files = files.iter().map(file).collect();
    Artifacts::new(&world.durable).put(files, &[]).unwrap().to_string()
}

fn project(reader: &Value, writer: Option<&Value>) -> Value {
    let mut map = json!({
        "Type": "Map", "ItemReader": reader, "End": true,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } },
        },
    });
    if let Some(writer) = writer {
        map["ResultWriter"] = writer.clone();
    }
    let leave = json!({
        "Type": "Task", "Resource": "leave", "ResultPath": null, "Next": "Map",
        "Parameters": { "leave": "data", "digest.$": "$.artifacts.given" },
    });
    json!({ "name": "sim", "pipeline": { "StartAt": "Leave", "States": { "Leave": leave, "Map": map } } })
}

fn reader(action: &str, config: &Value, parameters: &Value) -> Value {
    let mut reader = json!({ "Resource": format!("arn:aws:states:::s3:{action}"), "Parameters": parameters });
    if !config.is_null() {
        reader["ReaderConfig"] = config.clone();
    }
    reader
}

fn run(files: &[(&str, &str)], reader: &Value, writer: Option<&Value>) -> (World, Run) {
    let world = world(&[project(reader, writer)]);
    let digest = put(&world, files);
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({ "artifacts": { "given": digest } }));
    pass(&world, &host, 5);
    let run = load(&world, &id);
    (world, run)
}

const FILES: [(&str, &str); 4] = [
    ("items.json", "[1,{\"a\":2}]"),
    ("items.jsonl", "1\n2\n"),
    ("deep/items.csv", "a,b\n1,2\n"),
    ("broken.json", "["),
];

#[track_caller]
fn check(action: &str, config: &Value, parameters: &Value, expected: Result<Value, &str>) {
    let (_, run) = run(&FILES, &reader(action, config, parameters), None);
    match expected {
        Ok(items) => assert_eq!(succeeded(&run), items),
        Err(cause) => {
            assert_eq!(run.error.as_deref(), Some("States.ItemReaderFailed"), "{run:#?}");
            assert!(run.cause.as_ref().is_some_and(|found| found.contains(cause)), "{run:#?}");
        }
    }
}

#[test]
fn items_are_read_from_artifacts() {
    let json_config = json!({ "InputType": "JSON" });
    let csv = json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" });
    let at = |bucket: &str, key: &str| json!({ "Bucket": bucket, "Key": key });
    check("getObject", &json_config, &at("data", "items.json"), Ok(json!([1, { "a": 2 }])));
    check("getObject", &json!({ "InputType": "JSONL" }), &at("given", "items.jsonl"), Ok(json!([1, 2])));
    check("getObject", &csv, &at("data", "deep/items.csv"), Ok(json!([{ "a": "1", "b": "2" }])));
    let by_digest = json!({ "Bucket.$": "$.artifacts.given", "Key": "items.json" });
    check("getObject", &json_config, &by_digest, Ok(json!([1, { "a": 2 }])));
    check("getObject", &json_config, &at("data", "none.json"), Err("none.json"));
    check("getObject", &json_config, &at("none", "items.json"), Err("`none`"));
    check("getObject", &json_config, &at("data", "broken.json"), Err("JSON"));
    let nowhere = format!("sha256:{}", "0".repeat(64));
    check("getObject", &json_config, &at(&nowhere, "items.json"), Err("sha256:"));
}

#[test]
fn a_folder_can_be_listed() {
    let listing = json!({ "Bucket": "data", "Prefix": "deep/" });
    let (_, run) = run(&FILES, &reader("listObjectsV2", &Value::Null, &listing), None);
    let output = succeeded(&run);
    assert_eq!(output.as_array().unwrap().len(), 1);
    assert_eq!((&output[0]["Key"], &output[0]["Size"]), (&json!("deep/items.csv"), &json!(8)));
}

#[test]
fn results_become_an_artifact() {
    let writer = json!({
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": { "Bucket": "results", "Prefix": "out" },
    });
    let at = json!({ "Bucket": "data", "Key": "items.json" });
    let (world, run) = run(&FILES, &reader("getObject", &json!({ "InputType": "JSON" }), &at), Some(&writer));
    let details = succeeded(&run)["ResultWriterDetails"].clone();
    assert_eq!(details["Key"], "out/manifest.json");
    let artifacts = Artifacts::new(&world.durable);
    let stored = artifacts.load(&details["Bucket"].as_str().unwrap().parse().unwrap()).unwrap();
    let read =
        |path: &str| -> Value { serde_json::from_slice(&artifacts.read(&stored, path).unwrap()).unwrap() };
    assert_eq!(read("out/manifest.json")["DestinationBucket"], "results");
    let results = read("out/SUCCEEDED_0.json");
    assert_eq!(results.as_array().unwrap().len(), 2);
    let history = run::history(&world.durable, &run).unwrap();
    let left = history.iter().rev().find_map(|entry| entry.call.as_ref()).unwrap();
    assert_eq!(left.artifacts["results"], details["Bucket"]);
}

#[test]
fn a_file_of_items_has_a_limit() {
    let large = format!("[{}1]", "1,".repeat(5 << 20));
    let at = json!({ "Bucket": "data", "Key": "large.json" });
    let reader = reader("getObject", &json!({ "InputType": "JSON" }), &at);
    let (_, run) = run(&[("large.json", &large)], &reader, None);
    assert!(run.cause.is_some_and(|cause| cause.contains("8388608")));
}

#[test]
fn items_and_results_survive_crashes() {
    let large = format!("[{}7]", "7,".repeat(30_000));
    let at = json!({ "InputType": "JSON", "MaxItems": 3 });
    let writer =
        json!({ "Resource": "arn:aws:states:::s3:putObject", "Parameters": { "Bucket": "results" } });
    at_every_write(24, |write, fate| {
        let place = world(&[]);
        let digest = put(&place, &[("items.json", &large)]);
        let parameters = json!({ "Bucket": digest, "Key": "items.json" });
        let mut project = project(&reader("getObject", &at, &parameters), Some(&writer));
        project["pipeline"]["StartAt"] = json!("Map");
        project["pipeline"]["States"].as_object_mut().unwrap().remove("Leave");
        let world = world(&[project]);
        put(&world, &[("items.json", &large)]);
        let (world, runs) = survive_in(world, "sim", write, fate, |_, _| {});
        for run in &runs {
            let bucket = succeeded(run)["ResultWriterDetails"]["Bucket"].as_str().unwrap().to_owned();
            let artifacts = Artifacts::new(&world.durable);
            let stored = artifacts.load(&bucket.parse().unwrap()).unwrap();
            let told: Value =
                serde_json::from_slice(&artifacts.read(&stored, "SUCCEEDED_0.json").unwrap()).unwrap();
            assert_eq!(told.as_array().unwrap().len(), 3);
        }
    });
}
