//! `ropewalk asl`: exit code, standard output, standard error. No host is needed.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Runs `ropewalk asl` with a definition on standard input.
fn asl(definition: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ropewalk"))
        .arg("asl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(definition.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn check(definition: &str, arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = asl(definition, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let found = (output.status.code(), text(&output.stdout), text(&output.stderr));
    assert_eq!(found, (Some(code), stdout.to_owned(), stderr.to_owned()));
}

fn machine() -> String {
    json!({
        "StartAt": "Choose",
        "States": {
            "Choose": {
                "Type": "Choice",
                "Choices": [{
                    "And": [
                        {"Variable": "$.n", "NumericGreaterThan": 1},
                        {"Not": {"Variable": "$.x", "IsPresent": true}}
                    ],
                    "Next": "All"
                }],
                "Default": "No"
            },
            "All": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Build", "States": {"Build": {"Type": "Task", "Resource": "build", "InputPath": "$.n",
                        "Parameters": {"n.$": "$"}, "ResultPath": "$.built", "End": true}}},
                    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
                        "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}}}}
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}],
                "Next": "Done"
            },
            "Done": {"Type": "Succeed"},
            "No": {"Type": "Fail", "Error": "No \"way\""}
        }
    })
    .to_string()
}

#[test]
fn problems_are_told_all_at_once() {
    check(&machine(), &["check", "-"], 0, "", "the definition is right\n");
    let wrong = json!({
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "b", "Results": 1}, "B": {"Type": "Wait", "Seconds": -1, "End": true}}
    });
    check(
        &wrong.to_string(),
        &["check", "-"],
        1,
        "error: /States/A/Next: there is no state `b` here\n  hint: did you mean `B`?\n\
         error: /States/A/Results: a state has no field `Results`\n  hint: did you mean `Result`?\n\
         error: /States/B/Seconds: `Seconds` must be an integer from 0 to 99999999, not `-1`\n\
         error: /States/B: no transition leads to the state `B`\n",
        "4 errors, 0 warnings\n",
    );
    let output = asl(&wrong.to_string(), &["check", "-", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["valid"], false);
    assert_eq!(told["problems"][0]["pointer"], "/States/A/Next");
    assert_eq!(told["problems"].as_array().map(Vec::len), Some(4));
    let express = json!({"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::http:invoke.waitForTaskToken"}}});
    assert_eq!(asl(&express.to_string(), &["check", "-"]).status.code(), Some(0));
    assert_eq!(asl(&express.to_string(), &["check", "-", "--express"]).status.code(), Some(1));
}

#[test]
fn a_file_that_is_not_there_is_our_failure() {
    let output = asl("", &["check", "no/such/file.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("failed to read `no/such/file.json`: "));
}

#[test]
fn a_state_is_tested_with_each_step_of_its_data() {
    check(
        &machine(),
        &["test", "-", "--state", "Build", "--input", r#"{"n": 2}"#, "--mock", r#""b""#],
        0,
        "input                {\"n\":2}\n\
         afterInputPath       2\n\
         afterParameters      {\"n\":2}\n\
         result               \"b\"\n\
         afterResultSelector  \"b\"\n\
         afterResultPath      {\"n\":2,\"built\":\"b\"}\n\
         output               {\"n\":2,\"built\":\"b\"}\n\
         status               SUCCEEDED\n",
        "",
    );
    check(
        &machine(),
        &["test", "-", "--state", "Choose", "--input", r#"{"n": 2}"#],
        0,
        "input           {\"n\":2}\nafterInputPath  {\"n\":2}\noutput          {\"n\":2}\nnextState       All\n\
         status          SUCCEEDED\n",
        "",
    );
    check(
        &machine(),
        &["test", "-", "--state", "No"],
        1,
        "input           {}\nafterInputPath  {}\nerror           No \"way\"\nstatus          FAILED\n",
        "",
    );
    let output =
        asl(&machine(), &["test", "-", "--state", "All", "--mock-error", "E", "--mock-cause", "c", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["status"], "CAUGHT_ERROR");
    assert_eq!(told["nextState"], "No");
    assert_eq!(told["output"], json!({"Error": "E", "Cause": "c"}));
    assert_eq!(told["inspectionData"]["errorDetails"], json!({"catchIndex": 0}));
}

#[test]
fn a_test_that_cannot_be_made_says_why() {
    for (arguments, part) in [
        (vec!["--state", "Build", "--input", r#"{"n": 1}"#], "hint: say what it gives with `--mock JSON`"),
        (vec!["--state", "Nobody"], "State not found in definition"),
        (vec![], "hint: name one of `Choose`, `All`, `Done`, `No` with `--state`"),
        (vec!["--state", "Done", "--input", "{"], "`--input` isn't JSON: "),
        (
            vec!["--state", "Done", "--mock", "1"],
            "State type 'Succeed' is not supported when a mock is specified",
        ),
    ] {
        let output = asl(&machine(), &[vec!["test", "-"], arguments].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_definition_is_drawn() {
    check(
        &machine(),
        &["graph", "-"],
        0,
        r#"flowchart TD
    m0start([Start]) --> m0s0
    m0s0{"Choose"}
    subgraph m0s1 ["All (Parallel)"]
        subgraph m0s1b0 ["branch 1"]
            m1start([Start]) --> m1s0
            m1s0["Build"]
            m1s0 --> m1end([End])
        end
        subgraph m0s1b1 ["branch 2"]
            m2start([Start]) --> m2s0
            subgraph m2s0 ["Each (Map)"]
                m3start([Start]) --> m3s0
                m3s0("One")
                m3s0 --> m3end([End])
            end
            m2s0 --> m2end([End])
        end
    end
    m0s2(("Done"))
    m0s3((("No")))
    m0s0 -->|"$.n #62; 1 and $.x isn't present"| m0s1
    m0s0 -->|"otherwise"| m0s3
    m0s1 --> m0s2
    m0s1 -.->|"States.ALL"| m0s3
"#,
        "",
    );
    assert_eq!(asl("{}", &["graph", "-"]).status.code(), Some(1));
}
