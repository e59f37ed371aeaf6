use super::bindings::ropewalk::pipeline::{identity, stage, workspace};
use crate::host::{
    Caller, Description, Failure, Identity, LeftFile, Options, Request, Stage, WorkspaceError,
};

/// The stage with which this adapter is composed, in its sandbox.
pub(super) struct Composed;

impl Stage for Composed {
    fn identity(&self) -> Identity {
        let composition = identity::get();
        let description = Description {
            name: composition.name,
            version: composition.version,
            hermetic: composition.hermetic,
            parameters_schema: composition.parameters_schema,
            default_include: composition.default_include,
        };
        Identity { component: composition.component, digest: composition.digest, description }
    }

    fn open(&self, options: Options) -> Result<(), WorkspaceError> {
        let options = workspace::Options {
            // A stage has parameters and inputs: a third way in would only be one to forget.
            environment: Vec::new(),
            arguments: options.arguments,
            seed: options.seed,
            now_seconds: options.now_s,
            max_bytes: options.max_bytes,
            max_files: options.max_files,
            max_log_bytes: options.max_log_bytes,
        };
        workspace::open(&options).map_err(WorkspaceError::from)
    }

    fn write(&self, path: &str, contents: &[u8], executable: bool) -> Result<(), WorkspaceError> {
        workspace::write(path, contents, executable).map_err(WorkspaceError::from)
    }

    fn create_folder(&self, path: &str) -> Result<(), WorkspaceError> {
        workspace::create_folder(path).map_err(WorkspaceError::from)
    }

    fn list(&self, folder: &str) -> Vec<LeftFile> {
        let files = workspace::list(folder).into_iter().map(|file| LeftFile {
            path: file.path,
            size: file.size,
            executable: file.executable,
        });
        files.collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, WorkspaceError> {
        workspace::read(path).map_err(WorkspaceError::from)
    }

    fn take_log(&self) -> Vec<u8> {
        let pieces: Vec<_> = workspace::take_log().into_iter().map(|piece| piece.bytes).collect();
        pieces.concat()
    }

    fn run(&self, request: &Request) -> Result<String, Failure> {
        let request = stage::Request {
            parameters: request.parameters.clone(),
            inputs: request.inputs.iter().map(stage::Input::from).collect(),
            caller: request.caller.as_ref().map(stage::Caller::from),
        };
        match stage::run(&request) {
            Ok(response) => Ok(response.result),
            Err(failure) => Err(Failure { error: failure.error, cause: failure.cause }),
        }
    }
}

impl From<workspace::Error> for WorkspaceError {
    fn from(error: workspace::Error) -> Self {
        match error {
            workspace::Error::Limit(text) => Self::Limit(text),
            workspace::Error::InvalidPath(text) => Self::InvalidPath(text),
            workspace::Error::NotFound(text) => Self::NotFound(text),
        }
    }
}

impl From<&crate::host::MountedInput> for stage::Input {
    fn from(input: &crate::host::MountedInput) -> Self {
        Self { name: input.name.clone(), path: input.path.clone(), digest: input.digest.clone() }
    }
}

impl From<&Caller> for stage::Caller {
    fn from(caller: &Caller) -> Self {
        let secrets = caller
            .secrets
            .iter()
            .map(|secret| stage::Secret { name: secret.name.clone(), value: secret.value.clone() });
        Self {
            project: caller.project.clone(),
            run: caller.run.clone(),
            state: caller.state.clone(),
            attempt: caller.attempt,
            idempotency_key: caller.idempotency_key.clone(),
            grant: caller.grant.clone(),
            secrets: secrets.collect(),
        }
    }
}
