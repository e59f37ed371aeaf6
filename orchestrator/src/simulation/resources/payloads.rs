//! Data that is too large for the history and the record.

use artifact::Store as _;

use super::*;

fn project(bytes: u64) -> Value {
    json!({ "name": "sim", "pipeline": { "StartAt": "One", "States": {
        "One": { "Type": "Task", "Resource": "one", "Parameters": { "long": bytes }, "Next": "Two" },
        "Two": { "Type": "Pass", "End": true },
    } } })
}

/// The run's keys in the store, with the bytes of each.
fn keys(world: &World, id: &str) -> Vec<(String, usize)> {
    let mut keys = world.durable.keys();
    keys.retain(|key| key.strip_prefix("run/").is_some_and(|rest| rest.starts_with(id)));
    let bytes = |key: &String| world.durable.get(key).unwrap().unwrap().len();
    keys.into_iter().map(|key| (key.clone(), bytes(&key))).collect()
}

#[test]
fn large_data_stands_beside_the_record() {
    for bytes in [100, 30_000, 100_000, 250_000] {
        let world = world(&[project(bytes)]);
        let host = host(&world);
        let note = "y".repeat(usize::try_from(bytes / 2).unwrap());
        let id = begin(&world, &host, "sim", json!({ "note": note }));
        let run = load(&world, &id);
        assert_eq!(run.status, Status::Succeeded, "{bytes}");
        assert_eq!(run.input(&world.durable).unwrap()["note"], json!(note));
        let text = run.output(&world.durable).unwrap()["text"].as_str().unwrap().len();
        assert_eq!(text as u64, bytes);
        let record = keys(&world, &id).iter().find(|(key, _)| *key == format!("run/{id}")).unwrap().1;
        assert!(record < 80_000, "the record has {record} bytes for {bytes}");
        let mut held = run.own_keys(&run::kept(&world.durable, &run).unwrap());
        held.push(format!("run/{id}"));
        held.sort();
        held.dedup();
        let found: Vec<String> = keys(&world, &id).into_iter().map(|(key, _)| key).collect();
        assert_eq!(held, found, "all keys of a run are known");
        let shown = ask(&host, "GET", &format!("/api/runs/{id}"), &json!({})).unwrap();
        assert_eq!(shown["output"]["text"].as_str().unwrap().len() as u64, bytes);
    }
}

#[test]
fn large_data_survives_crashes() {
    let mut project = project(200_000);
    project["pipeline"]["States"]["Two"] = json!({ "Type": "Wait", "Seconds": 20, "End": true });
    at_every_write(24, |write, fate| {
        let (world, runs) = survive(std::slice::from_ref(&project), write, fate, |_, _| {});
        for run in &runs {
            assert_eq!(run.status, Status::Succeeded);
            let text = run.output(&world.durable).unwrap()["text"].as_str().unwrap().len();
            assert_eq!(text, 200_000);
        }
    });
}

#[track_caller]
fn check_limit(kib: &str, bytes: u64, expected: Result<Status, u16>) {
    let world = world(&[project(bytes)]);
    let mut host = host(&world);
    host.app.settings.data_limit_kib = kib.to_owned();
    let project = project::load(&world.durable, "sim").unwrap();
    let found = start(&host.app, project, StartRun::default()).map(|started| {
        let started = started.unwrap();
        let id = started.id.clone();
        started.drive_after_answer(&host.app);
        world.run_for(1_000);
        let run = load(&world, &id);
        let name = run.error.unwrap_or_default();
        assert!(run.status == Status::Succeeded || name == "States.DataLimitExceeded", "{name}");
        run.status
    });
    assert_eq!(found.map_err(|error| error.status), expected, "{kib} {bytes}");
}

#[test]
fn the_limit_of_documents_can_be_set() {
    check_limit("", 250_000, Ok(Status::Succeeded));
    check_limit("", 270_000, Ok(Status::Failed));
    check_limit("512", 270_000, Ok(Status::Succeeded));
    check_limit("1", 2_000, Ok(Status::Failed));
    check_limit("0", 1, Err(503));
    check_limit("1025", 1, Err(503));
    check_limit("much", 1, Err(503));
}

#[test]
fn an_input_has_the_same_limit() {
    let world = world(&[project(1)]);
    let host = host(&world);
    let begin = |bytes: usize| {
        let body = json!({ "input": { "note": "y".repeat(bytes) } });
        ask(&host, "POST", "/api/projects/sim/runs", &body).map(drop).map_err(|error| error.code)
    };
    assert_eq!(begin(260_000), Ok(()));
    assert_eq!(begin(263_000), Err("input-too-large"));
}

#[test]
fn items_are_not_in_the_record() {
    let items = format!("[{}0]", "1,".repeat(400_000));
    let file = artifact::File { path: "a.json".to_owned(), contents: items.into_bytes(), executable: false };
    let project = json!({ "name": "sim", "pipeline": { "StartAt": "Map", "States": { "Map": {
        "Type": "Map", "End": true, "ResultPath": null,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSON", "MaxItems": 10 },
            "Parameters": { "Bucket.$": "$.digest", "Key": "a.json" },
        },
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } },
        },
    } } } });
    let world = world(&[project]);
    let digest = artifact::Artifacts::new(&world.durable).put(vec![file], &[]).unwrap();
    let host = host(&world);
    let id = begin(&world, &host, "sim", json!({ "digest": digest }));
    succeeded(&load(&world, &id));
    let sizes: Vec<usize> = keys(&world, &id).into_iter().map(|(_, bytes)| bytes).collect();
    assert!(sizes.iter().all(|bytes| *bytes <= 900_000) && sizes.len() == 2, "{sizes:?}");
    Journal::open(&world.durable, &id).unwrap();
}

#[test]
fn a_pipeline_has_a_limit() {
    let world = world(&[project(1)]);
    let host = host(&world);
    let register = |bytes: usize| {
        let pipeline = json!({
            "Comment": "c".repeat(bytes), "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } },
        });
        let body = json!({ "name": format!("large-{bytes}"), "pipeline": pipeline });
        ask(&host, "POST", "/api/projects", &body).map(drop).map_err(|error| error.code)
    };
    assert_eq!(register(900_000), Ok(()));
    assert_eq!(register(1_000_000), Err("pipeline-too-large"));
}
