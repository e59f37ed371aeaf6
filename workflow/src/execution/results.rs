//! A Map's results: the output of the state, or files that are written.

use serde_json::{Map as Object, Value, json};

use super::Execution;
use super::control::{Failure, Move};
use super::map::{MapStep, Pending};
use super::strand::{Step, Strand, StrandId};
use crate::command::{Command, WriteResults};
use crate::data::Data;
use crate::definition::{Kind, Map, State, Transformation, Writer};
use crate::fault::{Fault, names};
use crate::history::Details;

impl Execution {
    /// All iterations are over: writes the results, or ends the state with them.
    pub(super) fn finish_map(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        map: &Map,
    ) -> Result<Move, Fault> {
        let Step::Map(step) = &strand.step else {
            return Ok(Move::Block);
        };
        if let Some(writer) = &map.writer
            && writer.resource.is_some()
        {
            let write = self.write(strand, state, step, writer)?;
            self.tasks.insert(strand.entry, id);
            self.commands.push(Command::WriteResults(write.clone()));
            if let Step::Map(step) = &mut strand.step {
                step.pending = Some(Pending::Write(Box::new(write)));
            }
            return Ok(Move::Block);
        }
        let transformation =
            map.writer.as_ref().map_or(Transformation::Compact, |writer| writer.transformation);
        let result = Data::new(Value::Array(self.listed(step, transformation)));
        self.end_map(strand, state, &result)
    }

    fn end_map(&mut self, strand: &mut Strand, state: &State, result: &Data) -> Result<Move, Fault> {
        let Step::Map(step) = std::mem::replace(&mut strand.step, Step::Enter) else {
            return Ok(Move::Block);
        };
        if step.run.is_some() {
            self.record(strand, || Details::MapRunSucceeded);
        } else {
            strand.last_event = step.last_end;
        }
        let previous = strand.last_event;
        self.record_after(strand, previous, || Details::MapStateSucceeded);
        self.complete(strand, state, result)
    }

    /// The results as they are listed in an output or in a file.
    fn listed(&self, step: &MapStep, transformation: Transformation) -> Vec<Value> {
        let results = step.results.iter().enumerate();
        let done = results.filter_map(|(index, result)| result.as_ref().map(|result| (index, result)));
        match transformation {
            Transformation::None => done.map(|(index, result)| self.execution(step, index, result)).collect(),
            Transformation::Compact => {
                done.filter_map(|(_, result)| result.as_ref().ok()).map(|output| (**output).clone()).collect()
            }
            Transformation::Flatten => done
                .filter_map(|(_, result)| result.as_ref().ok())
                .flat_map(|output| match &**output {
                    Value::Array(items) => items.clone(),
                    other => vec![other.clone()],
                })
                .collect(),
        }
    }

    /// What is known about one execution of a distributed Map.
    fn execution(&self, step: &MapStep, index: usize, result: &Result<Data, Failure>) -> Value {
        let run = step.run.as_deref().unwrap_or_default();
        let name = format!("{}-{index}", run.rsplit(':').next().unwrap_or_default());
        let mut about = Object::new();
        about.insert("ExecutionArn".to_owned(), format!("{run}:{name}").into());
        about.insert("Input".to_owned(), step.source.item(index).value.to_string().into());
        about.insert("InputDetails".to_owned(), json!({"Included": true}));
        about.insert("Name".to_owned(), name.into());
        let status = match result {
            Ok(output) => {
                about.insert("Output".to_owned(), output.to_string().into());
                about.insert("OutputDetails".to_owned(), json!({"Included": true}));
                "SUCCEEDED"
            }
            Err(failure) => {
                for (name, text) in [("Error", &failure.error), ("Cause", &failure.cause)] {
                    if let Some(text) = text {
                        about.insert(name.to_owned(), text.as_str().into());
                    }
                }
                "FAILED"
            }
        };
        about.insert("StateMachineArn".to_owned(), self.start.machine_id.as_str().into());
        about.insert("Status".to_owned(), status.into());
        Value::Object(about)
    }

    fn write(
        &self,
        strand: &Strand,
        state: &State,
        step: &MapStep,
        writer: &Writer,
    ) -> Result<WriteResults, Fault> {
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &step.source.effective);
        let arguments = match &writer.arguments {
            None => Data::default(),
            Some(template) => template.evaluate("ResultWriter/Arguments", &scope)?,
        };
        let resource =
            writer.resource.clone().ok_or_else(|| Fault::runtime("The result writer has no resource"))?;
        let mut files = Vec::new();
        let mut listed = Object::new();
        for (kind, succeeded) in [("FAILED", false), ("SUCCEEDED", true)] {
            let (name, text) = self.file(step, writer, kind, succeeded);
            let list = match text {
                None => Vec::new(),
                Some(text) => {
                    let entry = json!({"Key": name, "Size": text.len()});
                    files.push((name, text));
                    vec![entry]
                }
            };
            listed.insert(kind.to_owned(), Value::Array(list));
        }
        listed.insert("PENDING".to_owned(), json!([]));
        let bucket = arguments.get("Bucket").cloned().unwrap_or_default();
        let manifest = json!({
            "DestinationBucket": bucket,
            "MapRunArn": step.run.as_deref(),
            "ResultFiles": listed,
        });
        files.push(("manifest.json".to_owned(), manifest.to_string()));
        Ok(WriteResults {
            entry: strand.entry,
            attempt: strand.attempt(),
            state: state.name.clone(),
            resource,
            arguments,
            files,
        })
    }

    /// The file of the iterations that ended in one way; none where there were none.
    fn file(&self, step: &MapStep, writer: &Writer, kind: &str, succeeded: bool) -> (String, Option<String>) {
        let extension = if writer.lines { "jsonl" } else { "json" };
        let name = format!("{kind}_0.{extension}");
        let chosen = |result: &Option<Result<Data, Failure>>| {
            result.as_ref().is_some_and(|result| result.is_ok() == succeeded)
        };
        if !step.results.iter().any(chosen) {
            return (name, None);
        }
        let transformation = if succeeded { writer.transformation } else { Transformation::None };
        let part = MapStep {
            results: step.results.iter().map(|result| result.clone().filter(|_| chosen(result))).collect(),
            ..step.clone()
        };
        let items = self.listed(&part, transformation);
        let text = if writer.lines {
            let lines: Vec<String> = items.iter().map(Value::to_string).collect();
            lines.join("\n")
        } else {
            Value::Array(items).to_string()
        };
        (name, Some(text))
    }

    /// The writer's answer is there.
    pub(super) fn results_written(&mut self, id: StrandId, output: &Data) {
        self.resume(id, |run, strand, state| {
            let Kind::Map(_) = &state.kind else {
                return Move::Block;
            };
            let Some(write) = run.write_answered(strand) else {
                return Move::Block;
            };
            let Step::Map(step) = &strand.step else {
                return Move::Block;
            };
            // A driver may say itself where the results are; otherwise they are where they were to be.
            let details = match output.get("ResultWriterDetails") {
                Some(details) => details.clone(),
                None => details_of(&write),
            };
            let result = Data::new(json!({"MapRunArn": step.run.as_deref(), "ResultWriterDetails": details}));
            match run.end_map(strand, state, &result) {
                Ok(step) => step,
                Err(fault) => Move::Fail(run.fault(strand, state, fault)),
            }
        });
    }

    /// The writer failed.
    pub(super) fn results_unwritten(&mut self, id: StrandId, error: &str, cause: Option<&String>) {
        self.resume(id, |run, strand, _| {
            if run.write_answered(strand).is_none() {
                return Move::Block;
            }
            let cause = cause.map_or_else(|| error.to_owned(), Clone::clone);
            let failure = Failure::new(names::RESULT_WRITER_FAILED, cause);
            run.map_run_failed(strand, &failure);
            Move::Fail(failure)
        });
    }

    fn write_answered(&mut self, strand: &mut Strand) -> Option<Box<WriteResults>> {
        let Step::Map(step) = &mut strand.step else {
            return None;
        };
        let Some(Pending::Write(write)) = step.pending.take() else {
            return None;
        };
        self.tasks.remove(&strand.entry);
        Some(write)
    }
}

fn details_of(write: &WriteResults) -> Value {
    let part = |name: &str| write.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let prefix = part("Prefix").trim_end_matches('/');
    let key = if prefix.is_empty() { "manifest.json".to_owned() } else { format!("{prefix}/manifest.json") };
    json!({"Bucket": part("Bucket"), "Key": key})
}
