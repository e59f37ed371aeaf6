//! `%`: finding the step whose input it means.

use super::ast::{Kind, Node};

/// The `%` of an expression. Each has a slot: how many steps up it still has to go, and the name under which what it means
/// will be kept.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    level: i32,
    label: usize,
}

impl Slots {
    /// A new `%`.
    pub(super) fn open(&mut self) -> usize {
        let slot = self.slots.len();
        self.slots.push(Slot { level: 1, label: slot });
        slot
    }

    pub(super) fn labels(&self) -> Vec<usize> {
        self.slots.iter().map(|slot| slot.label).collect()
    }

    pub(super) fn level(&self, slot: usize) -> i32 {
        self.slots[slot].level
    }

    pub(super) fn lower(&mut self, slot: usize) {
        self.slots[slot].level -= 1;
    }

    /// Looks in a step for what the slot means.
    pub(super) fn seek(&mut self, node: &mut Node, slot: usize) -> Result<(), String> {
        match &mut node.kind {
            Kind::Name(_) | Kind::Wildcard => {
                self.slots[slot].level -= 1;
                if self.slots[slot].level == 0 {
                    if let Some(known) = node.ancestor {
                        self.slots[slot].label = self.slots[known].label;
                    }
                    node.ancestor = Some(slot);
                    node.tuple = true;
                }
            }
            Kind::Parent(_) => self.slots[slot].level += 1,
            Kind::Block(items) => {
                if let Some(last) = items.last_mut() {
                    node.tuple = true;
                    self.seek(last, slot)?;
                }
            }
            Kind::Path { steps, .. } => {
                node.tuple = true;
                for step in steps.iter_mut().rev() {
                    self.seek(step, slot)?;
                    if self.slots[slot].level <= 0 {
                        break;
                    }
                }
            }
            _ => return Err("`%` can't refer to the parent of such a step".to_owned()),
        }
        Ok(())
    }

    /// Resolves the `%` that the last step of a path leaves open, by the steps before it.
    pub(super) fn resolve(&mut self, path: &mut Node) -> Result<(), String> {
        let Kind::Path { steps, .. } = &mut path.kind else { return Ok(()) };
        let Some(last) = steps.last() else { return Ok(()) };
        let mut open: Vec<usize> = last.seeking.clone();
        if let Kind::Parent(slot) = last.kind {
            open.push(slot);
        }
        for slot in open {
            let mut index = steps.len().checked_sub(2);
            while self.slots[slot].level > 0 {
                let Some(mut at) = index else {
                    path.seeking.push(slot);
                    break;
                };
                // Steps in a row that bind the same place count as one.
                while at > 0 && steps[at].focus.is_some() && steps[at - 1].focus.is_some() {
                    at -= 1;
                }
                self.seek(&mut steps[at], slot)?;
                index = at.checked_sub(1);
            }
        }
        Ok(())
    }
}
