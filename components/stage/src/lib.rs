//! What the author of a stage needs: implement [`Stage`], name it in [`export!`], and write an ordinary
//! program in between. Inputs are files below the working directory, each folder below `out/` becomes
//! an artifact, printed text is the log.

#[doc(hidden)]
pub mod bindings;
pub mod outbound;
pub mod retry;
pub mod secret;

use std::fmt;

pub use bindings::exports::ropewalk::pipeline::stage::{Caller, Input, Secret};
pub use schemars::JsonSchema;

/// One step of a pipeline.
pub trait Stage {
    /// The parameters. `#[serde(deny_unknown_fields)]` makes a misspelt one an error.
    type Parameters: serde::de::DeserializeOwned + JsonSchema;
    /// What later states of the workflow read.
    type Output: serde::Serialize;

    /// The component's name less `stage-`.
    const NAME: &'static str;
    /// The stage's version: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// Whether the result depends on nothing but parameters and inputs. A stage that uses
    /// [`outbound`] is not hermetic.
    const HERMETIC: bool;
    /// Whether a stage with effects fetches only what its inputs name by digest, so that its result depends
    /// on nothing but parameters and inputs, and is cached within a project.
    const PINNED: bool = false;
    /// Globs of the files that the stage reads of an input, unless the caller names others.
    const DEFAULT_INCLUDE: &'static [&'static str];

    /// Runs the stage.
    fn run(parameters: Self::Parameters, call: Call) -> Result<Self::Output, Failure>;
}

/// What came with the call besides the parameters.
#[derive(Debug)]
pub struct Call {
    /// The mounted inputs, in the order of their names.
    pub inputs: Vec<Input>,
    /// Who calls: only stages with effects are told.
    pub caller: Option<Caller>,
}

impl Call {
    /// The caller, of which a stage with effects is always told.
    pub fn caller(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or_else(|| Failure::new("Stage.NoCaller", "the call names no caller"))
    }
}

/// How a stage ends when it doesn't end well: data on which Retry and Catch of the workflow act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// An error name: `Lint.Failed`.
    pub error: String,
    /// What went wrong, for a person.
    pub cause: String,
}

impl Failure {
    /// A failure of this name, for this cause.
    pub fn new(error: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self { error: error.into(), cause: cause.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.cause)
    }
}

/// Makes a type that implements [`Stage`] the one that this component is.
#[macro_export]
macro_rules! export {
    ($stage:ty) => {
        #[allow(unsafe_code, missing_docs, unused_imports, clippy::pedantic)]
        mod stage_export {
            use super::*;
            use $crate::__private as private;
            pub(super) struct Component;
            impl private::Guest for Component {
                fn describe() -> private::Description {
                    private::describe::<$stage>()
                }
                fn run(request: private::Request) -> Result<private::Response, private::Failure> {
                    private::run::<$stage>(request)
                }
            }
            private::bindings::export_effects_stage!(Component with_types_in private::bindings);
        }
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::bindings;
    pub use crate::bindings::exports::ropewalk::pipeline::stage::{
        Description, Failure, Guest, Request, Response,
    };

    use std::io::Write;

    use crate::{Call, Stage};

    pub fn describe<S: Stage>() -> Description {
        let schema = schemars::schema_for!(S::Parameters);
        Description {
            name: S::NAME.to_owned(),
            version: S::VERSION.to_owned(),
            hermetic: S::HERMETIC,
            pinned: S::PINNED,
            parameters_schema: schema.as_value().to_string(),
            default_include: S::DEFAULT_INCLUDE.iter().map(ToString::to_string).collect(),
        }
    }

    pub fn run<S: Stage>(request: Request) -> Result<Response, Failure> {
        end_at_a_panic();
        let parameters = serde_json::from_str(&request.parameters).map_err(|error| Failure {
            error: "Stage.InvalidParameters".to_owned(),
            cause: format!("parameters of stage `{}`: {error}", S::NAME),
        })?;
        let call = Call { inputs: request.inputs, caller: request.caller };
        let ran = S::run(parameters, call);
        // The last line may be waiting for its end. If the log takes no more, that is no failure.
        let _ = std::io::stdout().flush();
        let output = ran.map_err(|failure| Failure { error: failure.error, cause: failure.cause })?;
        let result = serde_json::to_string(&output).map_err(|error| Failure {
            error: "Stage.InvalidResult".to_owned(),
            cause: format!("result of stage `{}` is not JSON: {error}", S::NAME),
        })?;
        Ok(Response { result })
    }
    /// A panic is told in the log as ever, and then ends the program by `exit`: the call is answered, and its log
    /// kept. After a trap, by which it would end otherwise, there is nobody who could.
    fn end_at_a_panic() {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            tell(panic);
            std::process::exit(1);
        }));
    }
}
