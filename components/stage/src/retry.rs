//! Making requests again whose answer says that it may help, or that got none.

use std::time::Duration;

use crate::outbound::{Answer, Error, Request, Response, WayOut};

/// How often, and after what pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The first try counts.
    pub max_tries: u32,
    /// Before the second try, in milliseconds; doubled each time.
    pub first_pause_ms: u32,
    /// A server that asks for a longer one is not waited for.
    pub max_pause_ms: u32,
}

/// What came of a request in the end.
#[derive(Debug)]
pub struct Tried {
    /// The last answer, or why there is none.
    pub answer: Answer,
    /// How often the request was made.
    pub tries: u32,
}

/// Sends requests at the same time, and those again that may go better later. `again` hears of each before
/// the pause: its place, what was answered, and the pause in milliseconds.
pub fn send_all(
    way: &mut dyn WayOut,
    requests: &[Request],
    policy: &Policy,
    again: &mut dyn FnMut(usize, &Answer, u32),
) -> Vec<Tried> {
    let mut done: Vec<Option<Tried>> = requests.iter().map(|_| None).collect();
    let mut open: Vec<usize> = (0..requests.len()).collect();
    let mut tries = 0;
    while !open.is_empty() {
        tries += 1;
        let mut longest_ms = 0;
        let mut failed = Vec::new();
        let answers = way.send_all(open.iter().map(|at| requests[*at].clone()).collect());
        for (at, answer) in open.into_iter().zip(answers) {
            match policy.pause_ms(tries, &answer) {
                Some(pause_ms) => {
                    again(at, &answer, pause_ms);
                    longest_ms = longest_ms.max(pause_ms);
                    failed.push(at);
                }
                None => done[at] = Some(Tried { answer, tries }),
            }
        }
        if !failed.is_empty() {
            way.pause(longest_ms);
        }
        open = failed;
    }
    let unanswered = || Tried { answer: Err(Error::Other("the request was not sent".to_owned())), tries: 0 };
    done.into_iter().map(|tried| tried.unwrap_or_else(unanswered)).collect()
}

impl Policy {
    /// How long to wait before the request is made again, in milliseconds, after so many tries. `None`: it
    /// is not made again.
    pub fn pause_ms(&self, tries: u32, answer: &Answer) -> Option<u32> {
        if tries >= self.max_tries || !may_pass(answer) {
            return None;
        }
        let asked_ms = answer.as_ref().ok().and_then(retry_after).map(|asked| asked.as_millis());
        let own_ms = self.first_pause_ms.saturating_mul(1 << (tries - 1).min(16)).min(self.max_pause_ms);
        match asked_ms.map(u32::try_from) {
            None => Some(own_ms),
            Some(Ok(asked_ms)) if asked_ms <= self.max_pause_ms => Some(asked_ms.max(own_ms)),
            Some(_) => None,
        }
    }
}

/// Whether the same request may be answered otherwise later: no answer, too many requests, or a server
/// that fails.
pub fn may_pass(answer: &Answer) -> bool {
    match answer {
        Ok(response) => response.status == 429 || (500..600).contains(&response.status),
        Err(Error::Unreachable(_) | Error::Timeout | Error::Other(_)) => true,
        Err(Error::Invalid(_) | Error::Forbidden(_) | Error::TooLarge) => false,
    }
}

/// How long a server asks to be left alone: `retry-after` in seconds, or as a date, which is held against
/// the server's own.
pub fn retry_after(response: &Response) -> Option<Duration> {
    let asked = response.header("retry-after")?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let now = httpdate::parse_http_date(response.header("date")?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { max_tries: 4, first_pause_ms: 500, max_pause_ms: 60_000 };

    /// Gives the answers in their order, and notes the pauses.
    struct Script {
        answers: Vec<Answer>,
        sent: Vec<String>,
        pauses_ms: Vec<u32>,
    }

    impl WayOut for Script {
        fn send_all(&mut self, requests: Vec<Request>) -> Vec<Answer> {
            self.sent.extend(requests.iter().map(|request| request.url().to_owned()));
            self.answers.drain(..requests.len()).collect()
        }

        fn pause(&mut self, duration_ms: u32) {
            self.pauses_ms.push(duration_ms);
        }
    }

    fn status(status: u16) -> Answer {
        Ok(Response::new(status, &[], ""))
    }

    fn after(status: u16, seconds: &str) -> Answer {
        Ok(Response::new(status, &[("Retry-After", seconds), ("Date", "Tue, 24 Nov 2026 13:00:00 GMT")], ""))
    }

    #[track_caller]
    fn check(answers: Vec<Answer>, pauses_ms: &[u32], status: Option<u16>) {
        let mut script = Script { answers, sent: Vec::new(), pauses_ms: Vec::new() };
        let mut heard = 0;
        let request = Request::new("GET", "https://a.example/");
        let tried = send_all(&mut script, &[request], &POLICY, &mut |_, _, _| heard += 1);
        assert_eq!(script.pauses_ms, pauses_ms);
        assert_eq!(heard, pauses_ms.len());
        assert_eq!(tried[0].tries as usize, pauses_ms.len() + 1);
        assert_eq!(tried[0].answer.as_ref().ok().map(|response| response.status), status);
    }

    #[test]
    fn requests_are_made_again_while_it_may_help() {
        check(vec![status(200)], &[], Some(200));
        check(vec![status(404)], &[], Some(404));
        check(vec![status(503), Err(Error::Timeout), status(200)], &[500, 1_000], Some(200));
        check(vec![status(500), status(502), status(503), status(504)], &[500, 1_000, 2_000], Some(504));
        check(vec![Err(Error::TooLarge)], &[], None);
        check(vec![Err(Error::Forbidden("a".to_owned()))], &[], None);
    }

    #[test]
    fn a_server_says_how_long_to_wait() {
        check(vec![after(429, "7"), status(200)], &[7_000], Some(200));
        check(vec![after(429, "0"), status(200)], &[500], Some(200));
        check(vec![after(503, "Tue, 24 Nov 2026 13:00:09 GMT"), status(200)], &[9_000], Some(200));
        check(vec![after(503, "soon"), status(200)], &[500], Some(200));
        check(vec![after(429, "61")], &[], Some(429));
        check(vec![after(429, "99999999999999")], &[], Some(429));
    }

    #[test]
    fn only_what_failed_is_sent_again() {
        let answers = vec![status(200), status(503), status(404), status(200)];
        let mut script = Script { answers, sent: Vec::new(), pauses_ms: Vec::new() };
        let requests = ["a", "b", "c"].map(|path| Request::new("GET", path));
        let tried = send_all(&mut script, &requests, &POLICY, &mut |at, _, _| assert_eq!(at, 1));
        assert_eq!(script.sent, ["a", "b", "c", "b"]);
        let statuses = tried.iter().map(|tried| tried.answer.as_ref().unwrap().status);
        assert_eq!(statuses.collect::<Vec<_>>(), [200, 200, 404]);
    }
}
