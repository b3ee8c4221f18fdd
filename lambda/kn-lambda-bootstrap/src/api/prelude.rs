//! The head of a streaming response: JSON, then eight NUL bytes, wherever the network cuts them.

use bytes::{Bytes, BytesMut};

const DELIMITER: [u8; 8] = [0; 8];

/// More than any HTTP header fields that a client would take.
const LONGEST: usize = 256 * 1024;

/// What was read of a head.
#[derive(Debug, Default)]
pub(super) struct Prelude {
    read: BytesMut,
    searched: usize,
}

/// What a piece of the stream made of the head.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Its end is still to come.
    Unfinished(Prelude),
    /// All of it, and what follows it already.
    Whole { prelude: Bytes, rest: Bytes },
    /// It has no end.
    TooLong,
}

impl PartialEq for Prelude {
    fn eq(&self, other: &Self) -> bool {
        self.read == other.read
    }
}

impl Eq for Prelude {}

impl Prelude {
    pub(super) fn push(mut self, piece: &[u8]) -> Step {
        self.read.extend_from_slice(piece);
        let new = self.read.get(self.searched..).unwrap_or_default();
        if let Some(at) = new.windows(DELIMITER.len()).position(|window| window == DELIMITER) {
            let prelude = self.read.split_to(self.searched + at).freeze();
            let rest = self.read.split_off(DELIMITER.len().min(self.read.len())).freeze();
            return Step::Whole { prelude, rest };
        }
        if self.read.len() > LONGEST {
            return Step::TooLong;
        }
        // The last bytes may be the beginning of the delimiter.
        self.searched = self.read.len().saturating_sub(DELIMITER.len() - 1);
        Step::Unfinished(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(pieces: &[&[u8]]) -> Step {
        let mut step = Step::Unfinished(Prelude::default());
        let mut after = BytesMut::new();
        for piece in pieces {
            step = match step {
                Step::Unfinished(prelude) => prelude.push(piece),
                whole => {
                    after.extend_from_slice(piece);
                    whole
                }
            };
        }
        match step {
            Step::Whole { prelude, rest } => Step::Whole { prelude, rest: [rest, after.freeze()].concat().into() },
            other => other,
        }
    }

    #[test]
    fn the_nul_bytes_are_found_wherever_they_are_cut() {
        let all = b"{\"statusCode\":201}\0\0\0\0\0\0\0\0\0body";
        for first in 0..all.len() {
            for second in first..all.len() {
                let pieces = [&all[..first], &all[first..second], &all[second..]];
                let whole = Step::Whole { prelude: "{\"statusCode\":201}".into(), rest: "\0body".into() };
                assert_eq!(in_pieces(&pieces), whole, "{first}, {second}");
            }
        }
    }

    #[test]
    fn seven_nul_bytes_are_no_end() {
        assert!(matches!(in_pieces(&[b"{}\0\0\0\0\0\0\0", b"x\0"]), Step::Unfinished(_)));
    }

    #[test]
    fn a_head_without_an_end_is_given_up() {
        let endless = vec![b' '; LONGEST + 1];
        assert_eq!(in_pieces(&[b"{", &endless]), Step::TooLong);
    }
}
