use artifact::{Artifacts, Digest, Store};
use serde_json::Value;

use super::{Call, Kind};
use crate::answer::{
    DATA_LIMIT_EXCEEDED, EXITED, INVALID_ERROR, INVALID_OUTPUT, INVALID_PARAMETERS, INVALID_RESULT,
    LIMIT_EXCEEDED, MAX_CAUSE_BYTES, MAX_ERROR_BYTES, MAX_RESULT_BYTES, Outcome, Record, Refusal, cut,
};
use crate::canonical;
use crate::command::Command;
use crate::host::{Clock, Ended, Failure, Options, Request, Stage};
use crate::inputs;
use crate::log::{self, MAX_PRINTED_BYTES};
use crate::mount::{self, Mount};
use crate::outputs::{self, OutputError, Outputs};
use crate::parameters;

/// Bytes of all files of a workspace together.
pub const MAX_WORKSPACE_BYTES: u64 = 512 << 20;
/// Files and folders of a workspace together.
pub const MAX_WORKSPACE_FILES: u32 = 200_000;

/// A call whose parameters and inputs are known.
pub(super) struct Prepared {
    /// Canonical JSON.
    pub(super) parameters: String,
    pub(super) mounts: Vec<Mount>,
    /// The parameters of a command.
    pub(super) command: Option<Command>,
}

impl<S: Store, T: Stage, C: Clock> Call<'_, S, T, C> {
    /// Reads the input and loads what it names.
    pub(super) fn prepare(&self) -> Result<Prepared, Refusal> {
        let input = &self.envelope.input;
        // The output adds to them.
        inputs::artifacts(input)?;
        let parameters = parameters::resolve(input, &self.identity.description)?;
        let inputs = inputs::resolve(input, &self.identity.description.default_include)?;
        let command = match self.kind {
            Kind::Stage => None,
            Kind::Command => Some(Command::read(&parameters, &self.identity.description.name)?),
        };
        let canonical = canonical::object(&parameters);
        let mut mounts = mount::load(&Artifacts::new(&self.store), inputs)?;
        if let Some(command) = &command {
            command.cwd.as_deref().map_or(Ok(()), |cwd| mount::enter(&mut mounts, cwd))?;
        }
        Ok(Prepared { parameters: canonical, mounts, command })
    }

    /// Fills the workspace with what is prepared. Gives the request with which the stage is to be run.
    pub(super) fn open(&self, prepared: &Prepared, seed: &Digest, now_s: u64) -> Result<Request, Refusal> {
        let name = &self.identity.description.name;
        let options = Options {
            environment: prepared.command.as_ref().map(Command::environment).unwrap_or_default(),
            arguments: match &prepared.command {
                Some(command) => command.arguments(name),
                None => vec![name.clone()],
            },
            stdin: prepared.command.as_ref().map(Command::stdin).unwrap_or_default(),
            seed: u64::from_le_bytes(*seed.as_bytes().first_chunk().unwrap_or(&[0; 8])),
            now_s,
            max_bytes: MAX_WORKSPACE_BYTES,
            max_files: MAX_WORKSPACE_FILES,
            max_log_bytes: MAX_PRINTED_BYTES,
        };
        self.stage.open(options).map_err(|error| Refusal {
            error: LIMIT_EXCEEDED,
            cause: format!("the workspace cannot be opened: {error}"),
        })?;
        mount::fill(&Artifacts::new(&self.store), &prepared.mounts, self.stage)?;
        for folder in prepared.command.iter().flat_map(Command::folders) {
            self.stage.create_folder(&folder).map_err(|error| Refusal {
                error: INVALID_PARAMETERS,
                cause: format!("folder `{folder}` cannot be made: {error}"),
            })?;
        }
        let hermetic = self.identity.description.hermetic;
        Ok(Request {
            parameters: prepared.parameters.clone(),
            inputs: prepared.mounts.iter().map(|mount| mount.told(self.is_cached())).collect(),
            caller: (!hermetic).then(|| self.envelope.caller()),
        })
    }

    /// Collects what came of the stage. Nothing is stored yet.
    pub(super) fn collect(
        &self,
        prepared: &Prepared,
        ended: Ended,
        duration_ns: u64,
    ) -> Result<(Record, Outputs), Refusal> {
        let printed = self.stage.take_log();
        let log = log::finish(&printed, &self.masker);
        let collected = outputs::collect(&Artifacts::new(&self.store), &prepared.mounts, self.stage);
        let result = match (ended, &prepared.command) {
            (Ended::Returned(result), _) => {
                result.map_err(check_failure).and_then(|result| self.check_result(&result))
            }
            (Ended::Exited(code), Some(command)) => {
                command.result(&self.identity.description.name, code, &printed)
            }
            (Ended::Exited(code), None) => Err(self.exited(code)),
        };
        self.record(result, collected, log, milliseconds(duration_ns))
    }

    /// A stage gives a result, or says how it failed. One that exits does neither, whatever the code.
    fn exited(&self, code: u8) -> Failure {
        let stage = &self.identity.description.name;
        Failure {
            error: EXITED.to_owned(),
            cause: format!("stage `{stage}` exited with code {code} instead of giving a result"),
        }
    }

    fn record(
        &self,
        result: Result<Value, Failure>,
        collected: Result<Outputs, OutputError>,
        log: String,
        duration_ms: f64,
    ) -> Result<(Record, Outputs), Refusal> {
        let (result, outputs) = match (result, collected) {
            // The store is to blame, not the stage: nothing is kept.
            (_, Err(OutputError::Artifact { cause: artifact::Error::Store(error), .. })) => {
                return Err(error.into());
            }
            (result, Ok(outputs)) => (result, outputs),
            (Ok(_), Err(error)) => {
                let failure = Failure { error: INVALID_OUTPUT.to_owned(), cause: error.to_string() };
                (Err(failure), Outputs::default())
            }
            (Err(mut failure), Err(error)) => {
                failure.cause = format!("{} (its artifacts are not kept: {error})", failure.cause);
                (Err(failure), Outputs::default())
            }
        };
        let mut record = Record {
            outcome: Outcome::Succeeded,
            result: None,
            error: None,
            cause: None,
            artifacts: outputs.artifacts.clone(),
            log,
            duration_ms,
            run: self.envelope.run.clone(),
            key: self.envelope.key.clone(),
            made_of: None,
        };
        match result {
            Ok(result) => record.result = Some(self.masker.value(result)),
            Err(failure) => {
                record.outcome = Outcome::Failed;
                record.error = Some(self.masker.text(failure.error));
                record.cause = Some(cut(self.masker.text(failure.cause), MAX_CAUSE_BYTES));
            }
        }
        Ok((record, outputs))
    }

    fn check_result(&self, result: &str) -> Result<Value, Failure> {
        let stage = &self.identity.description.name;
        let too_large = |bytes| Failure {
            error: DATA_LIMIT_EXCEEDED.to_owned(),
            cause: format!(
                "the result of stage `{stage}` has {bytes} bytes: the limit is {MAX_RESULT_BYTES}"
            ),
        };
        if result.len() > MAX_RESULT_BYTES {
            return Err(too_large(result.len()));
        }
        let value: Value = serde_json::from_str(result).map_err(|error| Failure {
            error: INVALID_RESULT.to_owned(),
            cause: format!("the result of stage `{stage}` is not JSON: {error}"),
        })?;
        // Written again a number may be longer: `1e9`. What is small has room for that.
        if result.len() > MAX_RESULT_BYTES / 8 {
            let bytes = value.to_string().len();
            if bytes > MAX_RESULT_BYTES {
                return Err(too_large(bytes));
            }
        }
        Ok(value)
    }
}

/// `States.` is the workflow language's, and a name is needed.
fn check_failure(failure: Failure) -> Failure {
    let why = if failure.error.is_empty() {
        "no error name"
    } else if failure.error.len() > MAX_ERROR_BYTES {
        "an error name that is too long"
    } else if failure.error.starts_with("States.") {
        "an error name of the workflow language"
    } else {
        return failure;
    };
    Failure {
        error: INVALID_ERROR.to_owned(),
        cause: format!(
            "the stage failed with {why}, `{}`: {}",
            cut(failure.error, MAX_ERROR_BYTES),
            failure.cause
        ),
    }
}

fn milliseconds(duration_ns: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "in microseconds it is far below 2^52")]
    let micros = (duration_ns / 1000) as f64;
    micros / 1000.0
}
