//! How many runs an instance of the orchestrator drives.

use std::cell::Cell;
use std::rc::Rc;

/// Counts drives. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Drives(Rc<Cell<usize>>);

/// Counted while it lives.
#[derive(Debug)]
pub struct OneMore(Drives);

impl Drives {
    /// Counts one more.
    #[must_use]
    pub fn one_more(&self) -> OneMore {
        self.0.set(self.0.get() + 1);
        OneMore(self.clone())
    }

    /// How many there are.
    pub fn under_way(&self) -> usize {
        self.0.get()
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        let count = &self.0.0;
        count.set(count.get() - 1);
    }
}
