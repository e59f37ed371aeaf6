//! Frames: the variables that an expression binds.

use std::cell::RefCell;
use std::rc::Rc;

use super::value::Val;

/// A scope.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    bindings: RefCell<Vec<(Name<'a>, Val<'a>)>>,
    parent: Option<Rc<Frame<'a>>>,
}

/// What a scope knows a value by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// A variable.
    Variable(&'a str),
    /// What a `%` means.
    Ancestor(usize),
}

impl<'a> Frame<'a> {
    /// The outermost scope.
    pub(super) fn outermost() -> Rc<Self> {
        Rc::new(Self { bindings: RefCell::new(Vec::new()), parent: None })
    }

    /// A scope within another.
    pub(super) fn within(parent: &Rc<Self>, bindings: Vec<(Name<'a>, Val<'a>)>) -> Rc<Self> {
        Rc::new(Self { bindings: RefCell::new(bindings), parent: Some(Rc::clone(parent)) })
    }

    pub(super) fn bind(&self, name: Name<'a>, value: Val<'a>) {
        let mut bindings = self.bindings.borrow_mut();
        match bindings.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => bindings.push((name, value)),
        }
    }

    /// The innermost value of that name.
    pub(super) fn find(&self, name: Name<'_>) -> Option<Val<'a>> {
        let mut frame = self;
        loop {
            let bindings = frame.bindings.borrow();
            if let Some((_, value)) = bindings.iter().find(|(known, _)| *known == name) {
                return Some(value.clone());
            }
            drop(bindings);
            frame = frame.parent.as_deref()?;
        }
    }

    /// Forgets everything, so that functions which the scope holds and which hold the scope let go of each other.
    pub(super) fn clear(&self) {
        let bindings = std::mem::take(&mut *self.bindings.borrow_mut());
        drop(bindings);
    }
}
