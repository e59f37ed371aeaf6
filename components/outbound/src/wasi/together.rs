//! Many requests at the same time, on one thread.

use super::bindings::exports::ropewalk::pipeline::outbound::{Error, Request, Response};
use super::bindings::wasi::clocks::monotonic_clock;
use super::bindings::wasi::io::poll::{Pollable, poll};
use super::exchange::{Exchange, Step};

/// So many requests are under way at once. The others wait.
const MAX_AT_ONCE: usize = 8;

/// Sends all requests, and gives their answers in the same order.
pub(super) fn send(requests: &[Request]) -> Vec<Result<Response, Error>> {
    let mut answers: Vec<Option<Result<Response, Error>>> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().enumerate();
    let mut under_way: Vec<(usize, Exchange<'_>)> = Vec::new();
    loop {
        while under_way.len() < MAX_AT_ONCE
            && let Some((at, request)) = waiting.next()
        {
            match Exchange::begin(request) {
                Ok(exchange) => under_way.push((at, exchange)),
                Err(error) => answers[at] = Some(Err(error)),
            }
        }
        if under_way.is_empty() {
            break;
        }
        wait(&under_way);
        for (at, exchange) in std::mem::take(&mut under_way) {
            match exchange.step() {
                Step::Waits(exchange) => under_way.push((at, exchange)),
                Step::Over(answer) => answers[at] = Some(answer),
            }
        }
    }
    let lost = || Err(Error::Other("the request was not sent".to_owned()));
    answers.into_iter().map(|answer| answer.unwrap_or_else(lost)).collect()
}

/// Waits until something happens to a request, or the time of one is over.
fn wait(under_way: &[(usize, Exchange<'_>)]) {
    let deadline_ns = under_way.iter().map(|(_, exchange)| exchange.deadline_ns()).min().unwrap_or_default();
    let over = monotonic_clock::subscribe_instant(deadline_ns);
    let pollables = under_way.iter().flat_map(|(_, exchange)| exchange.pollables());
    let all: Vec<&Pollable> = pollables.chain([&over]).collect();
    poll(&all);
}
