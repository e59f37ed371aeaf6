//! `no-misleading-character-class`.

use oxc::regular_expression::ast::{Character, CharacterClass, CharacterClassContents, Pattern};
use oxc::regular_expression::visit::{Visit, walk};

/// What is misleading about a pattern's classes, if anything is.
pub(super) fn misleading(pattern: &Pattern<'_>, flags: &str) -> Option<String> {
    let unicode = flags.contains(['u', 'v']);
    let mut classes = Classes { unicode, found: None };
    classes.visit_pattern(pattern);
    classes.found.map(str::to_owned)
}

struct Classes {
    /// Whether the pattern's units are code points.
    unicode: bool,
    found: Option<&'static str>,
}

impl<'a> Visit<'a> for Classes {
    fn visit_character_class(&mut self, it: &CharacterClass<'a>) {
        let mut run: Vec<&Character> = Vec::new();
        for content in &it.body {
            match content {
                CharacterClassContents::Character(character) => run.push(character),
                CharacterClassContents::CharacterClassRange(range) => {
                    run.push(&range.min);
                    self.look(&run);
                    run = vec![&range.max];
                }
                _ => {
                    self.look(&run);
                    run.clear();
                }
            }
        }
        self.look(&run);
        walk::walk_character_class(self, it);
    }
}

impl Classes {
    /// Looks at neighbours.
    fn look(&mut self, run: &[&Character]) {
        let values: Vec<u32> = run.iter().map(|character| character.value).collect();
        if !self.unicode && values.iter().any(|value| *value > 0xffff) {
            self.found.get_or_insert(HALVES);
        }
        for (index, pair) in values.windows(2).enumerate() {
            let (first, second) = (pair[0], pair[1]);
            let what = if !self.unicode && is_lead(first) && is_trail(second) {
                Some(HALVES)
            } else if is_combining(second) && !is_combining(first) {
                Some("the class has a character and its mark as two")
            } else if is_modifier(second) && !is_modifier(first) {
                Some("the class has an emoji and its skin tone as two")
            } else if is_regional(first) && is_regional(second) {
                Some("the class has a flag as two letters")
            } else if second == ZERO_WIDTH_JOINER && first != second && index + 2 < values.len() {
                Some("the class has an emoji that is joined of several")
            } else {
                None
            };
            if let Some(what) = what {
                self.found.get_or_insert(what);
            }
        }
    }
}

const HALVES: &str = "the class has halves of a character: add flag `u`";
const ZERO_WIDTH_JOINER: u32 = 0x200d;

fn is_lead(value: u32) -> bool {
    (0xd800..=0xdbff).contains(&value)
}

fn is_trail(value: u32) -> bool {
    (0xdc00..=0xdfff).contains(&value)
}

fn is_modifier(value: u32) -> bool {
    (0x1f3fb..=0x1f3ff).contains(&value)
}

fn is_regional(value: u32) -> bool {
    (0x1f1e6..=0x1f1ff).contains(&value)
}

/// Blocks of combining marks and of variation selectors.
fn is_combining(value: u32) -> bool {
    matches!(
        value,
        0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f | 0x1ab0..=0x1aff
            | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f | 0xe0100..=0xe01ef
    )
}
