//! The functions of the language.

mod array;
mod aws;
mod higher;
mod matching;
mod number;
mod object;
mod text;

use std::rc::Rc;
use std::sync::LazyLock;

use super::ast::{Lambda, Node};
use super::error::Fault;
use super::evaluate::Evaluator;
use super::frame::Frame;
use super::regex::Pattern;
use super::signature::Signature;
use super::value::Val;

pub(super) use matching::find_match;
pub(super) use number::rounded;

/// Something that can be called.
#[derive(Debug)]
pub(super) enum Function<'a> {
    Builtin(&'static Builtin),
    Lambda {
        lambda: &'a Lambda,
        input: Val<'a>,
        frame: Rc<Frame<'a>>,
    },
    /// A function of which some arguments are known already.
    Partial {
        function: Val<'a>,
        bound: Vec<Option<Val<'a>>>,
    },
    /// The second on what the first gives.
    Chain(Val<'a>, Val<'a>),
    Matcher(&'a Pattern),
    NextMatch {
        pattern: &'a Pattern,
        text: Rc<str>,
        from: usize,
    },
    Transform {
        node: &'a Node,
        frame: Rc<Frame<'a>>,
    },
}

/// The code of a function.
type Body = for<'e, 'a> fn(&'e Evaluator<'a>, &'e [Val<'a>]) -> Result<Val<'a>, Fault>;

/// A function of the language's own.
pub(super) struct Builtin {
    name: &'static str,
    signature_text: &'static str,
    /// How many arguments it takes as a callback.
    arity: usize,
    pub(super) body: Body,
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

const fn builtin(name: &'static str, signature_text: &'static str, arity: usize, body: Body) -> Builtin {
    Builtin { name, signature_text, arity, body }
}

/// In alphabetical order.
static BUILTINS: [Builtin; 69] = [
    builtin("abs", "<n-:n>", 1, number::abs),
    builtin("append", "<xx:a>", 2, array::append),
    builtin("assert", "<bs?:x>", 2, object::assert),
    builtin("average", "<a<n>:n>", 1, number::average),
    builtin("base64decode", "<s-:s>", 1, text::base64decode),
    builtin("base64encode", "<s-:s>", 1, text::base64encode),
    builtin("boolean", "<x-:b>", 1, object::boolean),
    builtin("ceil", "<n-:n>", 1, number::ceil),
    builtin("clone", "<(oa)-:o>", 1, object::clone),
    builtin("contains", "<s-(sf):b>", 2, matching::contains),
    builtin("count", "<a:n>", 1, array::count),
    builtin("decodeUrl", "<s-:s>", 1, text::decode_url),
    builtin("decodeUrlComponent", "<s-:s>", 1, text::decode_url_component),
    builtin("distinct", "<x:x>", 1, array::distinct),
    builtin("each", "<o-f:a>", 2, higher::each),
    builtin("encodeUrl", "<s-:s>", 1, text::encode_url),
    builtin("encodeUrlComponent", "<s-:s>", 1, text::encode_url_component),
    builtin("error", "<s?:x>", 1, object::error),
    builtin("exists", "<x:b>", 1, object::exists),
    builtin("filter", "<af>", 2, higher::filter),
    builtin("floor", "<n-:n>", 1, number::floor),
    builtin("formatBase", "<n-n?:s>", 2, number::format_base),
    builtin("formatInteger", "<n-s:s>", 2, number::format_integer),
    builtin("formatNumber", "<n-so?:s>", 3, number::format_number),
    builtin("fromMillis", "<n-s?s?:s>", 3, number::from_millis),
    builtin("hash", "<s-s?:s>", 2, aws::hash),
    builtin("join", "<a<s>s?:s>", 2, text::join),
    builtin("keys", "<x-:a<s>>", 1, object::keys),
    builtin("length", "<s-:n>", 1, text::length),
    builtin("lookup", "<x-s:x>", 2, object::lookup),
    builtin("lowercase", "<s-:s>", 1, text::lowercase),
    builtin("map", "<af>", 2, higher::map),
    builtin("match", "<s-f<s:o>n?:a<o>>", 3, matching::find_all),
    builtin("max", "<a<n>:n>", 1, number::max),
    builtin("merge", "<a<o>:o>", 1, object::merge),
    builtin("millis", "<:n>", 0, number::millis),
    builtin("min", "<a<n>:n>", 1, number::min),
    builtin("not", "<x-:b>", 1, object::not),
    builtin("now", "<s?s?:s>", 2, number::now),
    builtin("number", "<(nsb)-:n>", 1, number::number),
    builtin("pad", "<s-ns?:s>", 3, text::pad),
    builtin("parse", "<s-:x>", 1, aws::parse),
    builtin("parseInteger", "<s-s:n>", 2, number::parse_integer),
    builtin("partition", "<an:a>", 2, aws::partition),
    builtin("power", "<n-n:n>", 2, number::power),
    builtin("random", "<n?:n>", 0, aws::random),
    builtin("range", "<nnn?:a>", 3, aws::range),
    builtin("reduce", "<afj?:j>", 3, higher::reduce),
    builtin("replace", "<s-(sf)(sf)n?:s>", 4, matching::replace),
    builtin("reverse", "<a:a>", 1, array::reverse),
    builtin("round", "<n-n?:n>", 2, number::round),
    builtin("shuffle", "<a:a>", 1, array::shuffle),
    builtin("sift", "<o-f?:o>", 2, higher::sift),
    builtin("single", "<af?>", 2, higher::single),
    builtin("sort", "<af?:a>", 2, array::sort),
    builtin("split", "<s-(sf)n?:a<s>>", 3, matching::split),
    builtin("spread", "<x-:a<o>>", 1, object::spread),
    builtin("sqrt", "<n-:n>", 1, number::sqrt),
    builtin("string", "<x-b?:s>", 1, text::string),
    builtin("substring", "<s-nn?:s>", 3, text::substring),
    builtin("substringAfter", "<s-s:s>", 2, text::substring_after),
    builtin("substringBefore", "<s-s:s>", 2, text::substring_before),
    builtin("sum", "<a<n>:n>", 1, number::sum),
    builtin("toMillis", "<s-s?:n>", 2, number::to_millis),
    builtin("trim", "<s-:s>", 1, text::trim),
    builtin("type", "<x:s>", 1, object::type_of),
    builtin("uppercase", "<s-:s>", 1, text::uppercase),
    builtin("uuid", "<:s>", 0, aws::uuid),
    builtin("zip", "<a+>", 0, array::zip),
];

static SIGNATURES: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let parsed = BUILTINS.iter().map(|builtin| Signature::parse(builtin.signature_text));
    parsed.map(Result::unwrap_or_default).collect()
});

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

/// Whether there is a function of that name.
pub(super) fn exists(name: &str) -> bool {
    find(name).is_some()
}

impl Builtin {
    pub(super) fn signature(&'static self) -> &'static Signature {
        let at = BUILTINS.iter().position(|builtin| std::ptr::eq(builtin, self)).unwrap_or(0);
        &SIGNATURES[at]
    }
}

impl Function<'_> {
    /// How many arguments it takes.
    pub(super) fn arity(&self) -> usize {
        match self {
            Self::Builtin(builtin) => builtin.arity,
            Self::Lambda { lambda, .. } => lambda.parameters.len(),
            Self::Partial { bound, .. } => bound.iter().filter(|bound| bound.is_none()).count(),
            Self::Chain(..) | Self::Transform { .. } => 1,
            Self::Matcher(_) => 2,
            Self::NextMatch { .. } => 0,
        }
    }
}

/// An argument; nothing where it wasn't given.
fn argument<'e, 'a>(arguments: &'e [Val<'a>], at: usize) -> &'e Val<'a> {
    arguments.get(at).unwrap_or(&Val::Undefined)
}

/// An argument as a text.
fn text_argument<'e>(arguments: &'e [Val<'_>], at: usize) -> Option<&'e str> {
    arguments.get(at).and_then(Val::as_text)
}

/// An argument as a number.
fn number_argument(arguments: &[Val<'_>], at: usize) -> Option<f64> {
    match arguments.get(at) {
        Some(Val::Number(number)) => Some(*number),
        _ => None,
    }
}
