//! Amazon States Language, interpreted without input or output.
//!
//! [`Definition::parse`] reads and checks a state machine. [`Execution`] runs it: [`Execution::apply`] is told what happened
//! ([`Event`]) and answers with what to do ([`Command`]). There is no clock, no randomness and no waiting in here: time and
//! randomness arrive in events, so that the same events always give the same run.
//!
//! A failure that the language knows (`States.…`) is a value that `Retry` and `Catch` act on. A Rust error means a definition
//! or a history that can't be.

mod choice;
mod command;
mod context;
mod data;
mod definition;
mod event;
mod execution;
mod expression;
mod fault;
#[cfg(test)]
mod fuzz;
mod history;
pub mod integration;
mod intrinsic;
mod jsonata;
mod limits;
mod number;
mod path;
mod problem;
mod random;
mod reader;
mod resource;
mod size;
mod start;
pub mod test_state;
mod timestamp;
mod token;
mod variables;

pub use command::{CallTask, Command, Outcome, ReadItems, Status, WriteResults};
pub use data::Data;
pub use definition::{
    Definition, MAX_DEFINITION_BYTES, MAX_MACHINE_DEPTH, MAX_STATES, MachineType, QueryLanguage, StateKind,
    StateView,
};
pub use event::{Content, Event, Happening, Seed};
pub use execution::{Execution, HistoryError};
pub use history::{Details, HistoryEvent, TaskDetails};
pub use limits::*;
pub use problem::{Code, Problem, Severity};
pub use resource::{Integration, Pattern, Resource};
pub use start::Start;
pub use token::{TaskToken, TokenKey, Tokens};
