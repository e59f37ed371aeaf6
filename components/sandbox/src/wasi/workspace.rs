//! `workspace`: for whoever runs the program.

use super::bindings::exports::ropewalk::pipeline::workspace::{self, Channel, Error, File, Options, Output};
use super::{MAX_OPEN_DESCRIPTORS, Sandbox, State, with};
use crate::clock::Clock;
use crate::fs::{self, FileSystem, Limits};
use crate::log::{self, Log};
use crate::random::Random;

impl workspace::Guest for Sandbox {
    fn open(options: Options) -> Result<(), Error> {
        with(|state| {
            assert!(!state.is_open, "a workspace is opened once");
            let limits =
                Limits { bytes: options.max_bytes, files: options.max_files, open: MAX_OPEN_DESCRIPTORS };
            *state = State {
                environment: options.environment,
                arguments: options.arguments,
                stdin: options.stdin,
                stdin_read: 0,
                fs: FileSystem::new(limits, options.now_seconds),
                log: Log::new(options.max_log_bytes),
                clock: Clock::default(),
                random: Random::new(options.seed),
                insecure: Random::new(!options.seed),
                is_open: true,
            };
            Ok(())
        })
    }

    fn write(path: String, contents: Vec<u8>, executable: bool) -> Result<(), Error> {
        with(|state| state.fs.mount(&path, contents, executable)).map_err(|error| refused(&path, error))
    }

    fn create_folder(path: String) -> Result<(), Error> {
        with(|state| state.fs.create_folders(&path).map(drop)).map_err(|error| refused(&path, error))
    }

    fn list(folder: String) -> Vec<File> {
        let files = with(|state| state.fs.list(&folder));
        files.into_iter().map(File::from).collect()
    }

    fn read(path: String) -> Result<Vec<u8>, Error> {
        with(|state| state.fs.contents(&path).map(<[u8]>::to_vec)).map_err(|error| refused(&path, error))
    }

    fn take_log() -> Vec<Output> {
        with(|state| state.log.take()).into_iter().map(Output::from).collect()
    }
}

fn refused(path: &str, error: fs::Error) -> Error {
    let text = format!("`{path}`: {error}");
    match error {
        error if error.is_limit() => Error::Limit(text),
        fs::Error::NotFound => Error::NotFound(text),
        _ => Error::InvalidPath(text),
    }
}

impl From<fs::Listed> for File {
    fn from(file: fs::Listed) -> Self {
        Self { path: file.path, size: file.size, executable: file.executable }
    }
}

impl From<log::Piece> for Output {
    fn from(piece: log::Piece) -> Self {
        let channel = match piece.channel {
            log::Channel::Stdout => Channel::Stdout,
            log::Channel::Stderr => Channel::Stderr,
        };
        Self { channel, bytes: piece.bytes }
    }
}
