//! `ropewalk asl test`

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use workflow::test_state::{
    FieldValidation, InspectionLevel, Mock, MockError, StateConfiguration, TestRequest, TestStatus, Tested,
    test_state,
};

use super::{Source, check};
use crate::commands::Verdict;
use crate::printer::Printer;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// The state to test, branches and item processors included; not needed where FILE is one state alone
    #[arg(long, value_name = "NAME")]
    state: Option<String>,
    /// The state's input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// The variables that it sees, as one object
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// The context object that it sees; without it, one like that of a run
    #[arg(long, value_name = "JSON")]
    context: Option<String>,
    /// What a Task gives; what the branches of a Parallel or the iterations of a Map give, as an array
    #[arg(long, value_name = "JSON", conflicts_with = "mock_error")]
    mock: Option<String>,
    /// The error that a Task, Parallel or Map fails with
    #[arg(long, value_name = "ERROR")]
    mock_error: Option<String>,
    /// The cause of that error
    #[arg(long, value_name = "TEXT", requires = "mock_error")]
    mock_cause: Option<String>,
    /// Take any result, whether or not the service could give it
    #[arg(long)]
    any_result: bool,
    /// How often the state was tried again before
    #[arg(long, value_name = "COUNT")]
    retries: Option<u64>,
    /// How many iterations of a Map failed
    #[arg(long, value_name = "COUNT")]
    failed_iterations: Option<u64>,
    /// The file that a Map's item reader reads
    #[arg(long, value_name = "FILE")]
    items: Option<std::path::PathBuf>,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, printer: &Printer) -> Result<Verdict> {
    let text = args.source.read()?;
    let definition: Value = serde_json::from_str(&text).context("the definition isn't JSON")?;
    if let (None, Some(Value::Object(states))) = (&args.state, definition.get("States")) {
        let names: Vec<String> = states.keys().map(|name| format!("`{name}`")).collect();
        bail!("the definition has several states; hint: name one of {} with `--state`", names.join(", "));
    }
    let request = request(args, definition)?;
    let mut unmocked = false;
    let outcome = test_state(&request, |_| {
        unmocked = true;
        Err((String::new(), None))
    });
    if unmocked {
        bail!(
            "a Task calls its component only in a run; hint: say what it gives with `--mock JSON`, or how it fails with \
             `--mock-error ERROR`"
        );
    }
    match outcome {
        Ok(tested) => {
            if args.json {
                printer.data(&format!("{:#}", tested.to_json(InspectionLevel::Trace)));
            } else {
                show(&tested, printer);
            }
            Ok(if tested.status == TestStatus::Failed { Verdict::Failed } else { Verdict::Passed })
        }
        Err(rejected) if rejected.problems.is_empty() => bail!("{rejected}"),
        Err(rejected) => {
            if args.json {
                printer.data(&format!("{:#}", json!({ "problems": rejected.problems })));
            } else {
                check::show(&rejected.problems, printer);
                printer.line(&check::summary(&rejected.problems));
            }
            Ok(Verdict::Failed)
        }
    }
}

fn request(args: &Args, definition: Value) -> Result<TestRequest> {
    let context = args.context.as_ref().map(|text| parsed("context", text)).transpose()?;
    let variables: Map<String, Value> = match &args.variables {
        None => Map::new(),
        Some(text) => match parsed("variables", text)? {
            Value::Object(variables) => variables,
            _ => bail!("`--variables` must be an object"),
        },
    };
    let items = args.items.as_ref().map(|path| {
        std::fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))
    });
    Ok(TestRequest {
        definition,
        state_name: args.state.clone(),
        input: parsed("input", &args.input)?.into(),
        variables,
        context,
        mock: mock(args),
        state_configuration: StateConfiguration {
            retrier_retry_count: args.retries,
            error_caused_by_state: None,
            map_iteration_failure_count: args.failed_iterations,
            map_item_reader_data: items.transpose()?,
        },
        // Ropewalk has no roles: a Task without a mock is told about by ourselves.
        role_arn: Some("ropewalk".to_owned()),
        reveal_secrets: false,
    })
}

fn mock(args: &Args) -> Option<Mock> {
    let field_validation_mode =
        if args.any_result { FieldValidation::None } else { FieldValidation::default() };
    let error_output = args
        .mock_error
        .as_ref()
        .map(|error| MockError { error: Some(error.clone()), cause: args.mock_cause.clone() });
    let mocked = args.mock.is_some() || error_output.is_some();
    mocked.then(|| Mock { result: args.mock.clone(), error_output, field_validation_mode })
}

fn parsed(option: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| format!("`--{option}` isn't JSON"))
}

/// One line a step, then the end.
fn show(tested: &Tested, printer: &Printer) {
    let mut rows: Vec<(&str, String)> =
        tested.inspection.steps().map(|(step, data)| (step, data.to_string())).collect();
    rows.extend(tested.output.as_ref().map(|output| ("output", output.to_string())));
    rows.extend(tested.error.as_ref().map(|error| ("error", error.clone())));
    rows.extend(tested.cause.as_ref().map(|cause| ("cause", cause.clone())));
    rows.extend(tested.next_state.as_ref().map(|next| ("nextState", next.clone())));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("status".len());
    for (name, value) in rows {
        printer.data(&format!("{name:width$}  {value}"));
    }
    printer.data(&format!("{:width$}  {}", "status", tested.status.name()));
}
