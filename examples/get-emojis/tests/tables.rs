//! The committed tables are the expected ones: made from Unicode Emoji 15.1 and WordNet 3.0, see `data/README.md`.

use std::collections::{HashMap, HashSet};

use get_emojis::names;
use sha2::{Digest, Sha256};

const NAMES: &str = include_str!("../data/emoji-names.tsv");
const SYNONYMS: &str = include_str!("../data/emoji-synonyms.tsv");
const INDEX: &[u8] = include_bytes!("../data/emoji.fst");

fn rows(table: &str) -> Vec<(&str, &str)> {
    table.lines().map(|line| line.split_once('\t').unwrap()).collect()
}

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_names_are_those_of_unicode_15_1() {
    assert_eq!(sha256(NAMES), "3c735d7ea6b7b82266a38da47455fe58c4056126efb0cce465e72ecce1470274");
}

#[test]
fn the_synonyms_are_those_of_wordnet_3_0() {
    assert_eq!(sha256(SYNONYMS), "7a092953e3c0406a5f21301921adc87ecf375a80454b92f22235854528d0d6e8");
}

#[test]
fn the_index_is_made_of_the_names() {
    assert!(names::index(NAMES).unwrap() == INDEX, "run `data/make`");
}

#[test]
fn names_are_distinct_and_need_no_quoting() {
    let rows = rows(NAMES);
    assert_eq!(rows.len(), 3782);
    assert_eq!(rows.iter().map(|(name, _)| name).collect::<HashSet<_>>().len(), 3782);
    assert_eq!((rows[0], rows[3781].0), (("1st_place_medal", "🥇"), "åland_islands"));
    for (name, emoji) in rows {
        assert!(!name.is_empty() && !emoji.is_empty());
        assert!(!name.contains(['\'', '"', '\\']) && !name.contains(char::is_control), "{name}");
        assert_eq!(name.to_lowercase(), name);
        assert!(!emoji.contains('\u{fe0f}'), "{name}");
    }
}

#[test]
fn python_escapes_joiners_and_tags_only() {
    let escaped = rows(NAMES).iter().filter(|(_, emoji)| emoji.contains(['\u{200d}', '\u{e007f}'])).count();
    assert_eq!(escaped, 1471);
}

#[test]
fn synonyms_lead_from_what_no_name_contains_to_a_name() {
    let names: HashMap<_, _> = rows(NAMES).into_iter().collect();
    let synonyms = rows(SYNONYMS);
    assert_eq!(synonyms.len(), 2296);
    assert!(synonyms.is_sorted());
    for (word, name) in synonyms {
        assert!(names.contains_key(name), "{word} leads to {name}");
        assert!(!names.keys().any(|name| name.contains(word)), "{word} is found without a synonym");
    }
}
