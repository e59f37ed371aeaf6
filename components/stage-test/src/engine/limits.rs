//! What stops a test, and how it is said.

use boa_engine::error::{EngineError, RuntimeLimitError};
use boa_engine::vm::RuntimeLimits;

use crate::parameters::Limits;

/// Values on the engine's own stack, of all calls that are within one another.
const MAX_STACK_VALUES: usize = 200_000;
/// Frames in the stack of an error.
const MAX_FRAMES: usize = 20;
/// A file's log is cut after so many bytes.
pub(crate) const MAX_LOG_BYTES: usize = 1 << 20;
/// A source file is not loaded when it is larger.
pub(crate) const MAX_SOURCE_BYTES: u64 = 8 << 20;

/// The weight at which a script is not parsed: 80 brackets, or 650 terms of a sum, within each other.
pub(crate) const MAX_NESTING_WEIGHT: usize = 650;
/// What is said of a script that is not parsed.
pub(crate) const TOO_DEEP: &str = "expressions or blocks nest deeper than the test stage can parse";

/// The engine's limits.
pub(crate) fn runtime(limits: &Limits) -> RuntimeLimits {
    let mut runtime = RuntimeLimits::default();
    runtime.set_loop_iteration_limit(limits.loop_iterations);
    runtime.set_recursion_limit(limits.call_depth as usize);
    runtime.set_stack_size_limit(MAX_STACK_VALUES);
    runtime.set_backtrace_limit(MAX_FRAMES);
    runtime
}

/// What the engine stopped at.
pub(crate) fn message(error: &EngineError, limits: &Limits) -> String {
    match error {
        EngineError::RuntimeLimit(RuntimeLimitError::LoopIteration) => {
            let limit = limits.loop_iterations;
            format!(
                "stopped: the loops of one call had more than {limit} iterations, hint: `limits.loop_iterations`"
            )
        }
        EngineError::RuntimeLimit(RuntimeLimitError::Recursion) => {
            let limit = limits.call_depth;
            format!(
                "Maximum call stack size exceeded: more than {limit} calls within one another, hint: `limits.call_depth`"
            )
        }
        EngineError::RuntimeLimit(RuntimeLimitError::StackSize) => {
            format!("Maximum call stack size exceeded: more than {MAX_STACK_VALUES} values")
        }
        EngineError::NoInstructionsRemain => too_much(limits),
        other => format!("the JavaScript engine failed: {other}"),
    }
}

/// Why a file is stopped that works without end.
pub(crate) fn too_much(limits: &Limits) -> String {
    let limit = limits.instructions;
    format!("stopped: more than {limit} instructions ran, hint: `limits.instructions`")
}

/// A file runs again so often without the tests that used up its instructions.
pub(crate) const MAX_RESTARTS: usize = 3;

/// Why a file is stopped whose callbacks never end.
pub(crate) fn too_many_callbacks(limits: &Limits) -> String {
    format!("stopped: more than {} callbacks ran, hint: `limits.callbacks`", limits.callbacks)
}

/// Why a file is stopped whose timers never end.
pub(crate) fn too_long(limits: &Limits) -> String {
    let limit = limits.virtual_seconds;
    format!(
        "stopped: timers still ran after {limit} s of virtual time, hint: an interval that is not cleared, or `limits.virtual_seconds`"
    )
}
