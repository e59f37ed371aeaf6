//! A definition as a Mermaid flowchart.

use std::fmt::Write as _;

use super::Definition;
use super::model::{Condition, Kind, MachineId, Next, Source, State, StateId};
use crate::choice::{Comparison, Operand, Operator, Relation, Type};
use crate::expression::short;

impl Definition {
    /// The states and the ways between them, in Mermaid's language (`flowchart`). Parallel and Map states are subgraphs, the
    /// ways out of a Choice are labelled with their conditions, and those of catchers, which are dotted, with the errors.
    pub fn mermaid(&self) -> String {
        let mut chart = Chart { definition: self, text: "flowchart TD\n".to_owned() };
        chart.machine(0, 1);
        chart.text
    }
}

struct Chart<'a> {
    definition: &'a Definition,
    text: String,
}

impl Chart<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        // Writing to a string can't fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = depth * 4);
    }

    fn machine(&mut self, id: MachineId, depth: usize) {
        let definition = self.definition;
        let machine = &definition.machines[id];
        self.line(depth, &format!("m{id}start([Start]) --> {}", node(id, machine.start)));
        for (state, found) in machine.states.iter().enumerate() {
            self.state(id, state, found, depth);
        }
        for (state, found) in machine.states.iter().enumerate() {
            self.ways(id, &node(id, state), found, depth);
        }
    }

    fn state(&mut self, machine: MachineId, id: StateId, state: &State, depth: usize) {
        let (node, name) = (node(machine, id), quoted(&state.name));
        let shape = match &state.kind {
            Kind::Parallel(branches) => {
                let title = quoted(&format!("{} (Parallel)", state.name));
                self.line(depth, &format!("subgraph {node} [{title}]"));
                for (at, branch) in branches.iter().enumerate() {
                    self.line(depth + 1, &format!("subgraph {node}b{at} [\"branch {}\"]", at + 1));
                    self.machine(*branch, depth + 2);
                    self.line(depth + 1, "end");
                }
                return self.line(depth, "end");
            }
            Kind::Map(map) => {
                let mode = if map.distributed { "Map, distributed" } else { "Map" };
                let title = quoted(&format!("{} ({mode})", state.name));
                self.line(depth, &format!("subgraph {node} [{title}]"));
                self.machine(map.processor, depth + 1);
                return self.line(depth, "end");
            }
            Kind::Task(_) => format!("[{name}]"),
            Kind::Pass { .. } => format!("({name})"),
            Kind::Choice(_) => format!("{{{name}}}"),
            Kind::Wait(_) => format!("[/{name}/]"),
            Kind::Succeed => format!("(({name}))"),
            Kind::Fail(_) => format!("((({name})))"),
        };
        self.line(depth, &format!("{node}{shape}"));
    }

    fn ways(&mut self, machine: MachineId, from: &str, state: &State, depth: usize) {
        if let Kind::Choice(choice) = &state.kind {
            for rule in &choice.rules {
                let label = quoted(&short(&shown(&rule.condition)));
                self.line(depth, &format!("{from} -->|{label}| {}", node(machine, rule.next)));
            }
            if let Some(default) = choice.default {
                self.line(depth, &format!("{from} -->|\"otherwise\"| {}", node(machine, default)));
            }
        } else {
            match (&state.kind, state.next) {
                (Kind::Succeed | Kind::Fail(_), _) => {}
                (_, Next::State(next)) => self.line(depth, &format!("{from} --> {}", node(machine, next))),
                (_, Next::End) => self.line(depth, &format!("{from} --> m{machine}end([End])")),
            }
        }
        for catcher in &state.catch {
            let label = quoted(&short(&catcher.errors.join(", ")));
            self.line(depth, &format!("{from} -.->|{label}| {}", node(machine, catcher.next)));
        }
    }
}

fn node(machine: MachineId, state: StateId) -> String {
    format!("m{machine}s{state}")
}

/// A text in quotes, with what Mermaid would take for its own written as entities.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' => {
                let _ = write!(quoted, "#{};", u32::from(c));
            }
            c if c.is_whitespace() || c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A condition in words.
fn shown(condition: &Condition) -> String {
    let all = |inner: &[Condition], word: &str| {
        let parts: Vec<String> = inner.iter().map(grouped).collect();
        parts.join(word)
    };
    match condition {
        Condition::And(inner) => all(inner, " and "),
        Condition::Or(inner) => all(inner, " or "),
        Condition::Not(inner) => match &**inner {
            Condition::Compare(comparison) if matches!(comparison.operator, Operator::Is(_)) => {
                compared(comparison, true)
            }
            inner => format!("not {}", grouped(inner)),
        },
        Condition::Compare(comparison) => compared(comparison, false),
        Condition::Holds(Source::Literal(value)) => value.to_string(),
        Condition::Holds(Source::Expression(expression)) => expression.text().to_owned(),
    }
}

fn grouped(condition: &Condition) -> String {
    match condition {
        Condition::And(inner) | Condition::Or(inner) if inner.len() > 1 => format!("({})", shown(condition)),
        _ => shown(condition),
    }
}

/// A comparison; `negated` is heeded for `Is…` alone.
fn compared(comparison: &Comparison, negated: bool) -> String {
    let operand = match &comparison.operand {
        Operand::Value(value) => value.to_string(),
        Operand::Path(path) => path.text().to_owned(),
    };
    let variable = comparison.variable.text();
    let relation = match comparison.operator {
        Operator::String(relation) | Operator::Numeric(relation) | Operator::Timestamp(relation) => {
            match relation {
                Relation::Equals => "=",
                Relation::LessThan => "<",
                Relation::LessThanEquals => "<=",
                Relation::GreaterThan => ">",
                Relation::GreaterThanEquals => ">=",
            }
        }
        Operator::Boolean => "=",
        Operator::StringMatches => "matches",
        Operator::Is(kind) => {
            let verb = if (operand == "false") == negated { "is" } else { "isn't" };
            let noun = match kind {
                Type::Null => "null",
                Type::Present => "present",
                Type::Numeric => "a number",
                Type::String => "a string",
                Type::Boolean => "a boolean",
                Type::Timestamp => "a timestamp",
            };
            return format!("{variable} {verb} {noun}");
        }
    };
    format!("{variable} {relation} {operand}")
}
