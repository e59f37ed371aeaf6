use super::bindings::ropewalk::pipeline::{identity, workspace};
use super::exports::call;
use crate::host::{
    Caller, Description, Identity, LeftFile, MountedInput, Options, Printed, Request, Stage, WorkspaceError,
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
            pinned: composition.pinned,
            parameters_schema: composition.parameters_schema,
            default_include: composition.default_include,
        };
        Identity { component: composition.component, digest: composition.digest, description }
    }

    fn open(&self, options: Options) -> Result<(), WorkspaceError> {
        let options = workspace::Options {
            environment: options.environment,
            arguments: options.arguments,
            stdin: options.stdin,
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

    fn take_log(&self) -> Vec<Printed> {
        let pieces = workspace::take_log().into_iter().map(|piece| Printed {
            is_error: matches!(piece.channel, workspace::Channel::Stderr),
            bytes: piece.bytes,
        });
        pieces.collect()
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

impl From<Request> for call::Request {
    fn from(request: Request) -> Self {
        Self {
            parameters: request.parameters,
            inputs: request.inputs.into_iter().map(call::Input::from).collect(),
            caller: request.caller.map(call::Caller::from),
        }
    }
}

impl From<MountedInput> for call::Input {
    fn from(input: MountedInput) -> Self {
        Self { name: input.name, path: input.path, digest: input.digest }
    }
}

impl From<Caller> for call::Caller {
    fn from(caller: Caller) -> Self {
        let secrets = caller.secrets.into_iter();
        Self {
            project: caller.project,
            run: caller.run,
            state: caller.state,
            attempt: caller.attempt,
            idempotency_key: caller.idempotency_key,
            grant: caller.grant,
            secrets: secrets.map(|secret| call::Secret { name: secret.name, value: secret.value }).collect(),
        }
    }
}
