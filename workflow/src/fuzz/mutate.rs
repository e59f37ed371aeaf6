//! Making texts out of others.

/// Mutates texts; the same seed makes the same texts.
pub(super) struct Mutator<'w> {
    state: u64,
    words: &'w [&'w str],
}

impl<'w> Mutator<'w> {
    pub(super) fn new(seed: u64, words: &'w [&'w str]) -> Self {
        Self { state: seed, words }
    }

    /// A number under `limit`; 0 where there is none.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let number = usize::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap_or(usize::MAX);
        if limit == 0 { 0 } else { number % limit }
    }

    /// One of the texts, changed in some places.
    pub(super) fn mutated(&mut self, pool: &[String]) -> String {
        let mut text: Vec<char> = pool[self.below(pool.len())].chars().collect();
        for _ in 0..=self.below(5) {
            self.change(&mut text, pool);
        }
        text.into_iter().collect()
    }

    fn change(&mut self, text: &mut Vec<char>, pool: &[String]) {
        let at = self.below(text.len() + 1);
        let length = self.below(12).min(text.len() - at);
        match self.below(9) {
            0 => drop(text.drain(at..at + length)),
            1 => {
                let again: Vec<char> = text[at..at + length].to_vec();
                insert(text, at, again);
            }
            2 | 3 => {
                let word = self.words[self.below(self.words.len())];
                insert(text, at, word.chars());
            }
            4 => {
                let word = self.words[self.below(self.words.len())];
                text.splice(at..at + length, word.chars());
            }
            5 => {
                let other: Vec<char> = pool[self.below(pool.len())].chars().collect();
                let from = self.below(other.len() + 1);
                let to = from + self.below(40).min(other.len() - from);
                text.splice(at..at + length, other[from..to].iter().copied());
            }
            6 => {
                const ODD: [char; 12] =
                    ['\0', '"', '\\', '\u{7f}', 'ü', '\u{10ffff}', '\u{2028}', ' ', '9', '-', '.', '\n'];
                insert(text, at, [ODD[self.below(ODD.len())]]);
            }
            7 => {
                let other = self.below(text.len() + 1).min(text.len().saturating_sub(1));
                if at < text.len() {
                    text.swap(at, other);
                }
            }
            _ => {
                // A part many times over: what nests, nests deeper.
                let part: Vec<char> = text[at..at + length].to_vec();
                let times = self.below(60);
                insert(text, at, part.repeat(times));
            }
        }
    }
}

fn insert(text: &mut Vec<char>, at: usize, part: impl IntoIterator<Item = char>) {
    text.splice(at..at, part);
}
