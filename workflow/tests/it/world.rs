//! What answers the calls of a test run.

use workflow::{CallTask, Content, Happening, ReadItems, WriteResults};

/// What is around a run.
pub(crate) trait World {
    /// What comes of a call, each after a delay in milliseconds.
    fn call(&mut self, call: &CallTask) -> Vec<(u64, Happening)>;

    /// The answer to a reader.
    fn read(&mut self, read: &ReadItems) -> Happening {
        failed(read.entry, read.attempt, "Test.NoReader", "this world has nothing to read")
    }

    /// The answer to a writer.
    fn write(&mut self, write: &WriteResults) -> Happening {
        failed(write.entry, write.attempt, "Test.NoWriter", "this world can't be written to")
    }

    /// What happens by itself, each after a delay in milliseconds.
    fn visits(&mut self) -> Vec<(u64, Happening)> {
        Vec::new()
    }
}

/// A world without tasks.
pub(crate) struct Empty;

impl World for Empty {
    fn call(&mut self, call: &CallTask) -> Vec<(u64, Happening)> {
        vec![(0, failed(call.entry, call.attempt, "Test.NoTask", "this world has no tasks"))]
    }
}

/// A task that failed.
pub(crate) fn failed(entry: u64, attempt: u32, error: &str, cause: &str) -> Happening {
    Happening::TaskFailed { entry, attempt, error: error.to_owned(), cause: Some(cause.to_owned()) }
}

/// A task that ended well.
pub(crate) fn succeeded(entry: u64, attempt: u32, output: serde_json::Value) -> Happening {
    Happening::TaskSucceeded { entry, attempt, output: output.into() }
}

/// Items that were read.
pub(crate) fn read(request: &ReadItems, content: Content) -> Happening {
    Happening::ItemsRead { entry: request.entry, attempt: request.attempt, content }
}
