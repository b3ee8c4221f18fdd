//! Writes the index of the emoji names to a file; `data/make` runs it.

use std::env;
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("expected the file to write")?;
    let table = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/emoji-names.tsv"))?;
    Ok(fs::write(path, get_emojis::names::index(&table)?)?)
}
