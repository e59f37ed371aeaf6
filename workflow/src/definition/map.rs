//! Reading a Map state's own fields.

use std::sync::Arc;

use serde_json::Value;

use super::Pointer;
use super::fields::{Fields, whole};
use super::model::{
    Batcher, Format, ItemReader, Items, Kind, MachineId, Map, QueryLanguage, Scalar, Source, Transformation,
    Writer,
};
use super::reader::Reader;
use crate::expression::{Template, kind};
use crate::problem::Code;
use crate::resource::Resource;

/// Characters that `Label` may have, as on AWS.
const MAX_LABEL_CHARS: usize = 40;

/// Fields that only a distributed Map heeds.
const DISTRIBUTED_ONLY: [&str; 8] = [
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "Label",
];

impl Reader {
    pub(super) fn map(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        outer: QueryLanguage,
    ) -> Option<Kind> {
        let processor = self.processor(fields, outer);
        let items = self.items(fields, language);
        let selector = self.selector(fields, language);
        let max_concurrency = self.limit(fields, language, "MaxConcurrency", "MaxConcurrencyPath", None);
        let tolerated_count =
            self.limit(fields, language, "ToleratedFailureCount", "ToleratedFailureCountPath", None);
        let tolerated_percentage = self.limit(
            fields,
            language,
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
            Some(100.0),
        );
        let reader = self.item_reader(fields, language);
        let batcher = self.batcher(fields, language);
        let writer = self.writer(fields, language);
        let label = self.label(fields);
        let (processor, distributed) = processor?;
        if !distributed {
            for name in DISTRIBUTED_ONLY.into_iter().filter(|name| fields.has(name)) {
                let message = format!("`{name}` is for distributed Maps only and is ignored here");
                let hint = "set `ItemProcessor.ProcessorConfig.Mode` to `DISTRIBUTED`";
                self.warning(Code::Ignored, &fields.place(name), message, Some(hint));
            }
        }
        Some(Kind::Map(Box::new(Map {
            processor,
            distributed,
            items,
            selector,
            reader: reader.filter(|_| distributed),
            batcher: batcher.filter(|_| distributed),
            writer: writer.filter(|_| distributed),
            max_concurrency,
            tolerated_count: tolerated_count.filter(|_| distributed),
            tolerated_percentage: tolerated_percentage.filter(|_| distributed),
            label,
        })))
    }

    fn processor(&mut self, fields: &mut Fields<'_>, outer: QueryLanguage) -> Option<(MachineId, bool)> {
        fields.exclusive(self, &["ItemProcessor", "Iterator"]);
        let processor = fields.get("ItemProcessor");
        let iterator = fields.get("Iterator");
        let (value, name) = match (processor, iterator) {
            (Some(value), _) => (value, "ItemProcessor"),
            (None, Some(value)) => (value, "Iterator"),
            (None, None) => {
                let message = "the field `ItemProcessor` is required but missing";
                self.error(Code::MissingField, fields.pointer(), message, None);
                return None;
            }
        };
        let mut distributed = false;
        let machine =
            self.nested(value, &fields.place(name), "an item processor", outer, |reader, fields| {
                distributed = reader.processor_config(fields);
            })?;
        Some((machine, distributed))
    }

    fn processor_config(&mut self, fields: &mut Fields<'_>) -> bool {
        let Some(value) = fields.get("ProcessorConfig") else {
            return false;
        };
        let place = fields.place("ProcessorConfig");
        let Some(mut config) = Fields::new(self, value, &place, "`ProcessorConfig`") else {
            return false;
        };
        let distributed = match config.text(self, "Mode") {
            None | Some("INLINE") => false,
            Some("DISTRIBUTED") => true,
            Some(other) => {
                let message = format!("`{other}` isn't a mode");
                self.error(
                    Code::InvalidValue,
                    &config.place("Mode"),
                    message,
                    Some("`INLINE` and `DISTRIBUTED` are"),
                );
                false
            }
        };
        match config.text(self, "ExecutionType") {
            Some("STANDARD" | "EXPRESS") => {}
            Some(other) => {
                let message = format!("`{other}` isn't an execution type");
                let place = config.place("ExecutionType");
                self.error(Code::InvalidValue, &place, message, Some("`STANDARD` and `EXPRESS` are"));
            }
            None if distributed && !config.has("ExecutionType") => {
                let message = "AWS wants `ExecutionType` here; Ropewalk takes `STANDARD`";
                self.warning(Code::MissingField, &place, message, None);
            }
            None => {}
        }
        config.finish(self);
        distributed
    }

    fn items(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Items {
        match language {
            QueryLanguage::JsonPath => {
                fields.foreign(self, language, &["Items"]);
                match fields.path(self, "ItemsPath", false).map(|scalar| scalar.source) {
                    Some(Source::Expression(expression)) => Items::Path(expression),
                    _ => Items::Input,
                }
            }
            QueryLanguage::Jsonata => {
                fields.foreign(self, language, &["ItemsPath"]);
                let place = fields.place("Items");
                match fields.template(self, "Items", language) {
                    Some(Template::Constant(data)) if !data.is_array() && !data.is_object() => {
                        let message = format!(
                            "`Items` must be an array, an object or `{{% … %}}`, not {}",
                            kind(&data)
                        );
                        self.error(Code::InvalidValue, &place, message, None);
                        Items::Input
                    }
                    Some(template) => Items::Template(template),
                    None => Items::Input,
                }
            }
        }
    }

    fn selector(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Template> {
        let selector = fields.template(self, "ItemSelector", language);
        if language == QueryLanguage::Jsonata {
            return selector;
        }
        fields.exclusive(self, &["ItemSelector", "Parameters"]);
        let parameters = fields.template(self, "Parameters", language);
        selector.or(parameters)
    }

    fn limit(
        &mut self,
        fields: &mut Fields<'_>,
        language: QueryLanguage,
        name: &'static str,
        path: &'static str,
        most: Option<f64>,
    ) -> Option<Scalar> {
        type Fits = fn(&Value, Option<f64>) -> bool;
        fields.exclusive(self, &[name, path]);
        let (wanted, fits): (&str, Fits) = match most {
            None => ("an integer of at least 0", |value, _| whole(value).is_some()),
            Some(_) => ("a number from 0 to 100", |value, most| {
                value.as_f64().is_some_and(|n| n >= 0.0 && most.is_none_or(|most| n <= most))
            }),
        };
        let literal = fields.scalar(self, name, language, wanted, |value| fits(value, most));
        if language == QueryLanguage::Jsonata {
            fields.foreign(self, language, &[path]);
            return literal;
        }
        literal.or(fields.path(self, path, false))
    }

    fn label(&mut self, fields: &mut Fields<'_>) -> Option<String> {
        let label = fields.string(self, "Label")?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"".contains(c);
        if label.is_empty() || label.chars().count() > MAX_LABEL_CHARS || label.contains(odd) {
            let message =
                format!("`{label}` can't be a label: it must have 1 to {MAX_LABEL_CHARS} plain characters");
            self.error(Code::InvalidValue, &fields.place("Label"), message, None);
        }
        Some(label)
    }

    fn arguments(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Template> {
        match language {
            QueryLanguage::JsonPath => {
                fields.foreign(self, language, &["Arguments"]);
                fields.template(self, "Parameters", language)
            }
            QueryLanguage::Jsonata => {
                fields.foreign(self, language, &["Parameters"]);
                fields.template(self, "Arguments", language)
            }
        }
    }

    fn item_reader(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<ItemReader> {
        let value = fields.get("ItemReader")?;
        let place = fields.place("ItemReader");
        let mut inner = Fields::new(self, value, &place, "`ItemReader`")?;
        let resource = self.resource(&mut inner);
        let arguments = self.arguments(&mut inner, language);
        let listing =
            matches!(&resource, Some(Resource::Service { action, .. }) if action == "listObjectsV2");
        let config = inner.get("ReaderConfig");
        let (format, max_items) = match config {
            Some(config) => self.reader_config(config, &inner.place("ReaderConfig"), language, listing)?,
            None => (if listing { Format::Listing } else { Format::Json { pointer: None } }, None),
        };
        if config.is_none() && !listing {
            let message = "`ReaderConfig` with `InputType` is required but missing";
            self.error(Code::MissingField, &place, message, None);
        }
        inner.finish(self);
        Some(ItemReader { resource: Arc::new(resource?), arguments, format, max_items })
    }

    fn reader_config(
        &mut self,
        value: &Value,
        place: &Pointer,
        language: QueryLanguage,
        listing: bool,
    ) -> Option<(Format, Option<Scalar>)> {
        let mut config = Fields::new(self, value, place, "`ReaderConfig`")?;
        let input_type = config.string(self, "InputType");
        let max_items = self.limit(&mut config, language, "MaxItems", "MaxItemsPath", None);
        config.text(self, "Transformation");
        let headers = self.csv_headers(&mut config, input_type.as_deref() == Some("CSV"));
        let delimiter = self.csv_delimiter(&mut config);
        let pointer = config.string(self, "ItemsPointer");
        let format = match input_type.as_deref() {
            Some("CSV") => Format::Csv { headers, delimiter },
            Some("JSON") => Format::Json { pointer },
            Some("JSONL") => Format::JsonLines,
            Some("MANIFEST") => Format::Manifest,
            None if listing => Format::Listing,
            Some(other) => {
                let message = format!("`{other}` isn't an input type that Ropewalk can read");
                let place = config.place("InputType");
                self.error(Code::InvalidValue, &place, message, Some("`CSV`, `JSON` and `JSONL` are"));
                return None;
            }
            None => {
                let message = "the field `InputType` is required but missing";
                self.error(Code::MissingField, place, message, None);
                return None;
            }
        };
        config.finish(self);
        Some((format, max_items))
    }

    fn csv_headers(&mut self, config: &mut Fields<'_>, csv: bool) -> Option<Vec<String>> {
        let headers = config.texts(self, "CSVHeaders");
        match config.text(self, "CSVHeaderLocation") {
            Some("FIRST_ROW") => None,
            Some("GIVEN") => {
                if headers.is_none() && !config.has("CSVHeaders") {
                    let message = "`CSVHeaders` is required where `CSVHeaderLocation` is `GIVEN`";
                    self.error(Code::MissingField, config.pointer(), message, None);
                }
                headers
            }
            Some(other) => {
                let message = format!("`{other}` isn't a place of headers");
                let place = config.place("CSVHeaderLocation");
                self.error(Code::InvalidValue, &place, message, Some("`FIRST_ROW` and `GIVEN` are"));
                None
            }
            None => {
                if csv && !config.has("CSVHeaderLocation") {
                    let message = "`CSVHeaderLocation` is required where `InputType` is `CSV`";
                    self.error(Code::MissingField, config.pointer(), message, None);
                }
                None
            }
        }
    }

    fn csv_delimiter(&mut self, config: &mut Fields<'_>) -> char {
        match config.text(self, "CSVDelimiter") {
            None | Some("COMMA") => ',',
            Some("PIPE") => '|',
            Some("SEMICOLON") => ';',
            Some("SPACE") => ' ',
            Some("TAB") => '\t',
            Some(other) => {
                let message = format!("`{other}` isn't a delimiter");
                let place = config.place("CSVDelimiter");
                self.error(
                    Code::InvalidValue,
                    &place,
                    message,
                    Some("`COMMA`, `PIPE`, `SEMICOLON`, `SPACE` and `TAB` are"),
                );
                ','
            }
        }
    }

    fn batcher(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Batcher> {
        let value = fields.get("ItemBatcher")?;
        let place = fields.place("ItemBatcher");
        let mut inner = Fields::new(self, value, &place, "`ItemBatcher`")?;
        let max_items = self.limit(&mut inner, language, "MaxItemsPerBatch", "MaxItemsPerBatchPath", None);
        let max_bytes =
            self.limit(&mut inner, language, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", None);
        let input = inner.template(self, "BatchInput", language);
        if max_items.is_none() && max_bytes.is_none() {
            let message = "`ItemBatcher` must have `MaxItemsPerBatch` or `MaxInputBytesPerBatch`";
            self.error(Code::MissingField, &place, message, None);
        }
        inner.finish(self);
        Some(Batcher { max_items, max_bytes, input })
    }

    fn writer(&mut self, fields: &mut Fields<'_>, language: QueryLanguage) -> Option<Writer> {
        let value = fields.get("ResultWriter")?;
        let place = fields.place("ResultWriter");
        let mut inner = Fields::new(self, value, &place, "`ResultWriter`")?;
        let resource = if inner.has("Resource") {
            self.resource(&mut inner)
        } else {
            inner.get("Resource");
            None
        };
        let arguments = self.arguments(&mut inner, language);
        let (mut transformation, mut lines) = (Transformation::None, false);
        if let Some(config) = inner.get("WriterConfig") {
            (transformation, lines) = self.writer_config(config, &inner.place("WriterConfig"))?;
        } else if resource.is_none() {
            let message = "`ResultWriter` must have `Resource` or `WriterConfig`";
            self.error(Code::MissingField, &place, message, None);
        }
        inner.finish(self);
        Some(Writer { resource: resource.map(Arc::new), arguments, transformation, lines })
    }

    fn writer_config(&mut self, value: &Value, place: &Pointer) -> Option<(Transformation, bool)> {
        let mut config = Fields::new(self, value, place, "`WriterConfig`")?;
        let transformation = match config.text(self, "Transformation") {
            None | Some("NONE") => Transformation::None,
            Some("COMPACT") => Transformation::Compact,
            Some("FLATTEN") => Transformation::Flatten,
            Some(other) => {
                let message = format!("`{other}` isn't a transformation");
                let place = config.place("Transformation");
                self.error(Code::InvalidValue, &place, message, Some("`NONE`, `COMPACT` and `FLATTEN` are"));
                Transformation::None
            }
        };
        let lines = match config.text(self, "OutputType") {
            None | Some("JSON") => false,
            Some("JSONL") => true,
            Some(other) => {
                let message = format!("`{other}` isn't an output type");
                let place = config.place("OutputType");
                self.error(Code::InvalidValue, &place, message, Some("`JSON` and `JSONL` are"));
                false
            }
        };
        config.finish(self);
        Some((transformation, lines))
    }
}
