//! Intrinsic functions of the JSONPath language: `States.Format('{}', $.name)` and its kin.

mod array;
mod math;
mod parse;
mod text;

use serde_json::Value;

use crate::path::Path;
use crate::random::Random;

/// Calls within calls that AWS allows.
pub(crate) const MAX_INTRINSIC_DEPTH: usize = 10;

/// Characters of text that `States.Hash`, `States.Base64Encode` and `States.Base64Decode` take, as on AWS.
pub(crate) const MAX_INTRINSIC_TEXT_CHARS: usize = 10_000;

/// Items that `States.ArrayRange` and JSONata's `$range` make at most, as on AWS.
pub(crate) const MAX_RANGE_ITEMS: usize = 1_000;

/// A call, parsed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) function: Function,
    pub(crate) arguments: Vec<Argument>,
    text: String,
}

/// What a function is called with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Argument {
    Literal(Value),
    /// A quoted text, as between its quotes: `States.Format` needs to see which braces were escaped.
    Text {
        raw: String,
        value: String,
    },
    Path(Path),
    Call(Call),
}

/// The functions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Array,
    ArrayContains,
    ArrayGetItem,
    ArrayLength,
    ArrayPartition,
    ArrayRange,
    ArrayUnique,
    Base64Decode,
    Base64Encode,
    Format,
    Hash,
    JsonMerge,
    JsonToString,
    MathAdd,
    MathRandom,
    StringSplit,
    StringToJson,
    Uuid,
}

const NAMES: [(&str, Function, usize, usize); 18] = [
    ("Array", Function::Array, 0, usize::MAX),
    ("ArrayContains", Function::ArrayContains, 2, 2),
    ("ArrayGetItem", Function::ArrayGetItem, 2, 2),
    ("ArrayLength", Function::ArrayLength, 1, 1),
    ("ArrayPartition", Function::ArrayPartition, 2, 2),
    ("ArrayRange", Function::ArrayRange, 3, 3),
    ("ArrayUnique", Function::ArrayUnique, 1, 1),
    ("Base64Decode", Function::Base64Decode, 1, 1),
    ("Base64Encode", Function::Base64Encode, 1, 1),
    ("Format", Function::Format, 1, usize::MAX),
    ("Hash", Function::Hash, 2, 2),
    ("JsonMerge", Function::JsonMerge, 3, 3),
    ("JsonToString", Function::JsonToString, 1, 1),
    ("MathAdd", Function::MathAdd, 2, 2),
    ("MathRandom", Function::MathRandom, 2, 3),
    ("StringSplit", Function::StringSplit, 2, 2),
    ("StringToJson", Function::StringToJson, 1, 1),
    ("UUID", Function::Uuid, 0, 0),
];

impl Call {
    /// The call as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The paths among its arguments, and theirs.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => paths.extend(call.paths()),
                Argument::Literal(_) | Argument::Text { .. } => {}
            }
        }
        paths
    }
}

impl Function {
    fn by_name(name: &str) -> Option<(Self, usize, usize)> {
        let (_, function, least, most) = NAMES.iter().find(|(known, ..)| *known == name)?;
        Some((*function, *least, *most))
    }

    /// Applies the function. The error is the cause of a `States.IntrinsicFailure`.
    pub(crate) fn apply(self, arguments: Vec<Value>, random: &mut Random) -> Result<Value, String> {
        match self {
            Self::Array => Ok(Value::Array(arguments)),
            Self::ArrayContains => array::contains(&arguments),
            Self::ArrayGetItem => array::get_item(&arguments),
            Self::ArrayLength => array::length(&arguments),
            Self::ArrayPartition => array::partition(&arguments),
            Self::ArrayRange => array::range(&arguments),
            Self::ArrayUnique => array::unique(&arguments),
            Self::Base64Decode => text::base64_decode(&arguments),
            Self::Base64Encode => text::base64_encode(&arguments),
            Self::Format => text::format(&arguments),
            Self::Hash => text::hash(&arguments),
            Self::JsonMerge => text::merge(arguments),
            Self::JsonToString => text::json_to_string(&arguments),
            Self::MathAdd => math::add(&arguments),
            Self::MathRandom => math::random(&arguments, random),
            Self::StringSplit => text::split(&arguments),
            Self::StringToJson => text::string_to_json(&arguments),
            Self::Uuid => Ok(Value::String(random.uuid())),
        }
    }
}

pub(crate) use array::range_of;
pub(crate) use text::{hash_of, parse_json};
