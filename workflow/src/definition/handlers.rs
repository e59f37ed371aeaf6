//! Reading `Retry` and `Catch`.

use serde_json::Value;

use super::Pointer;
use super::fields::Fields;
use super::machine::Names;
use super::model::{Catcher, QueryLanguage, ResultPath, Retrier};
use super::reader::Reader;
use crate::fault::names;
use crate::problem::Code;

/// Attempts that a retrier may have, as on AWS.
const MAX_ATTEMPTS: u64 = 99_999_999;

/// Seconds that `MaxDelaySeconds` may have, as on AWS.
const MAX_DELAY_SECONDS: f64 = 31_622_400.0;

impl Reader {
    pub(super) fn retriers(&mut self, fields: &mut Fields<'_>) -> Vec<Retrier> {
        let Some(items) = fields.array(self, "Retry") else {
            return Vec::new();
        };
        let place = fields.place("Retry");
        let mut retriers = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            retriers.extend(self.retrier(item, &place.item(at), at + 1 == items.len()));
        }
        retriers
    }

    fn retrier(&mut self, value: &Value, pointer: &Pointer, last: bool) -> Option<Retrier> {
        let mut fields = Fields::new(self, value, pointer, "a retrier")?;
        fields.get("Comment");
        let errors = self.errors(&mut fields, last);
        let interval = fields.whole_number(self, "IntervalSeconds", 1, MAX_ATTEMPTS);
        let max_attempts = fields.whole_number(self, "MaxAttempts", 0, MAX_ATTEMPTS);
        let backoff_rate = fields.number(self, "BackoffRate", 1.0);
        let max_delay_seconds = fields.number(self, "MaxDelaySeconds", 0.0);
        self.max_delay(&fields, interval, max_delay_seconds);
        let full_jitter = match fields.text(self, "JitterStrategy") {
            None | Some("NONE") => false,
            Some("FULL") => true,
            Some(other) => {
                let message = format!("`{other}` isn't a jitter strategy");
                let place = fields.place("JitterStrategy");
                self.error(Code::InvalidValue, &place, message, Some("`FULL` and `NONE` are"));
                false
            }
        };
        fields.finish(self);
        #[allow(clippy::cast_precision_loss, reason = "the number is at most 99,999,999")]
        Some(Retrier {
            errors: errors?,
            interval_seconds: interval.unwrap_or(1) as f64,
            max_attempts: max_attempts.unwrap_or(3),
            backoff_rate: backoff_rate.unwrap_or(2.0),
            max_delay_seconds,
            full_jitter,
        })
    }

    fn max_delay(&mut self, fields: &Fields<'_>, interval: Option<u64>, max_delay: Option<f64>) {
        let Some(max_delay) = max_delay else { return };
        #[allow(clippy::cast_precision_loss, reason = "the number is at most 99,999,999")]
        let interval = interval.unwrap_or(1) as f64;
        let place = fields.place("MaxDelaySeconds");
        if max_delay > MAX_DELAY_SECONDS {
            let message = format!("`MaxDelaySeconds` must be at most {MAX_DELAY_SECONDS}");
            self.error(Code::InvalidValue, &place, message, None);
        } else if max_delay < interval {
            let message = "`MaxDelaySeconds` is less than `IntervalSeconds`: every delay is cut";
            self.warning(Code::InvalidValue, &place, message, None);
        }
    }

    pub(super) fn catchers(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        known: &Names<'_>,
    ) -> Vec<Catcher> {
        let Some(items) = fields.array(self, "Catch") else {
            return Vec::new();
        };
        let place = fields.place("Catch");
        let mut catchers = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let last = at + 1 == items.len();
            catchers.extend(self.catcher(item, &place.item(at), last, language, known));
        }
        catchers
    }

    fn catcher(
        &mut self,
        value: &Value,
        pointer: &Pointer,
        last: bool,
        language: QueryLanguage,
        known: &Names<'_>,
    ) -> Option<Catcher> {
        let mut fields = Fields::new(self, value, pointer, "a catcher")?;
        fields.get("Comment");
        let errors = self.errors(&mut fields, last);
        let next = match fields.required(self, "Next") {
            Some(Value::String(name)) => known.find(self, name, &fields.place("Next")),
            Some(other) => fields.wrong(self, "Next", "a string", other),
            None => None,
        };
        let assign = self.assign(&mut fields, language);
        let (mut result_path, mut output) = (ResultPath::Replace, None);
        match language {
            QueryLanguage::JsonPath => {
                result_path = self.result_path(&mut fields);
                fields.foreign(self, language, &["Output"]);
            }
            QueryLanguage::Jsonata => {
                output = fields.template(self, "Output", language);
                fields.foreign(self, language, &["ResultPath"]);
            }
        }
        fields.finish(self);
        Some(Catcher { errors: errors?, next: next?, result_path, assign, output })
    }

    /// `ErrorEquals`, where `States.ALL` stands alone and last.
    fn errors(&mut self, fields: &mut Fields<'_>, last: bool) -> Option<Vec<String>> {
        fields.required(self, "ErrorEquals")?;
        let errors = fields.texts(self, "ErrorEquals")?;
        let place = fields.place("ErrorEquals");
        if errors.iter().any(|error| error == names::ALL) {
            if errors.len() > 1 {
                let message = format!("`{}` must stand alone in `ErrorEquals`", names::ALL);
                self.error(Code::InvalidValue, &place, message, Some("it covers all other errors"));
            }
            if !last {
                let message = format!("`{}` must be in the last place: what follows never acts", names::ALL);
                self.error(Code::UnreachableHandler, &place, message, None);
            }
        }
        for error in &errors {
            if error.starts_with("States.") && !names::RESERVED.contains(&error.as_str()) {
                let message =
                    format!("`{error}` isn't an error of the language, although it begins with `States.`");
                self.warning(Code::InvalidValue, &place, message, None);
            }
        }
        Some(errors)
    }
}
