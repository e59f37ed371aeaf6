//! A checked definition, as the interpreter uses it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::pointer::Pointer;
use crate::data::Data;
use crate::expression::{Expression, Template};
use crate::path::ReferencePath;
use crate::resource::Resource;

/// Which of a definition's machines: 0 is the outermost.
pub(crate) type MachineId = usize;

/// Which of a machine's states.
pub(crate) type StateId = usize;

/// A set of states that run one after the other: the whole definition, a branch, or an item processor.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) states: Vec<State>,
    pub(crate) start: StateId,
}

/// One state.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) name: Arc<str>,
    pub(crate) pointer: Pointer,
    pub(crate) comment: Option<String>,
    pub(crate) language: QueryLanguage,
    pub(crate) kind: Kind,
    pub(crate) next: Next,
    pub(crate) flow: Flow,
    pub(crate) assign: Option<Template>,
    pub(crate) retry: Vec<Retrier>,
    pub(crate) catch: Vec<Catcher>,
}

/// How expressions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueryLanguage {
    /// Paths, and intrinsic functions.
    JsonPath,
    /// `{% … %}`.
    Jsonata,
}

/// Where a state leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    State(StateId),
    End,
}

/// How data goes through a state. A member that the query language hasn't is at its default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) input_path: Selection,
    /// `Parameters` or `Arguments`.
    pub(crate) arguments: Option<Template>,
    pub(crate) result_selector: Option<Template>,
    pub(crate) result_path: ResultPath,
    pub(crate) output_path: Selection,
    pub(crate) output: Option<Template>,
}

/// `InputPath` and `OutputPath`.
#[derive(Clone, Debug, Default)]
pub(crate) enum Selection {
    /// Everything: `$`, or absent.
    #[default]
    Whole,
    /// `null`: an empty object.
    Nothing,
    /// What a path names.
    Path(Expression),
}

/// `ResultPath`.
#[derive(Clone, Debug, Default)]
pub(crate) enum ResultPath {
    /// The result replaces the input: `$`, or absent.
    #[default]
    Replace,
    /// The result is dropped: `null`.
    Discard,
    /// The result is put into the input.
    Insert(ReferencePath),
}

/// What a state does.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Task(Box<Task>),
    Pass { result: Option<Data> },
    Choice(Choice),
    Wait(Wait),
    Succeed,
    Fail(Box<Fail>),
    Parallel(Vec<MachineId>),
    Map(Box<Map>),
}

/// The types of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateKind {
    /// Calls someone.
    Task,
    /// Passes its input on, maybe changed.
    Pass,
    /// Chooses where to go on.
    Choice,
    /// Waits.
    Wait,
    /// Ends well.
    Succeed,
    /// Ends with an error.
    Fail,
    /// Runs several branches at once.
    Parallel,
    /// Runs a processor for each item.
    Map,
}

/// A Task state's own fields.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) resource: Arc<Resource>,
    pub(crate) timeout: Option<Scalar>,
    pub(crate) heartbeat: Option<Scalar>,
    pub(crate) role_arn: Option<Scalar>,
}

/// A value that is written down or computed; `field` is the field's name, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) field: &'static str,
    pub(crate) source: Source,
}

/// Where a [`Scalar`] comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Literal(Value),
    Expression(Expression),
}

/// A Choice state's own fields.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) rules: Vec<Rule>,
    pub(crate) default: Option<StateId>,
}

/// One of a Choice state's rules.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) condition: Condition,
    pub(crate) next: StateId,
    pub(crate) assign: Option<Template>,
    pub(crate) output: Option<Template>,
}

/// When a rule applies.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Box<crate::choice::Comparison>),
    /// `Condition` in JSONata, or a constant.
    Holds(Source),
}

/// How long a Wait state waits.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    Seconds(Scalar),
    Timestamp(Scalar),
}

/// A Fail state's own fields.
#[derive(Clone, Debug)]
pub(crate) struct Fail {
    pub(crate) error: Option<Scalar>,
    pub(crate) cause: Option<Scalar>,
}

/// A Map state's own fields.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    pub(crate) processor: MachineId,
    pub(crate) distributed: bool,
    pub(crate) items: Items,
    pub(crate) selector: Option<Template>,
    pub(crate) reader: Option<ItemReader>,
    pub(crate) batcher: Option<Batcher>,
    pub(crate) writer: Option<Writer>,
    pub(crate) max_concurrency: Option<Scalar>,
    pub(crate) tolerated_count: Option<Scalar>,
    pub(crate) tolerated_percentage: Option<Scalar>,
    pub(crate) label: Option<String>,
}

/// Where a Map's items come from, unless a reader reads them.
#[derive(Clone, Debug)]
pub(crate) enum Items {
    /// The whole effective input.
    Input,
    /// `ItemsPath`.
    Path(Expression),
    /// `Items`.
    Template(Template),
}

/// `ItemReader`.
#[derive(Clone, Debug)]
pub(crate) struct ItemReader {
    pub(crate) resource: Arc<Resource>,
    pub(crate) arguments: Option<Template>,
    pub(crate) format: Format,
    pub(crate) max_items: Option<Scalar>,
}

impl ItemReader {
    /// Whether `ItemsPointer` says where in the file the items are.
    pub(crate) fn has_pointer(&self) -> bool {
        matches!(self.format, Format::Json { pointer: Some(_) })
    }
}

/// `ReaderConfig`: how the text is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The answer is a list of items already.
    Listing,
    /// An array, at `ItemsPointer` where there is one.
    Json {
        pointer: Option<String>,
    },
    JsonLines,
    Csv {
        headers: Option<Vec<String>>,
        delimiter: char,
    },
    /// An S3 inventory's manifest.
    Manifest,
}

/// `ItemBatcher`.
#[derive(Clone, Debug)]
pub(crate) struct Batcher {
    pub(crate) max_items: Option<Scalar>,
    pub(crate) max_bytes: Option<Scalar>,
    pub(crate) input: Option<Template>,
}

/// `ResultWriter`.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) resource: Option<Arc<Resource>>,
    pub(crate) arguments: Option<Template>,
    pub(crate) transformation: Transformation,
    pub(crate) lines: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transformation {
    /// With what is known about each execution.
    None,
    /// Only the outputs.
    Compact,
    /// Only the outputs, those that are arrays joined.
    Flatten,
}

/// One of `Retry`.
#[derive(Clone, Debug)]
pub(crate) struct Retrier {
    pub(crate) errors: Vec<String>,
    pub(crate) interval_seconds: f64,
    pub(crate) max_attempts: u64,
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: Option<f64>,
    pub(crate) full_jitter: bool,
}

/// One of `Catch`.
#[derive(Clone, Debug)]
pub(crate) struct Catcher {
    pub(crate) errors: Vec<String>,
    pub(crate) next: StateId,
    pub(crate) result_path: ResultPath,
    pub(crate) assign: Option<Template>,
    pub(crate) output: Option<Template>,
}

impl State {
    pub(crate) fn state_kind(&self) -> StateKind {
        match self.kind {
            Kind::Task(_) => StateKind::Task,
            Kind::Pass { .. } => StateKind::Pass,
            Kind::Choice(_) => StateKind::Choice,
            Kind::Wait(_) => StateKind::Wait,
            Kind::Succeed => StateKind::Succeed,
            Kind::Fail(_) => StateKind::Fail,
            Kind::Parallel(_) => StateKind::Parallel,
            Kind::Map(_) => StateKind::Map,
        }
    }
}

impl StateKind {
    /// The type as a definition writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::Pass => "Pass",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        const ALL: [StateKind; 8] = [
            StateKind::Task,
            StateKind::Pass,
            StateKind::Choice,
            StateKind::Wait,
            StateKind::Succeed,
            StateKind::Fail,
            StateKind::Parallel,
            StateKind::Map,
        ];
        ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for StateKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Scalar {
    pub(crate) fn literal(field: &'static str, value: Value) -> Self {
        Self { field, source: Source::Literal(value) }
    }
}
