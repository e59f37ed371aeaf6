//! Signatures of functions: `<s-n?:s>`.

use super::error::Fault;
use super::evaluate::{Evaluator, shown};
use super::value::Val;

/// What a function takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    parameters: Vec<Parameter>,
}

#[derive(Clone, Debug)]
struct Parameter {
    /// The types, one letter each, that are taken.
    types: String,
    /// A value that is no array is taken as one with this item.
    array: bool,
    /// The letter of the items' type.
    item: Option<char>,
    optional: bool,
    many: bool,
    /// Where it is missing, the context stands for it.
    context: bool,
}

impl Signature {
    /// Reads a signature with its angle brackets.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("the signature `{text}` {what}");
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut characters = text.chars().peekable();
        if characters.next() != Some('<') {
            return Err(wrong("must begin with `<`"));
        }
        while let Some(c) = characters.next() {
            match c {
                ':' | '>' => break,
                's' | 'n' | 'b' | 'l' | 'o' | 'f' => parameters.push(Parameter::of(&c.to_string())),
                'a' => parameters.push(Parameter { array: true, ..Parameter::of("asnblfo") }),
                'j' => parameters.push(Parameter::of("asnblo")),
                'x' => parameters.push(Parameter::of("asnblfo")),
                '(' => {
                    let choice: String = characters.by_ref().take_while(|c| *c != ')').collect();
                    if choice.contains('<') {
                        return Err(wrong("has a choice of types with parameters"));
                    }
                    parameters.push(Parameter::of(&choice));
                }
                '<' => {
                    let mut depth = 1;
                    let mut item = None;
                    for c in characters.by_ref() {
                        match c {
                            '<' => depth += 1,
                            '>' => depth -= 1,
                            c => item = item.or(Some(c)),
                        }
                        if depth == 0 {
                            break;
                        }
                    }
                    match parameters.last_mut() {
                        Some(last) if last.array => last.item = item,
                        Some(last) if last.types == "f" => {}
                        _ => return Err(wrong("has a parameter of a type that takes none")),
                    }
                }
                '-' | '?' | '+' => {
                    let Some(last) = parameters.last_mut() else {
                        return Err(wrong("has a modifier without a type"));
                    };
                    last.optional |= c != '+';
                    last.context |= c == '-';
                    last.many |= c == '+';
                }
                other => return Err(wrong(&format!("has the unknown type `{other}`"))),
            }
        }
        Ok(Self { parameters })
    }

    /// The arguments as the function wants them: missing ones filled in, single values put into arrays.
    pub(super) fn validate<'a>(
        &self,
        evaluator: &Evaluator<'a>,
        arguments: Vec<Val<'a>>,
        context: &Val<'a>,
    ) -> Result<Vec<Val<'a>>, Fault> {
        evaluator.spend(arguments.len())?;
        let given: Vec<char> = arguments.iter().map(letter).collect();
        let mut counts = Vec::with_capacity(self.parameters.len());
        if !self.assign(&given, 0, &mut counts) {
            return Err(self.mismatch(&arguments, &given));
        }
        let mut taken = Vec::with_capacity(self.parameters.len());
        let mut next = 0;
        for (parameter, count) in self.parameters.iter().zip(counts) {
            if count == 0 && parameter.context {
                if !parameter.types.contains(letter(context)) && !context.is_undefined() {
                    return Err(Fault::new(
                        "T0411",
                        format!(
                            "the context {} isn't of the type that argument {} needs",
                            shown(context),
                            next + 1
                        ),
                    ));
                }
                taken.push(context.clone());
                continue;
            }
            if count == 0 {
                taken.push(Val::Undefined);
                continue;
            }
            for _ in 0..count {
                taken.push(parameter.fit(&arguments[next], next)?);
                next += 1;
            }
        }
        Ok(taken)
    }

    /// Finds how many arguments each parameter gets, as many as possible for those in front.
    fn assign(&self, given: &[char], at: usize, counts: &mut Vec<usize>) -> bool {
        let Some(parameter) = self.parameters.get(at) else {
            return given.is_empty();
        };
        let fitting = given.iter().take_while(|letter| parameter.takes(**letter)).count();
        let most = if parameter.many { fitting } else { fitting.min(1) };
        let least = usize::from(!parameter.optional);
        for count in (least..=most).rev() {
            counts.push(count);
            if self.assign(&given[count..], at + 1, counts) {
                return true;
            }
            counts.pop();
        }
        false
    }

    fn mismatch(&self, arguments: &[Val<'_>], given: &[char]) -> Fault {
        let mut good = 0;
        for parameter in &self.parameters {
            match given.get(good) {
                Some(letter) if parameter.takes(*letter) => good += 1,
                _ if parameter.optional => {}
                _ => break,
            }
        }
        match arguments.get(good) {
            Some(argument) => Fault::new(
                "T0410",
                format!(
                    "argument {} of the function, {}, doesn't fit its signature",
                    good + 1,
                    shown(argument)
                ),
            ),
            None => Fault::new("T0410", format!("argument {} of the function is missing", good + 1)),
        }
    }
}

impl Parameter {
    fn of(types: &str) -> Self {
        Self {
            types: types.to_owned(),
            array: false,
            item: None,
            optional: false,
            many: false,
            context: false,
        }
    }

    fn takes(&self, letter: char) -> bool {
        // What is missing fits everywhere: functions of nothing give nothing. A function must be there.
        self.types.contains(letter) || letter == 'm' && self.types != "f"
    }

    fn fit<'a>(&self, argument: &Val<'a>, at: usize) -> Result<Val<'a>, Fault> {
        if !self.array || argument.is_undefined() {
            return Ok(argument.clone());
        }
        if let Some(item) = self.item {
            let fits = argument.items().iter().all(|value| letter(value) == item);
            if !fits {
                let of = match item {
                    'a' => "arrays",
                    'b' => "booleans",
                    'f' => "functions",
                    'n' => "numbers",
                    'o' => "objects",
                    's' => "strings",
                    _ => "values of one type",
                };
                return Err(Fault::new(
                    "T0412",
                    format!(
                        "argument {} of the function must be an array of {of}, not {}",
                        at + 1,
                        shown(argument)
                    ),
                ));
            }
        }
        if argument.is_array() { Ok(argument.clone()) } else { Val::array(vec![argument.clone()]) }
    }
}

/// The letter of a value's type; `m` where it is missing.
fn letter(value: &Val<'_>) -> char {
    match value {
        Val::Undefined | Val::Tuples(_) => 'm',
        Val::Null => 'l',
        Val::Bool(_) => 'b',
        Val::Number(_) => 'n',
        Val::Text(_) => 's',
        Val::Array(_) | Val::JsonArray(_) => 'a',
        Val::Object(_) | Val::JsonObject(_) => 'o',
        Val::Function(_) => 'f',
    }
}
