//! Map states: iterations, inline and distributed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Execution;
use super::control::{Failure, Move};
use super::flow::{scalar, shown, unexpected_type};
use super::items::Source;
use super::strand::{Step, Strand, StrandId};
use crate::command::{Command, ReadItems, WriteResults};
use crate::data::Data;
use crate::definition::{Map, Scalar, State};
use crate::expression::{Expression, Scope};
use crate::fault::Fault;
use crate::history::Details;
use crate::variables::Variables;

/// Iterations in flight, and what came of the others.
#[derive(Clone, Debug)]
pub(super) struct MapStep {
    pub(super) source: Source,
    /// How many iterations there are.
    pub(super) total: usize,
    /// The next one to start.
    pub(super) next: usize,
    /// Those that run, by their index.
    pub(super) children: BTreeMap<usize, StrandId>,
    pub(super) results: Vec<Option<Result<Data, Failure>>>,
    pub(super) failed: usize,
    pub(super) concurrency: usize,
    pub(super) tolerance: Tolerance,
    pub(super) pending: Option<Pending>,
    /// What names this run of a distributed Map.
    pub(super) run: Option<Arc<str>>,
    /// The last history event of an iteration's end.
    pub(super) last_end: u64,
}

impl MapStep {
    /// Nothing is begun yet.
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            total: 0,
            next: 0,
            children: BTreeMap::new(),
            results: Vec::new(),
            failed: 0,
            concurrency: 1,
            tolerance: Tolerance::default(),
            pending: None,
            run: None,
            last_end: 0,
        }
    }
}

/// What a distributed Map waits for beside its iterations.
#[derive(Clone, Debug)]
pub(super) enum Pending {
    Read(Box<ReadItems>),
    Write(Box<WriteResults>),
}

/// How many iterations may fail.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tolerance {
    pub(super) count: Option<u64>,
    pub(super) percentage: Option<f64>,
}

impl Tolerance {
    pub(super) fn exceeded(self, failed: usize, total: usize) -> bool {
        if failed == 0 {
            return false;
        }
        let count = usize::try_from(self.count.unwrap_or(0)).unwrap_or(usize::MAX);
        #[allow(
            clippy::cast_precision_loss,
            reason = "a Map has far fewer items than a double counts exactly"
        )]
        let share = failed as f64 * 100.0 / total.max(1) as f64;
        match (self.count, self.percentage) {
            (_, None) => failed > count,
            (None, Some(percentage)) => share > percentage,
            (Some(_), Some(percentage)) => failed > count || share > percentage,
        }
    }
}

impl Execution {
    /// Starts the iterations, or reads the items first.
    pub(super) fn map(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        map: &Map,
    ) -> Result<Move, Fault> {
        let effective = self.effective_input(strand, state)?;
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &effective);
        let concurrency = self.concurrency(map, &scope)?;
        let found = match &map.reader {
            None => super::items::find(map, state, &scope)?,
            Some(_) => super::items::Found::default(),
        };
        let read = map
            .reader
            .as_ref()
            .map(|reader| super::items::request(reader, strand, state, &scope))
            .transpose()?;
        let length = found.items.len();
        drop(context);
        self.record(strand, || Details::MapStateStarted { length });
        let context = self.context(strand, state);
        let tolerance = tolerance(map, &self.scope(strand, &context, &effective))?;
        drop(context);
        let run = map.distributed.then(|| self.run_name(state, map));
        if let Some(run) = &run {
            self.record(strand, || Details::MapRunStarted { arn: run.to_string() });
        }
        strand.step = Step::Map(Box::new(MapStep {
            concurrency,
            tolerance,
            run,
            last_end: strand.last_event,
            ..MapStep::new(Source::new(effective))
        }));
        if let Some(read) = read {
            self.tasks.insert(strand.entry, id);
            self.commands.push(Command::ReadItems(read.clone()));
            if let Step::Map(step) = &mut strand.step {
                step.pending = Some(Pending::Read(Box::new(read)));
            }
            return Ok(Move::Block);
        }
        self.begin(id, strand, state, map, found)
    }

    /// The items are there: starts the first iterations.
    pub(super) fn begin(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        map: &Map,
        found: super::items::Found,
    ) -> Result<Move, Fault> {
        let limit = self.start.limits.map_items;
        if found.items.len() > limit {
            return Err(Fault::runtime(format!(
                "The state '{}' has {} items, more than {limit}",
                state.name,
                found.items.len()
            )));
        }
        if let Step::Map(step) = &mut strand.step {
            step.source.fill(found);
        }
        if map.batcher.is_some() {
            self.batch(strand, state, map)?;
        }
        if let Step::Map(step) = &mut strand.step {
            step.total = step.source.len();
            step.results = vec![None; step.total];
        }
        self.progress(id, strand, state, map)
    }

    /// Starts iterations as long as there is room, and ends the state when there are none left.
    pub(super) fn progress(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        map: &Map,
    ) -> Result<Move, Fault> {
        loop {
            let Step::Map(step) = &strand.step else {
                return Ok(Move::Block);
            };
            if step.next >= step.total {
                if step.children.is_empty() && step.pending.is_none() {
                    return self.finish_map(id, strand, state, map);
                }
                return Ok(Move::Block);
            }
            if step.children.len() >= step.concurrency {
                return Ok(Move::Block);
            }
            let index = step.next;
            let input = self.iteration_input(strand, state, map, index)?;
            self.room_for(1)?;
            self.iterate(id, strand, state, map, index, input);
        }
    }

    fn iterate(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        map: &Map,
        index: usize,
        input: Data,
    ) {
        let mut child = self.child_of(strand, id, index, map.processor, input);
        if let Step::Map(step) = &strand.step {
            child.item = Some(Arc::new(step.source.item(index)));
        }
        if map.distributed {
            child.journal = self.next_journal;
            self.next_journal += 1;
            child.variables = Arc::new(Variables::default());
            let (input, role_arn) = (child.input.clone(), self.start.role_arn.clone());
            self.record_after(&child, 0, || Details::ExecutionStarted { input, role_arn });
            child.last_event = 0;
        } else {
            let previous = strand.last_event;
            child.last_event = self.record_after(strand, previous, || Details::MapIterationStarted {
                name: state.name.clone(),
                index,
            });
        }
        let child = self.open(child);
        if let Step::Map(step) = &mut strand.step {
            step.children.insert(index, child);
            step.next = index + 1;
        }
    }

    /// An iteration is over.
    pub(super) fn iteration_ended(
        &mut self,
        id: StrandId,
        strand: &mut Strand,
        state: &State,
        map: &Map,
        index: usize,
        result: Result<Data, Failure>,
    ) -> Move {
        let child = match &strand.step {
            Step::Map(step) => step.children.get(&index).copied(),
            _ => None,
        };
        let Some(child) = child else {
            return Move::Block;
        };
        let last_event = self.strands[child].as_ref().map_or(0, |child| child.last_event);
        let journal = self.strands[child].as_ref().map_or(0, |child| child.journal);
        if map.distributed {
            self.journals.remove(&journal);
        } else {
            strand.last_event = last_event;
            let name = state.name.clone();
            let end = self.record_after(strand, last_event, || match &result {
                Ok(_) => Details::MapIterationSucceeded { name, index },
                Err(_) => Details::MapIterationFailed { name, index },
            });
            if let Step::Map(step) = &mut strand.step {
                step.last_end = end;
            }
        }
        let failure = result.as_ref().err().cloned();
        let Step::Map(step) = &mut strand.step else {
            return Move::Block;
        };
        step.results[index] = Some(result);
        if let Some(failure) = failure {
            step.failed += 1;
            // A failed iteration keeps its place, so that a redrive finds it.
            if !map.distributed {
                return self.break_off(strand, failure);
            }
            if step.tolerance.exceeded(step.failed, step.total) {
                return self.threshold_exceeded(strand);
            }
        }
        if let Step::Map(step) = &mut strand.step {
            step.children.remove(&index);
        }
        self.close(child);
        match self.progress(id, strand, state, map) {
            Ok(step) => step,
            Err(fault) => {
                self.stop_children(strand);
                Move::Fail(self.fault(strand, state, fault))
            }
        }
    }

    fn threshold_exceeded(&mut self, strand: &mut Strand) -> Move {
        let failure = Failure::threshold();
        self.map_run_failed(strand, &failure);
        self.break_off(strand, failure)
    }

    pub(super) fn map_run_failed(&mut self, strand: &mut Strand, failure: &Failure) {
        self.record(strand, || Details::MapRunFailed {
            error: failure.error.clone(),
            cause: failure.cause.clone(),
        });
    }

    fn break_off(&mut self, strand: &mut Strand, failure: Failure) -> Move {
        self.stop_children(strand);
        Move::Fail(failure)
    }

    fn stop_children(&mut self, strand: &Strand) {
        for child in strand.step.children() {
            let running =
                self.strands[child].as_ref().is_some_and(|child| !matches!(child.step, Step::Stopped { .. }));
            if running {
                self.stop(child, true);
            }
        }
    }

    fn run_name(&self, state: &State, map: &Map) -> Arc<str> {
        let label = map.label.clone().unwrap_or_else(|| state.name.to_string());
        let run = self.random.borrow_mut().uuid();
        let machine = &self.start.machine_id;
        let base = match machine.rsplit_once(":stateMachine:") {
            Some((base, name)) => format!("{base}:mapRun:{name}"),
            None => format!("mapRun:{}", self.start.machine_name),
        };
        Arc::from(format!("{base}/{label}:{run}"))
    }

    fn concurrency(&self, map: &Map, scope: &Scope<'_>) -> Result<usize, Fault> {
        let limits = &self.start.limits;
        let most = if map.distributed { limits.distributed_concurrency } else { limits.inline_concurrency };
        let asked = match &map.max_concurrency {
            None => 0,
            Some(field) => whole(field, scope)?,
        };
        let asked = usize::try_from(asked).unwrap_or(usize::MAX);
        Ok(if asked == 0 { most.max(1) } else { asked })
    }
}

pub(super) fn tolerance(map: &Map, scope: &Scope<'_>) -> Result<Tolerance, Fault> {
    let count = map.tolerated_count.as_ref().map(|field| whole(field, scope)).transpose()?;
    let percentage = map.tolerated_percentage.as_ref().map(|field| percentage(field, scope)).transpose()?;
    Ok(Tolerance { count, percentage })
}

/// The name that messages give a field: without `Path`.
fn plain_name(field: &Scalar) -> &str {
    field.field.strip_suffix("Path").unwrap_or(field.field)
}

/// A field that must be an integer of at least 0. A string of digits is taken, too, as AWS does where it comes by a path.
pub(super) fn whole(field: &Scalar, scope: &Scope<'_>) -> Result<u64, Fault> {
    let value = scalar(field, scope)?;
    let by_path = matches!(field.expression(), Some(Expression::Path(_) | Expression::Call(_)));
    let number = match &*value {
        serde_json::Value::String(text) if by_path => text.trim().parse().ok(),
        serde_json::Value::Number(number) => number.as_i64().or_else(|| {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "the conversion saturates, and the fraction was looked at"
            )]
            number.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)
        }),
        _ => None,
    };
    match (number, field.expression()) {
        (Some(number @ 0..), _) => Ok(number.unsigned_abs()),
        (Some(_), Some(Expression::Jsonata(program))) => Err(Fault::evaluation(
            field.field,
            format!(
                "The JSONata expression '{}' specified for the field '{}' returned a value that is negative: {value}",
                program.text(),
                field.field
            ),
        )),
        (Some(_), _) => Err(Fault::runtime(format!("{} cannot be negative.", plain_name(field)))),
        (None, _) => Err(unexpected_type(field, "integer", &value)),
    }
}

fn percentage(field: &Scalar, scope: &Scope<'_>) -> Result<f64, Fault> {
    let value = scalar(field, scope)?;
    let by_path = matches!(field.expression(), Some(Expression::Path(_) | Expression::Call(_)));
    let number = match &*value {
        serde_json::Value::String(text) if by_path => {
            text.trim().parse().ok().filter(|n: &f64| n.is_finite())
        }
        other => other.as_f64(),
    };
    match number {
        Some(number) if (0.0..=100.0).contains(&number) => Ok(number),
        Some(_) if by_path || field.expression().is_none() => {
            Err(Fault::runtime(format!("{} must be between 0 and 100.", plain_name(field))))
        }
        Some(_) => Err(Fault::evaluation(
            field.field,
            format!("{} must be between 0 and 100, but was: {}", plain_name(field), shown(&value)),
        )),
        None if by_path => Err(unexpected_type(field, "float", &value)),
        None => Err(unexpected_type(field, "number", &value)),
    }
}
