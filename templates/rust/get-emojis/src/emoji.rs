//! One emoji: what it is called and what it looks like.

use std::fmt;

/// An emoji and its name.
///
/// It is written as Python writes a pair of strings, so what cannot be printed alone is escaped.
///
/// ```
/// use get_emojis::names::Names;
///
/// let emoji = Names::new().named("artist").unwrap();
/// assert_eq!(emoji.text(), "🧑\u{200d}🎨");
/// assert_eq!(emoji.to_string(), r"('artist', '🧑\u200d🎨')");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji {
    name: &'static str,
    text: &'static str,
}

impl Emoji {
    /// What no description means: an emoji without name and text, as in the guide.
    pub const NONE: Self = Self { name: "", text: "" };

    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }

    /// The name, in small letters and with `_` between words.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The emoji itself.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// Writes the pair with this sign in front of each escape: `\`, or `\\` inside JSON.
    ///
    /// Neither a name nor an emoji of the table has a quote or a backslash of its own.
    pub(crate) fn write(&self, out: &mut impl fmt::Write, escape: &str) -> fmt::Result {
        out.write_str("('")?;
        out.write_str(self.name)?;
        out.write_str("', '")?;
        for character in self.text.chars() {
            match character {
                '\u{200d}' => write!(out, "{escape}u200d")?,
                '\u{e0000}'..='\u{e007f}' => write!(out, "{escape}U{:08x}", u32::from(character))?,
                _ => out.write_char(character)?,
            }
        }
        out.write_str("')")
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, r"\")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_and_tags_are_escaped_as_python_does() {
        let flag = Emoji::new("wales", "🏴\u{e0067}\u{e007f}");
        assert_eq!(flag.to_string(), r"('wales', '🏴\U000e0067\U000e007f')");
        assert_eq!(Emoji::NONE.to_string(), "('', '')");
    }
}
