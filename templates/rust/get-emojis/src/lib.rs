//! The emojis that descriptions mean: `cold` is 🥶, `plane` is ✈, `flame` is 🔥.

mod emoji;
mod emojis;
pub mod names;
mod wordnet;

mod fuzz_emoji;

pub use emoji::Emoji;
pub use emojis::Emojis;
pub use fuzz_emoji::FuzzEmoji;
pub use wordnet::Wordnet;
