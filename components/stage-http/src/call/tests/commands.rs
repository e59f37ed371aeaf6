//! Commands: programs with arguments and an exit code.

use serde_json::{Value, json};

use super::fake::{FakeStage, Scene};
use super::{CACHED, file};
use crate::command::PARAMETERS_SCHEMA;
use crate::host::Stage;

fn command(code: u8, program: impl Fn(&FakeStage) + 'static) -> FakeStage {
    FakeStage::exiting(code, program).with_schema(PARAMETERS_SCHEMA)
}

fn inputs(source: artifact::Digest, parameters: Value) -> Value {
    let inputs = json!({ "source": { "artifact": source, "include": ["**"] } });
    json!({ "input": { "inputs": inputs, "parameters": parameters } })
}

#[test]
fn a_command_finds_what_it_is_given() {
    let scene = Scene::new();
    let stage = command(0, |stage| {
        stage.print("to stdout\n");
        stage.print_error("to stderr\n");
        stage.write("out/x/y", b"z", false).unwrap();
    });
    let parameters = json!({ "args": ["-c"], "env": { "A": "b" }, "stdin": "in", "program": "cc" });
    let envelope = json!({ "input": { "parameters": parameters } });
    let answer = scene.call_command(&stage, &envelope);
    let expected = json!({ "exit_code": 0, "stdout": "to stdout\n", "stderr": "to stderr\n" });
    assert_eq!(answer.result, Some(expected), "{answer:?}");
    assert_eq!(answer.log, "to stdout\nto stderr\n");
    assert_eq!(scene.files(&answer.artifacts["x"]), [file("y", "z")]);
    assert!(answer.record.unwrap().starts_with(CACHED));
    let options = stage.options().unwrap();
    assert_eq!(options.arguments, ["cc", "-c"]);
    assert_eq!(options.environment, [("A".to_owned(), "b".to_owned())]);
    assert_eq!(options.stdin, b"in");
}

#[test]
fn an_exit_code_is_a_failure_unless_it_is_accepted() {
    let scene = Scene::new();
    let stage = || command(3, |stage| stage.print_error("no such file\n"));
    let answer = scene.call_command(&stage(), &json!({ "key": "a" }));
    assert_eq!(answer.error.as_deref(), Some("Command.Failed"));
    assert_eq!(answer.cause.as_deref(), Some("`fake` exited with code 3: no such file"));
    let accepting = json!({ "key": "b", "input": { "parameters": { "accept": [0, 3] } } });
    let answer = scene.call_command(&stage(), &accepting);
    assert_eq!(answer.result.unwrap()["exit_code"], 3);
}

#[test]
fn a_working_directory_is_the_root() {
    #[track_caller]
    fn check(cwd: &str, path: &str, expected: Result<&[&str], &str>) {
        let scene = Scene::new();
        let source = scene.put(&[file("a/b/c.txt", "1"), file("a/d.txt", "2"), file("ab/e.txt", "3")]);
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let sees = seen.clone();
        let stage = command(0, move |stage| {
            *sees.borrow_mut() = stage.paths();
            stage.write("out/x/y", b"z", false).unwrap();
        });
        let mut envelope = inputs(source, json!({ "cwd": cwd }));
        envelope["input"]["inputs"]["source"]["path"] = json!(path);
        let answer = scene.call_command(&stage, &envelope);
        match expected {
            Ok(paths) => {
                assert_eq!(*seen.borrow(), paths, "{answer:?}");
                assert_eq!(scene.files(&answer.artifacts["x"]), [file("y", "z")]);
            }
            Err(cause) => assert_eq!(answer.cause.as_deref(), Some(cause)),
        }
    }
    check(".", ".", Ok(&["a/b/c.txt", "a/d.txt", "ab/e.txt"]));
    check("a", ".", Ok(&["b/c.txt", "d.txt"]));
    check("a/b", ".", Ok(&["c.txt"]));
    check("src/a", "src", Ok(&["b/c.txt", "d.txt"]));
    check("src", "src", Ok(&["a/b/c.txt", "a/d.txt", "ab/e.txt"]));
    check("src", "src/deep", Ok(&["deep/a/b/c.txt", "deep/a/d.txt", "deep/ab/e.txt"]));
    check("b", ".", Err("no input has a folder `b`, which is to be the working directory"));
    check("a/d.txt", ".", Err("no input has a folder `a/d.txt`, which is to be the working directory"));
}

#[test]
fn a_command_is_cached_by_its_parameters() {
    let scene = Scene::new();
    let call = |key: &str, stage: &FakeStage, stdin: &str| {
        scene.call_command(
            stage,
            &json!({ "key": key, "run": key, "input": { "parameters": { "stdin": stdin } } }),
        )
    };
    assert!(!call("a", &command(0, |_| ()), "1").cached);
    assert!(call("b", &FakeStage::unused().with_schema(PARAMETERS_SCHEMA), "1").cached);
    assert!(!call("c", &command(0, |_| ()), "2").cached);
}
