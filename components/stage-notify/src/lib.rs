//! Tells somebody: one HTTP request with a templated body, signed where that is wanted, made again while
//! that may help. What Slack, Discord, Matrix, Telegram, e-mail services and webhooks take.
//!
//! URL, headers and body are [templates](template) over what the call gives and the secrets that the state
//! asks for. Each try carries the call's idempotency key, as `idempotency-key`.

mod answer;
mod error;
mod message;
mod parameters;
mod sign;
mod template;
#[cfg(test)]
mod tests;

use std::time::{SystemTime, UNIX_EPOCH};

use ropewalk_stage::outbound::{Answer as WayAnswer, Error as WayError, Outside, Response, WayOut};
use ropewalk_stage::retry::{self, Policy};
use ropewalk_stage::{Call, Caller, Failure, Stage};

use answer::Answer;
use error::Error;
use message::Message;
use parameters::Parameters;

/// The pause before the second try, in milliseconds; doubled each time.
const FIRST_PAUSE_MS: u32 = 1_000;
/// A server that asks for a longer pause is not waited for, in milliseconds.
const MAX_PAUSE_MS: u32 = 60_000;

/// The stage.
#[derive(Debug)]
pub struct Notify;

impl Stage for Notify {
    type Parameters = Parameters;
    type Output = Answer;

    const NAME: &'static str = "notify";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = false;
    // What is told comes with the call.
    const DEFAULT_INCLUDE: &'static [&'static str] = &[];

    fn run(parameters: Parameters, call: Call) -> Result<Answer, Failure> {
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        run(&parameters, call.caller()?, &mut Outside, now_s, &mut print_line).map_err(Failure::from)
    }
}

/// Sends what the parameters say.
fn run(
    parameters: &Parameters,
    caller: &Caller,
    way: &mut dyn WayOut,
    now_s: u64,
    log: &mut dyn FnMut(&str),
) -> Result<Answer, Error> {
    parameters.check()?;
    let message = Message::new(parameters, caller, now_s)?;
    let policy = Policy {
        max_tries: parameters.retries + 1,
        first_pause_ms: FIRST_PAUSE_MS,
        max_pause_ms: MAX_PAUSE_MS,
    };
    let place = message.place.clone();
    let request = message.into_request(parameters.timeout_s);
    let accepts = |response: &Response| parameters.accepts(response.status);
    let mut tried = retry::send_all(way, &[request], &policy, &mut |_, answer, pause_ms| {
        log(&format!("{place} {}: again in {} s", described(answer), f64::from(pause_ms) / 1_000.0));
    });
    let tried = tried.pop().ok_or_else(|| Error::unanswered(&place, WayError::Timeout, 0))?;
    match tried.answer {
        Ok(response) if accepts(&response) => {
            log(&format!("{place} answered with status {}", response.status));
            Ok(Answer::new(&response, tried.tries))
        }
        Ok(response) => Err(Error::refused(&place, &response, tried.tries)),
        Err(error) => Err(Error::unanswered(&place, error, tried.tries)),
    }
}

fn described(answer: &WayAnswer) -> String {
    match answer {
        Ok(response) => format!("answered with status {}", response.status),
        Err(error) => format!("gave no answer ({error})"),
    }
}

/// What a stage prints is its log.
#[expect(clippy::print_stdout, reason = "the log of a stage is what it prints")]
fn print_line(line: &str) {
    println!("{line}");
}

#[allow(unsafe_code, reason = "the generated exports")]
#[cfg(target_arch = "wasm32")]
mod export {
    use super::Notify;
    ropewalk_stage::export!(Notify);
}
