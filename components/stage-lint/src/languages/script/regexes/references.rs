//! `no-useless-backreference`.

use oxc::regular_expression::ast::{
    Alternative, Disjunction, LookAroundAssertion, LookAroundAssertionKind, Pattern, Term,
};

/// What is wrong with each back reference that can match nothing but the empty text.
pub(super) fn useless(pattern: &Pattern<'_>) -> Vec<String> {
    let mut walk = Walk::default();
    walk.disjunction(&pattern.body);
    let mut messages = Vec::new();
    for reference in &walk.references {
        let groups: Vec<&Group> = match (&reference.name, reference.number) {
            (Some(name), _) => walk.groups.iter().filter(|group| group.name.as_ref() == Some(name)).collect(),
            // Groups are numbered as they open, from 1.
            (None, number) => {
                number.and_then(|number| walk.groups.get(number.wrapping_sub(1))).into_iter().collect()
            }
        };
        let reasons: Vec<&'static str> = groups.iter().filter_map(|group| reference.fails(group)).collect();
        // Of several groups with a name, one that can match is enough.
        if let Some(reason) = reasons.first().filter(|_| reasons.len() == groups.len()) {
            messages.push(format!("the back reference `{}` matches nothing: {reason}", reference.shown()));
        }
    }
    messages
}

/// What something stands in, the outermost first: which disjunction and which alternative of it, or which assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Alternative { disjunction: usize, index: usize },
    Behind { assertion: usize },
    Ahead { assertion: usize },
    Negative { assertion: usize, behind: bool },
    Group { number: usize },
}

#[derive(Debug)]
struct Group {
    number: usize,
    name: Option<String>,
    start: u32,
    end: u32,
    within: Vec<Within>,
}

#[derive(Debug)]
struct Reference {
    number: Option<usize>,
    name: Option<String>,
    start: u32,
    end: u32,
    within: Vec<Within>,
}

#[derive(Default)]
struct Walk {
    within: Vec<Within>,
    groups: Vec<Group>,
    references: Vec<Reference>,
    /// Disjunctions and assertions so far.
    count: usize,
    numbered: usize,
}

impl Walk {
    fn disjunction(&mut self, disjunction: &Disjunction<'_>) {
        self.count += 1;
        let id = self.count;
        for (index, alternative) in disjunction.body.iter().enumerate() {
            self.within.push(Within::Alternative { disjunction: id, index });
            self.alternative(alternative);
            self.within.pop();
        }
    }

    fn alternative(&mut self, alternative: &Alternative<'_>) {
        for term in &alternative.body {
            self.term(term);
        }
    }

    fn term(&mut self, term: &Term<'_>) {
        match term {
            Term::LookAroundAssertion(assertion) => self.assertion(assertion),
            Term::Quantifier(quantifier) => self.term(&quantifier.body),
            Term::IgnoreGroup(group) => self.disjunction(&group.body),
            Term::CapturingGroup(group) => {
                self.numbered += 1;
                let number = self.numbered;
                self.groups.push(Group {
                    number,
                    name: group.name.as_ref().map(ToString::to_string),
                    start: group.span.start,
                    end: group.span.end,
                    within: self.within.clone(),
                });
                self.within.push(Within::Group { number });
                self.disjunction(&group.body);
                self.within.pop();
            }
            Term::IndexedReference(reference) => self.references.push(Reference {
                number: usize::try_from(reference.index).ok(),
                name: None,
                start: reference.span.start,
                end: reference.span.end,
                within: self.within.clone(),
            }),
            Term::NamedReference(reference) => self.references.push(Reference {
                number: None,
                name: Some(reference.name.to_string()),
                start: reference.span.start,
                end: reference.span.end,
                within: self.within.clone(),
            }),
            _ => {}
        }
    }

    fn assertion(&mut self, assertion: &LookAroundAssertion<'_>) {
        self.count += 1;
        let id = self.count;
        self.within.push(match assertion.kind {
            LookAroundAssertionKind::Lookahead => Within::Ahead { assertion: id },
            LookAroundAssertionKind::Lookbehind => Within::Behind { assertion: id },
            LookAroundAssertionKind::NegativeLookahead => Within::Negative { assertion: id, behind: false },
            LookAroundAssertionKind::NegativeLookbehind => Within::Negative { assertion: id, behind: true },
        });
        self.disjunction(&assertion.body);
        self.within.pop();
    }
}

impl Reference {
    fn shown(&self) -> String {
        match (&self.name, self.number) {
            (Some(name), _) => format!("\\k<{name}>"),
            (None, number) => format!("\\{}", number.unwrap_or_default()),
        }
    }

    /// Why it can't match what this group matched.
    fn fails(&self, group: &Group) -> Option<&'static str> {
        if self.within.contains(&Within::Group { number: group.number }) {
            return Some("it stands within the group");
        }
        let common = self.within.iter().zip(&group.within).take_while(|(mine, its)| mine == its).count();
        let (mine, its) = (self.within.get(common), group.within.get(common));
        if let (
            Some(Within::Alternative { disjunction, .. }),
            Some(Within::Alternative { disjunction: other, .. }),
        ) = (mine, its)
            && disjunction == other
        {
            return Some("the group is in another alternative");
        }
        if group.within[common..].iter().any(|within| matches!(within, Within::Negative { .. })) {
            return Some("the group is in a negative assertion");
        }
        let nearest = self.within[..common]
            .iter()
            .rev()
            .find(|within| !matches!(within, Within::Alternative { .. } | Within::Group { .. }));
        let backwards =
            matches!(nearest, Some(Within::Behind { .. } | Within::Negative { behind: true, .. }));
        if backwards && group.end <= self.start {
            Some("within the assertion, which is matched backwards, the group comes later")
        } else if !backwards && self.end <= group.start {
            Some("the group comes later")
        } else {
            None
        }
    }
}
