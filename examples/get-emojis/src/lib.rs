//! The emojis that descriptions mean: `cold` is 🥶, `plane` is ✈, `flame` is 🔥.
//!
//! ```
//! use get_emojis::FuzzEmoji;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), get_emojis::Unavailable> {
//! let json = FuzzEmoji::new().get_emojis("cold,plane".split(',')).await?;
//! assert_eq!(json, r#"{"cold": "('cold_face', '🥶')", "plane": "('airplane', '✈')"}"#);
//! # Ok(())
//! # }
//! ```

mod emoji;
mod emojis;
pub mod names;

pub mod synonyms;
mod wordnet;

mod datamuse;

mod fuzz_emoji;

pub mod page;

pub use datamuse::{Datamuse, InvalidUrl};
pub use emoji::Emoji;
pub use emojis::Emojis;
pub use fuzz_emoji::FuzzEmoji;
pub use synonyms::{Synonyms, Unavailable};
pub use wordnet::Wordnet;
