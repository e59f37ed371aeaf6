//! A Map's items: found in the input, read from a file, or put into batches.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Execution;
use super::control::{Failure, Move};
use super::flow::unexpected_result;
use super::map::Pending;
use super::strand::{Step, Strand, StrandId};
use crate::command::ReadItems;
use crate::context::Item;
use crate::data::Data;
use crate::definition::{Batcher, Format, ItemReader, Items, Kind, Map, QueryLanguage, State};
use crate::event::Content;
use crate::expression::{Expression, Scope, Template};
use crate::fault::{Fault, names};
use crate::reader;
use crate::size;

/// The items of a Map that has begun.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The Map's effective input: what the selector sees.
    pub(super) effective: Data,
    found: Found,
    /// The inputs of the iterations, where they were computed beforehand.
    batches: Option<Vec<Data>>,
}

/// Items, with the names that they had in an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) items: Vec<Data>,
    keys: Option<Vec<String>>,
    origin: Option<String>,
}

impl Source {
    pub(super) fn new(effective: Data) -> Self {
        Self { effective, found: Found::default(), batches: None }
    }

    pub(super) fn fill(&mut self, found: Found) {
        self.found = found;
    }

    /// How many iterations there are.
    pub(super) fn len(&self) -> usize {
        self.batches.as_ref().map_or(self.found.items.len(), Vec::len)
    }

    /// `$$.Map.Item` of an iteration.
    pub(super) fn item(&self, index: usize) -> Item {
        let value = match &self.batches {
            Some(batches) => batches[index].clone(),
            None => self.found.items[index].clone(),
        };
        Item {
            index,
            value,
            key: self.found.keys.as_ref().and_then(|keys| keys.get(index).cloned()),
            source: self.found.origin.clone(),
        }
    }
}

/// The items in the state's own data.
pub(super) fn find(map: &Map, state: &State, scope: &Scope<'_>) -> Result<Found, Fault> {
    let items = match &map.items {
        Items::Input => scope.data.clone(),
        Items::Path(expression) => super::flow::named(expression, "ItemsPath", scope)?,
        Items::Template(template) => template.evaluate("Items", scope)?,
    };
    match &*items {
        Value::Array(items) => {
            Ok(Found { items: items.iter().cloned().map(Data::new).collect(), ..Found::default() })
        }
        Value::Object(members) if map.distributed => Ok(Found {
            items: members.values().cloned().map(Data::new).collect(),
            keys: Some(members.keys().cloned().collect()),
            origin: None,
        }),
        other => Err(not_iterable(map, state, other)),
    }
}

fn not_iterable(map: &Map, state: &State, found: &Value) -> Fault {
    match (&map.items, state.language) {
        (Items::Template(Template::Expression(Expression::Jsonata(program))), _) => {
            unexpected_result(program.text(), "Items", "array", found)
        }
        (Items::Path(expression), _) => {
            // AWS shows a path into the context object as if it were one into the data.
            let text = expression.text();
            let shown = if text.starts_with("$$") { &text[1..] } else { text };
            Fault::runtime(format!("Reference path \"{shown}\" must point to array."))
        }
        (_, QueryLanguage::Jsonata) => Fault {
            location: None,
            ..Fault::evaluation("Items", format!("Map state input must be an array but was: {found}"))
        },
        (_, QueryLanguage::JsonPath) => Fault::runtime("Reference path \"$\" must point to array."),
    }
}

/// What has to be read.
pub(super) fn request(
    reader: &ItemReader,
    strand: &Strand,
    state: &State,
    scope: &Scope<'_>,
) -> Result<ReadItems, Fault> {
    let arguments = match &reader.arguments {
        None => Data::default(),
        Some(template) => template.evaluate("ItemReader/Arguments", scope)?,
    };
    Ok(ReadItems {
        entry: strand.entry,
        attempt: strand.attempt(),
        state: Arc::clone(&state.name),
        resource: Arc::clone(&reader.resource),
        arguments,
    })
}

impl Execution {
    /// The reader's answer is there.
    pub(super) fn items_read(&mut self, id: StrandId, content: &Content) {
        self.resume(id, |run, strand, state| {
            let Kind::Map(map) = &state.kind else {
                return Move::Block;
            };
            let Some(origin) = run.read_answered(strand) else {
                return Move::Block;
            };
            let Step::Map(step) = &strand.step else {
                return Move::Block;
            };
            match run.parse_items(strand, state, map, &step.source.effective, content) {
                Ok(mut found) => {
                    found.origin = Some(origin);
                    match run.begin(id, strand, state, map, found) {
                        Ok(step) => step,
                        Err(fault) => Move::Fail(run.fault(strand, state, fault)),
                    }
                }
                Err(fault) if fault.error == names::ITEM_READER_FAILED => {
                    run.reading_failed(strand, fault.cause)
                }
                Err(fault) => Move::Fail(run.fault(strand, state, fault)),
            }
        });
    }

    /// The reader failed.
    pub(super) fn items_unread(&mut self, id: StrandId, error: &str, cause: Option<&String>) {
        self.resume(id, |run, strand, _| {
            if run.read_answered(strand).is_none() {
                return Move::Block;
            }
            let cause = cause.map_or_else(|| error.to_owned(), Clone::clone);
            run.reading_failed(strand, cause)
        });
    }

    fn reading_failed(&mut self, strand: &mut Strand, cause: String) -> Move {
        let failure = Failure::new(names::ITEM_READER_FAILED, cause);
        self.map_run_failed(strand, &failure);
        Move::Fail(failure)
    }

    fn read_answered(&mut self, strand: &mut Strand) -> Option<String> {
        let Step::Map(step) = &mut strand.step else {
            return None;
        };
        let Some(Pending::Read(read)) = step.pending.take() else {
            return None;
        };
        self.tasks.remove(&strand.entry);
        let part =
            |name: &str| read.arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(format!("S3://{}/{}", part("Bucket"), part("Key")))
    }

    pub(super) fn parse_items(
        &self,
        strand: &Strand,
        state: &State,
        map: &Map,
        effective: &Data,
        content: &Content,
    ) -> Result<Found, Fault> {
        let Some(reader) = &map.reader else {
            return Ok(Found::default());
        };
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, effective);
        let asked = match &reader.max_items {
            None => 0,
            Some(field) => super::map::whole(field, &scope)?,
        };
        let limit = self.start.limits.map_items;
        // One more than the limit is enough to find out that there are too many.
        let most = match usize::try_from(asked) {
            Ok(0) | Err(_) => limit + 1,
            Ok(asked) => asked.min(limit + 1),
        };
        let failed = |cause: String| Fault::new(names::ITEM_READER_FAILED, cause);
        let (items, keys) = match (content, &reader.format) {
            (Content::Items(items), Format::Listing) => (items.iter().take(most).cloned().collect(), None),
            (Content::Text(text), Format::Json { pointer }) => {
                reader::json(text, pointer.as_deref(), most).map_err(failed)?
            }
            (Content::Text(text), Format::JsonLines) => {
                (reader::json_lines(text, most).map_err(failed)?, None)
            }
            (Content::Text(text), Format::Csv { headers, delimiter }) => {
                (reader::csv(text, headers.as_deref(), *delimiter, most).map_err(failed)?, None)
            }
            (Content::Items(items), _) => (items.iter().take(most).cloned().collect(), None),
            (Content::Text(_), Format::Listing | Format::Manifest) => {
                return Err(failed("The item reader expected a list of items, but got a text.".to_owned()));
            }
        };
        Ok(Found { items, keys, origin: None })
    }

    /// The input of an iteration.
    pub(super) fn iteration_input(
        &self,
        strand: &Strand,
        state: &State,
        map: &Map,
        index: usize,
    ) -> Result<Data, Fault> {
        let Step::Map(step) = &strand.step else {
            return Ok(Data::default());
        };
        if let Some(batches) = &step.source.batches {
            return Ok(batches[index].clone());
        }
        self.selected(strand, state, map, &step.source, index)
    }

    fn selected(
        &self,
        strand: &Strand,
        state: &State,
        map: &Map,
        source: &Source,
        index: usize,
    ) -> Result<Data, Fault> {
        let item = source.item(index);
        match &map.selector {
            None => Ok(match &item.key {
                Some(key) => Data::new(json!({"Key": key, "Value": &*item.value})),
                None => item.value,
            }),
            Some(selector) => {
                let context = self.item_context(strand, state, &item);
                let selected =
                    selector.evaluate("ItemSelector", &self.scope(strand, &context, &source.effective))?;
                self.within_size(&selected, &state.name)?;
                Ok(selected)
            }
        }
    }

    /// Puts the items into batches.
    pub(super) fn batch(&mut self, strand: &mut Strand, state: &State, map: &Map) -> Result<(), Fault> {
        let (Some(batcher), Step::Map(step)) = (&map.batcher, &strand.step) else {
            return Ok(());
        };
        let source = &step.source;
        let context = self.context(strand, state);
        let scope = self.scope(strand, &context, &source.effective);
        let limits = BatchLimits::of(batcher, self.start.limits.data_bytes, &scope)?;
        let input = batcher
            .input
            .as_ref()
            .map(|input| input.evaluate("ItemBatcher/BatchInput", &scope))
            .transpose()?;
        let mut batches = Vec::new();
        let mut batch: Vec<Value> = Vec::new();
        let overhead = input.as_ref().map_or(0, |input| size::bytes(input)) + 32;
        let mut bytes = overhead;
        for index in 0..source.found.items.len() {
            let item = self.selected(strand, state, map, source, index)?.into_value();
            let item_bytes = size::bytes(&item) + 1;
            if !batch.is_empty() && (batch.len() >= limits.items || bytes + item_bytes > limits.bytes) {
                batches.push(batch_of(std::mem::take(&mut batch), input.as_ref()));
                bytes = overhead;
            }
            bytes += item_bytes;
            batch.push(item);
        }
        if !batch.is_empty() {
            batches.push(batch_of(batch, input.as_ref()));
        }
        if let Step::Map(step) = &mut strand.step {
            step.source.batches = Some(batches);
        }
        Ok(())
    }
}

struct BatchLimits {
    items: usize,
    bytes: usize,
}

impl BatchLimits {
    fn of(batcher: &Batcher, most_bytes: usize, scope: &Scope<'_>) -> Result<Self, Fault> {
        let limit = |field: &Option<crate::definition::Scalar>, most: usize| -> Result<usize, Fault> {
            let asked = field.as_ref().map(|field| super::map::whole(field, scope)).transpose()?;
            Ok(match asked.map(usize::try_from) {
                None | Some(Ok(0) | Err(_)) => most,
                Some(Ok(asked)) => asked.min(most),
            })
        };
        Ok(Self {
            items: limit(&batcher.max_items, usize::MAX)?,
            bytes: limit(&batcher.max_bytes, most_bytes)?,
        })
    }
}

fn batch_of(items: Vec<Value>, input: Option<&Data>) -> Data {
    let mut batch = serde_json::Map::new();
    if let Some(input) = input {
        batch.insert("BatchInput".to_owned(), (**input).clone());
    }
    batch.insert("Items".to_owned(), Value::Array(items));
    Data::new(Value::Object(batch))
}
