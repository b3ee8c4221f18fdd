//! The search of the guide: an equal name, else the first name that contains the description, else a synonym.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::datamuse::{Datamuse, InvalidUrl};
use crate::emoji::Emoji;
use crate::emojis::Emojis;
use crate::names::Names;
use crate::synonyms::{Synonyms, Unavailable, Words};
use crate::wordnet::Wordnet;

/// How long all questions of one call may take together.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds emojis by description. Make one at start, it holds the tables.
#[derive(Debug)]
pub struct FuzzEmoji {
    names: Names,
    synonyms: Box<dyn Synonyms>,
}

impl FuzzEmoji {
    /// The search with the embedded synonyms, which asks nobody and never fails.
    pub fn new() -> Self {
        Self::with_synonyms(Box::new(Wordnet::new()))
    }

    /// The search as `SYNONYMS_URL` wants it: with that service's synonyms, or with the embedded ones if it is not set or empty.
    ///
    /// # Errors
    ///
    /// If the variable holds no URL of a service.
    pub fn configured(synonyms_url: Option<&OsStr>) -> Result<Self, InvalidUrl> {
        match synonyms_url {
            Some(url) if !url.is_empty() => Ok(Self::with_synonyms(Box::new(Datamuse::new(&url.to_string_lossy())?))),
            _ => Ok(Self::new()),
        }
    }

    /// The search with synonyms from elsewhere.
    pub fn with_synonyms(synonyms: Box<dyn Synonyms>) -> Self {
        Self { names: Names::new(), synonyms }
    }

    /// The emoji that a description means, or [`Emoji::NONE`].
    ///
    /// # Errors
    ///
    /// If synonyms are needed and not to be had, or take longer than ten seconds.
    pub async fn get_emoji(&self, description: &str) -> Result<Emoji, Unavailable> {
        self.find(description, &mut None).await
    }

    /// The emojis that descriptions mean as one JSON object, byte for byte as the guide's Python writes it.
    ///
    /// The keys are the descriptions, each where it first occurs.
    ///
    /// # Errors
    ///
    /// If synonyms are needed and not to be had, or take longer than ten seconds altogether.
    pub async fn get_emojis<'a>(&self, descriptions: impl IntoIterator<Item = &'a str>) -> Result<String, Unavailable> {
        let mut emojis = Emojis::new();
        let mut deadline = None;
        for description in descriptions {
            if emojis.lack(description) {
                emojis.push(description, self.find(description, &mut deadline).await?);
            }
        }
        Ok(emojis.into_json())
    }

    async fn find(&self, description: &str, deadline: &mut Option<Instant>) -> Result<Emoji, Unavailable> {
        let word = lowercase(description);
        if let Some(emoji) = self.names.search(&word) {
            return Ok(emoji);
        }
        let emoji = match self.synonyms.of(&word) {
            Words::Known(synonym) => synonym.and_then(|name| self.names.named(name)),
            Words::Asked(answer) => {
                let deadline = *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
                let synonyms = timeout_at(deadline, answer).await.unwrap_or(Err(Unavailable::Late))?;
                synonyms.iter().find_map(|name| self.names.named(name))
            }
        };
        Ok(emoji.unwrap_or(Emoji::NONE))
    }
}

impl Default for FuzzEmoji {
    fn default() -> Self {
        Self::new()
    }
}

/// The text in small letters, without a copy if it is in small ASCII letters already.
fn lowercase(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn json(descriptions: &str) -> String {
        FuzzEmoji::new().get_emojis(descriptions.split(',')).await.unwrap()
    }

    async fn name(description: &str) -> &'static str {
        FuzzEmoji::new().get_emoji(description).await.unwrap().name()
    }

    #[tokio::test]
    async fn the_guides_request_gets_the_guides_answer() {
        assert_eq!(
            json("cold,plane,fam").await,
            r#"{"cold": "('cold_face', '🥶')", "plane": "('airplane', '✈')", "fam": "('family', '👪')"}"#
        );
    }

    #[tokio::test]
    async fn letters_are_made_small_as_unicode_says() {
        assert_eq!(name("CÔTE").await, "côte_d’ivoire");
        assert_eq!(name("\u{212a}iss").await, "kiss"); // KELVIN SIGN
        assert_eq!(name("\u{212b}land").await, "åland_islands"); // ANGSTROM SIGN
        assert_eq!(name("TÜRKIYE").await, "türkiye");
        assert_eq!(name("TÜRKİYE").await, "", "İ becomes i and a dot above");
    }

    #[tokio::test]
    async fn text_is_not_normalised() {
        assert_eq!(name("ré").await, "réunion");
        assert_eq!(name("re\u{301}").await, "");
    }

    #[tokio::test]
    async fn keys_are_the_descriptions_as_they_came() {
        assert_eq!(json("Fire,fire,Fire").await, r#"{"Fire": "('fire', '🔥')", "fire": "('fire', '🔥')"}"#);
        assert_eq!(json("").await, r#"{"": "('1st_place_medal', '🥇')"}"#);
        assert_eq!(FuzzEmoji::new().get_emojis([]).await.unwrap(), "{}");
    }

    #[tokio::test]
    async fn embedded_synonyms_come_last() {
        assert_eq!(name("flame").await, "fire");
        assert_eq!(name("FLAME").await, "fire");
        assert_eq!(name("fla").await, "black_flag");
    }

    #[derive(Debug)]
    struct Silent;

    impl Synonyms for Silent {
        fn of<'a>(&'a self, _: &'a str) -> Words<'a> {
            Words::Asked(Box::pin(std::future::pending()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_longer_than_ten_seconds() {
        let error = FuzzEmoji::with_synonyms(Box::new(Silent)).get_emojis(["dog", "flame"]).await.unwrap_err();
        assert_eq!(error.to_string(), "the synonym service did not answer in time");
    }

    #[test]
    fn an_empty_synonyms_url_is_none() {
        FuzzEmoji::configured(None).unwrap();
        FuzzEmoji::configured(Some(OsStr::new(""))).unwrap();
        FuzzEmoji::configured(Some(OsStr::new("words"))).unwrap_err();
    }
}
