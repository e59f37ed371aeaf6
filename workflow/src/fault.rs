//! What goes wrong inside a run, as `Retry` and `Catch` see it.

/// The error names that Amazon States Language reserves.
pub(crate) mod names {
    pub(crate) const ALL: &str = "States.ALL";
    pub(crate) const BRANCH_FAILED: &str = "States.BranchFailed";
    pub(crate) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    pub(crate) const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
    pub(crate) const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    pub(crate) const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
    pub(crate) const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
    pub(crate) const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
    pub(crate) const PARAMETER_PATH_FAILURE: &str = "States.ParameterPathFailure";
    pub(crate) const PERMISSIONS: &str = "States.Permissions";
    pub(crate) const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
    pub(crate) const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
    pub(crate) const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";
    pub(crate) const RUNTIME: &str = "States.Runtime";
    pub(crate) const TASK_FAILED: &str = "States.TaskFailed";
    pub(crate) const TIMEOUT: &str = "States.Timeout";

    /// All of them.
    pub(crate) const RESERVED: [&str; 16] = [
        ALL,
        BRANCH_FAILED,
        DATA_LIMIT_EXCEEDED,
        EXCEED_TOLERATED_FAILURE_THRESHOLD,
        HEARTBEAT_TIMEOUT,
        INTRINSIC_FAILURE,
        ITEM_READER_FAILED,
        NO_CHOICE_MATCHED,
        PARAMETER_PATH_FAILURE,
        PERMISSIONS,
        QUERY_EVALUATION_ERROR,
        RESULT_PATH_MATCH_FAILURE,
        RESULT_WRITER_FAILED,
        RUNTIME,
        TASK_FAILED,
        TIMEOUT,
    ];
}

/// A failure that a state met by itself, before it is told where it happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// The error name.
    pub(crate) error: &'static str,
    /// What went wrong.
    pub(crate) cause: String,
    /// The field whose expression failed, such as `Output/result`.
    pub(crate) location: Option<String>,
    /// Whether the cause stands as it is, without the words that say which state it was.
    pub(crate) verbatim: bool,
}

impl Fault {
    /// A `States.Runtime`: always the end of the run.
    pub(crate) fn runtime(cause: impl Into<String>) -> Self {
        Self::new(names::RUNTIME, cause)
    }

    pub(crate) fn new(error: &'static str, cause: impl Into<String>) -> Self {
        Self { error, cause: cause.into(), location: None, verbatim: false }
    }

    /// A `States.QueryEvaluationError` of the field `location`.
    pub(crate) fn evaluation(location: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::new(names::QUERY_EVALUATION_ERROR, cause) }
    }

    /// A document of that state or task is larger than it may be.
    pub(crate) fn too_large(whose: &str) -> Self {
        let cause = format!(
            "The state/task '{whose}' returned a result with a size exceeding the maximum number of bytes service limit."
        );
        Self::new(names::DATA_LIMIT_EXCEEDED, cause).verbatim()
    }

    pub(crate) fn verbatim(mut self) -> Self {
        self.verbatim = true;
        self
    }
}
