//! The emojis that descriptions mean.

mod emoji;
pub mod names;

pub use emoji::Emoji;
