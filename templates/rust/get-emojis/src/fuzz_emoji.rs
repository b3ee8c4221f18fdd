//! The search: an equal name, else the first name that contains the description, else a synonym.

use crate::emoji::Emoji;
use crate::emojis::Emojis;
use crate::names::Names;
use crate::wordnet::Wordnet;

/// Finds emojis by description. Make one at start, it holds the tables.
#[derive(Debug, Default)]
pub struct FuzzEmoji {
    names: Names,
    synonyms: Wordnet,
}

impl FuzzEmoji {
    /// The search with the embedded tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// The emoji that a description means, or [`Emoji::NONE`].
    pub fn get_emoji(&self, description: &str) -> Emoji {
        let word = description.to_lowercase();
        let synonym = || self.names.named(self.synonyms.synonym(&word)?);
        self.names.search(&word).or_else(synonym).unwrap_or(Emoji::NONE)
    }

    /// The emojis that descriptions mean, as one JSON object.
    pub fn get_emojis<'a>(&self, descriptions: impl IntoIterator<Item = &'a str>) -> String {
        let mut emojis = Emojis::new();
        for description in descriptions {
            if emojis.lack(description) {
                emojis.push(description, self.get_emoji(description));
            }
        }
        emojis.into_json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synonym_comes_after_names() {
        let fuzz_emoji = FuzzEmoji::new();
        assert_eq!(fuzz_emoji.get_emoji("fla").name(), "black_flag");
        assert_eq!(fuzz_emoji.get_emoji("Flame").name(), "fire");
        assert_eq!(fuzz_emoji.get_emoji("xyzzy"), Emoji::NONE);
    }
}
