//! `wasi:cli`: environment, standard streams, exit. There is no terminal.

use super::bindings::exports::wasi::cli::terminal_input::{GuestTerminalInput, TerminalInput};
use super::bindings::exports::wasi::cli::terminal_output::{GuestTerminalOutput, TerminalOutput};
use super::bindings::exports::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use super::bindings::exports::wasi::io::streams::{InputStream, OutputStream};
use super::io::{Input, Output};
use super::{Sandbox, with};
use crate::log::Channel;

impl environment::Guest for Sandbox {
    fn get_environment() -> Vec<(String, String)> {
        with(|state| state.environment.clone())
    }

    fn get_arguments() -> Vec<String> {
        with(|state| state.arguments.clone())
    }

    fn initial_cwd() -> Option<String> {
        Some("/".to_owned())
    }
}

impl exit::Guest for Sandbox {
    fn exit(_status: Result<(), ()>) {
        end()
    }

    fn exit_with_code(_status_code: u8) {
        end()
    }
}

/// Ends the program, and with it the instance: without imports there is no other way to end it.
fn end() -> ! {
    std::process::abort()
}

impl stdin::Guest for Sandbox {
    fn get_stdin() -> InputStream {
        InputStream::new(Input::Stdin)
    }
}

impl stdout::Guest for Sandbox {
    fn get_stdout() -> OutputStream {
        OutputStream::new(Output::Log(Channel::Stdout))
    }
}

impl stderr::Guest for Sandbox {
    fn get_stderr() -> OutputStream {
        OutputStream::new(Output::Log(Channel::Stderr))
    }
}

/// The terminal that there never is.
pub(super) enum NoTerminal {}

impl GuestTerminalInput for NoTerminal {}
impl GuestTerminalOutput for NoTerminal {}

impl terminal_input::Guest for Sandbox {
    type TerminalInput = NoTerminal;
}

impl terminal_output::Guest for Sandbox {
    type TerminalOutput = NoTerminal;
}

impl terminal_stdin::Guest for Sandbox {
    fn get_terminal_stdin() -> Option<TerminalInput> {
        None
    }
}

impl terminal_stdout::Guest for Sandbox {
    fn get_terminal_stdout() -> Option<TerminalOutput> {
        None
    }
}

impl terminal_stderr::Guest for Sandbox {
    fn get_terminal_stderr() -> Option<TerminalOutput> {
        None
    }
}
