//! `time`, as RFC 3339 writes it.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use super::Profile;
use super::fault::Unmet;
use super::reason::Reason;

const NO_TIME: Unmet = Unmet { reason: Reason::InvalidTime, expected: "an RFC 3339 time such as 2018-04-05T17:31:00Z" };

/// The instant that text says. What is finer than a nanosecond is cut off.
pub(super) fn parse(text: &str, profile: Profile) -> Result<DateTime<Utc>, Unmet> {
    // chrono takes U+2212 as the sign of an offset.
    if !text.is_ascii() || (profile == Profile::Strict && text.contains(' ')) {
        return Err(NO_TIME);
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Ok(time.to_utc()),
        Err(_) => Err(NO_TIME),
    }
}

/// The text that says an instant; RFC 3339 has no years but those of four digits.
pub(super) fn format(time: &DateTime<Utc>) -> Result<String, Unmet> {
    match time.year() {
        0..=9999 => Ok(time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        _ => Err(Unmet { reason: Reason::InvalidTime, expected: "a year from 0000 to 9999" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_with_the_digits_it_needs() {
        let times = [
            ("2018-04-05T18:31:00+01:00", "2018-04-05T17:31:00Z"),
            ("2018-04-05t17:31:00.5z", "2018-04-05T17:31:00.500Z"),
            ("2018-04-05T17:31:00.1234567890123-00:00", "2018-04-05T17:31:00.123456789Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ];
        for (text, expected) in times {
            let written = parse(text, Profile::Strict).and_then(|time| format(&time));
            assert_eq!(written.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn only_the_lenient_profile_takes_a_space_for_the_t() {
        assert!(parse("2018-04-05 17:31:00Z", Profile::Lenient).is_ok());
        assert!(parse("2018-04-05 17:31:00Z", Profile::Strict).is_err());
    }

    #[test]
    fn what_is_nearly_rfc_3339_is_refused() {
        let texts = [
            "2018-04-05T17:31:00\u{2212}01:00",
            "2018-04-05T17:31:00+0100",
            " 2018-04-05T17:31:00Z",
            "2018-04-05T17:31:00Z ",
            "2018-04-05  17:31:00Z",
            "+2018-04-05T17:31:00Z",
            "2018-04-05T17:31:61Z",
            "2018-04-05T17:31:00 Z",
        ];
        for text in texts {
            assert!(parse(text, Profile::Lenient).is_err(), "{text}");
        }
    }

    #[test]
    fn a_year_that_utc_writes_with_five_digits_is_not_sent() {
        let time = parse("9999-12-31T23:59:59-23:59", Profile::Strict);
        assert!(time.is_ok_and(|time| format(&time).is_err()));
    }
}
