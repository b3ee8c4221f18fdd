//! The names of all emojis and the index that finds the first one that contains a word.

use std::collections::BTreeMap;
use std::fmt;

use fst::raw::{Builder, CompiledAddr, Fst};

use crate::emoji::Emoji;

/// Stands behind every key that is only a part of a name. It occurs in no UTF-8 text.
const PART: u8 = 0xff;

/// The emojis by name, in the order of the names in Unicode's spelling: `ATM_sign` stands before `a_button`.
pub struct Names {
    emojis: Vec<Emoji>,
    index: Fst<&'static [u8]>,
    after_two: Vec<Option<Place>>,
}

/// A place in the index, and what the outputs on the way there add up to.
#[derive(Clone, Copy)]
struct Place {
    node: CompiledAddr,
    position: u64,
}

/// What a word is to the names.
enum Found {
    Name(Emoji),
    Part(Emoji),
}

impl Names {
    /// The embedded table.
    pub fn new() -> Self {
        let table = include_str!("../data/emoji-names.tsv");
        let index = include_bytes!("../data/emoji.fst");
        let mut names = Self {
            emojis: rows(table).map(|(name, text)| Emoji::new(name, text)).collect(),
            index: Fst::new(&index[..]).expect("the embedded index is the one that the tests compare"),
            after_two: Vec::new(),
        };
        // Two bytes of ASCII lead through the widest nodes; to look them up takes a quarter off a request.
        names.after_two = (0..128 * 128).map(|pair| names.walk(&[(pair / 128) as u8, (pair % 128) as u8])).collect();
        names
    }

    /// The emoji of this name, else the first one whose name contains the word.
    pub fn search(&self, word: &str) -> Option<Emoji> {
        match self.find(word)? {
            Found::Name(emoji) | Found::Part(emoji) => Some(emoji),
        }
    }

    /// The emoji of exactly this name.
    pub fn named(&self, name: &str) -> Option<Emoji> {
        match self.find(name)? {
            Found::Name(emoji) => Some(emoji),
            Found::Part(_) => None,
        }
    }

    /// All emojis in their order.
    pub fn iter(&self) -> impl Iterator<Item = Emoji> {
        self.emojis.iter().copied()
    }

    /// What the place where the word leads says. No name is looked at, see [`index`].
    fn find(&self, word: &str) -> Option<Found> {
        let place = match word.as_bytes() {
            [first @ 0..128, second @ 0..128, rest @ ..] => {
                let start = self.after_two[usize::from(*first) * 128 + usize::from(*second)]?;
                self.walk_on(start, rest)
            }
            bytes => self.walk(bytes),
        }?;
        let node = self.index.node(place.node);
        let position = place.position + node.final_output().value();
        let emoji = *self.emojis.get(usize::try_from(position).ok()?)?;
        Some(if node.is_final() { Found::Name(emoji) } else { Found::Part(emoji) })
    }

    fn walk(&self, bytes: &[u8]) -> Option<Place> {
        self.walk_on(Place { node: self.index.root().addr(), position: 0 }, bytes)
    }

    fn walk_on(&self, start: Place, bytes: &[u8]) -> Option<Place> {
        bytes.iter().try_fold(start, |place, &byte| {
            let node = self.index.node(place.node);
            let transition = node.transition(node.find_input(byte)?);
            Some(Place { node: transition.addr, position: place.position + transition.out.value() })
        })
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("count", &self.emojis.len()).finish_non_exhaustive()
    }
}

/// Makes the index of a table: a transducer from each name to its position, and from each end of a name (with a mark behind it)
/// to the position of the first name that ends so.
///
/// A part of a name begins one of its ends, so the first name that contains a word has the smallest position under all keys that
/// begin with the word. Transducers of the `fst` crate have their outputs as near to the root as they can be: the sum along the
/// word is that position, and no name is looked at.
pub fn index(table: &str) -> Result<Vec<u8>, fst::Error> {
    let mut keys = BTreeMap::new();
    for (position, (name, _)) in (0..).zip(rows(table)) {
        for (start, _) in name.char_indices() {
            let mut end = name.as_bytes()[start..].to_vec();
            end.push(PART);
            keys.entry(end).or_insert(position);
        }
        keys.insert(name.into(), position);
    }
    let mut builder = Builder::memory();
    for (key, position) in keys {
        builder.insert(key, position)?;
    }
    builder.into_inner()
}

pub(crate) fn rows(table: &str) -> impl Iterator<Item = (&str, &str)> {
    table.lines().filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(word: &str) -> Option<&'static str> {
        Names::new().search(word).map(|emoji| emoji.name())
    }

    #[test]
    fn a_name_goes_before_earlier_names_that_contain_it() {
        assert_eq!(search("bat"), Some("bat"));
        assert_eq!(search("ba"), Some("albania"));
    }

    #[test]
    fn the_first_name_is_the_first_in_unicodes_spelling() {
        assert_eq!(search("green"), Some("greenland"));
        assert_eq!(search("a"), Some("1st_place_medal"));
        assert_eq!(search(""), Some("1st_place_medal"));
    }

    #[test]
    fn the_end_of_a_name_is_no_name() {
        let names = Names::new();
        assert_eq!(search("t_skin_tone"), Some("mrs._claus_light_skin_tone"));
        assert_eq!(names.named("t_skin_tone"), None);
        assert_eq!(names.named("light_skin_tone").map(|emoji| emoji.text()), Some("🏻"));
    }

    #[test]
    fn names_do_not_run_into_each_other() {
        for word in ["medal2nd", "medal\n2nd", "medal\t", "fire\n", "medal\u{ff}", "🥇", "\0"] {
            assert_eq!(search(word), None, "{word:?}");
        }
    }

    #[test]
    fn every_part_of_every_name_finds_what_a_scan_finds() {
        let names = Names::new();
        let mut firsts = BTreeMap::new();
        for emoji in names.iter() {
            let name = emoji.name();
            let cuts: Vec<_> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
            for (i, &start) in cuts.iter().enumerate() {
                for &end in &cuts[i..] {
                    firsts.entry(&name[start..end]).or_insert(emoji);
                }
            }
        }
        for emoji in names.iter() {
            firsts.insert(emoji.name(), emoji);
        }
        assert_eq!(firsts.len(), 300_513);
        for (part, emoji) in firsts {
            assert_eq!(names.search(part), Some(emoji), "{part}");
        }
    }
}
