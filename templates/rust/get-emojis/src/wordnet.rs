//! The embedded synonyms of WordNet.

use std::collections::HashMap;

use crate::names::rows;

/// For words of WordNet 3.0 that no emoji name contains, the name that means the same.
///
/// WordNet ranks otherwise than Datamuse, so the two may choose different emojis for one word.
#[derive(Debug)]
pub struct Wordnet {
    names: HashMap<&'static str, &'static str>,
}

impl Wordnet {
    /// The embedded table.
    pub fn new() -> Self {
        Self { names: rows(include_str!("../data/emoji-synonyms.tsv")).collect() }
    }

    /// The name of an emoji that means the same as the word.
    pub fn synonym(&self, word: &str) -> Option<&'static str> {
        self.names.get(word).copied()
    }
}

impl Default for Wordnet {
    fn default() -> Self {
        Self::new()
    }
}
