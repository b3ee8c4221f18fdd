//! What names and values an attribute may have.

use super::Profile;
use super::fault::Unmet;
use super::reason::Reason;

/// Whether a name is one that attributes have: `a` to `z` and `0` to `9`, and not empty.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Whether a name means something else than an extension.
pub(super) fn is_reserved(name: &str) -> bool {
    matches!(
        name,
        "specversion" | "id" | "source" | "type" | "datacontenttype" | "dataschema" | "subject" | "time" | "data"
    )
}

/// Checks that text has only characters that the type String of CloudEvents may have.
///
/// A surrogate cannot occur in a `str`. A noncharacter is harmless, so only the strict profile minds it.
pub(super) fn check_text(text: &str, profile: Profile) -> Result<(), Unmet> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(());
    }
    if text.chars().any(char::is_control) {
        return Err(Unmet { reason: Reason::InvalidAttributeValue, expected: "no control characters" });
    }
    if profile == Profile::Strict && text.chars().any(is_noncharacter) {
        return Err(Unmet { reason: Reason::InvalidAttributeValue, expected: "no Unicode noncharacters" });
    }
    Ok(())
}

fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// Checks that an integer has no more bits than the type Integer of CloudEvents.
pub(super) fn check_integer(integer: i64) -> Result<i64, Unmet> {
    match i32::try_from(integer) {
        Ok(_) => Ok(integer),
        Err(_) => Err(OUT_OF_RANGE),
    }
}

pub(super) const OUT_OF_RANGE: Unmet =
    Unmet { reason: Reason::IntegerOutOfRange, expected: "an integer from -2147483648 to 2147483647" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_lower_case_letters_and_digits_only() {
        for name in ["a", "42", "1abc", "averyveryverylongextensionname"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "A", "my-ext", "my_ext", "my.ext", "caf\u{e9}", "a b", "data_base64"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn control_characters_are_refused_in_both_profiles() {
        for text in ["\0", "a\nb", "\u{7f}", "\u{85}", "\u{9f}"] {
            assert!(check_text(text, Profile::Lenient).is_err(), "{text:?}");
        }
    }

    #[test]
    fn noncharacters_are_refused_in_the_strict_profile_only() {
        for text in ["\u{fffe}", "\u{ffff}", "\u{1ffff}", "\u{10fffe}", "\u{fdd0}", "\u{fdef}"] {
            assert!(check_text(text, Profile::Strict).is_err(), "{text:?}");
            assert!(check_text(text, Profile::Lenient).is_ok(), "{text:?}");
        }
        assert!(check_text("\u{fdcf}\u{fdf0}\u{fffd} \u{20ac}", Profile::Strict).is_ok());
    }

    #[test]
    fn an_integer_has_32_bits() {
        assert_eq!(check_integer(i64::from(i32::MIN)), Ok(i64::from(i32::MIN)));
        assert_eq!(check_integer(i64::from(i32::MAX) + 1), Err(OUT_OF_RANGE));
    }
}
