//! Ends templates that go in circles: one that includes itself, or a macro that calls itself, without end.
//! Templates may call themselves, over a tree; so what is counted is how deep they do.

use std::cell::RefCell;
use std::collections::HashMap;

use tera::ast::{Expr, ExprVal, FunctionCall, Node, WS};
use tera::{Error, Tera, Value};

/// How deep templates and macros may be in each other. The stack of a stage holds more.
const MAX_DEPTH: usize = 48;

const ENTER: &str = "ropewalk_enter";
const LEAVE: &str = "ropewalk_leave";

thread_local! {
    static OPEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Makes every template and macro say when it begins and ends.
pub(super) fn install(tera: &mut Tera) {
    for (name, template) in &mut tera.templates {
        surround(&mut template.ast, name);
        for (macro_name, definition) in &mut template.macros {
            surround(&mut definition.body, &format!("{name}::{macro_name}"));
        }
    }
    tera.register_function(ENTER, |arguments: &HashMap<String, Value>| {
        let name = arguments.get("name").and_then(Value::as_str).unwrap_or_default();
        OPEN.with_borrow_mut(|open| {
            open.push(name.to_owned());
            if open.len() <= MAX_DEPTH {
                return Ok(Value::String(String::new()));
            }
            let from = open[..open.len() - 1].iter().rposition(|other| other == name).unwrap_or_default();
            let circle: Vec<_> = open[from..].iter().map(|name| format!("`{name}`")).collect();
            Err(Error::msg(format!(
                "templates go in circles: {}: the limit is {MAX_DEPTH}",
                circle.join(" → ")
            )))
        })
    });
    tera.register_function(LEAVE, |_: &HashMap<String, Value>| {
        OPEN.with_borrow_mut(Vec::pop);
        Ok(Value::String(String::new()))
    });
}

/// While it lives, a template is being rendered. What an error left open is closed at its end.
pub(super) struct Depth(usize);

/// A template begins.
pub(super) fn begin() -> Depth {
    Depth(OPEN.with_borrow(Vec::len))
}

impl Drop for Depth {
    fn drop(&mut self) {
        OPEN.with_borrow_mut(|open| open.truncate(self.0));
    }
}

fn surround(body: &mut Vec<Node>, name: &str) {
    let call = |function: &str, arguments: HashMap<String, Expr>| {
        let call = FunctionCall { name: function.to_owned(), args: arguments };
        Node::VariableBlock(WS::default(), Expr::new(ExprVal::FunctionCall(call)))
    };
    let name = Expr::new(ExprVal::String(name.to_owned()));
    body.insert(0, call(ENTER, HashMap::from([("name".to_owned(), name)])));
    body.push(call(LEAVE, HashMap::new()));
}
