//! Media types: which are JSON, which are events, which are none at all.

/// The media type of one event in structured mode, exactly as it is sent.
pub const STRUCTURED_TYPE: &str = "application/cloudevents+json";

/// The media type of a batch of events, exactly as it is sent.
pub const BATCH_TYPE: &str = "application/cloudevents-batch+json";

/// The type of data that is JSON and does not say so.
pub(super) const JSON_TYPE: &str = "application/json";

/// Whether a header of this type announces events, in whatever format.
pub(super) fn is_event(header: &[u8]) -> bool {
    const START: &[u8] = b"application/cloudevents";
    header.trim_ascii_start().get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
}

/// A media type without its parameters.
pub(super) fn essence(header: &[u8]) -> &[u8] {
    header.split(|byte| *byte == b';').next().unwrap_or(header).trim_ascii()
}

/// Whether data of this type is JSON: the subtype is `json` or ends in `+json`.
pub(super) fn is_json(text: &str) -> bool {
    let essence = essence(text.as_bytes());
    let subtype = essence.splitn(2, |byte| *byte == b'/').nth(1).unwrap_or_default();
    let suffix = subtype.rsplit(|byte| *byte == b'+').next().unwrap_or(subtype);
    suffix.eq_ignore_ascii_case(b"json")
}

/// Whether text is a media type at all, by the grammar of RFC 2045.
pub(super) fn is_one(text: &str) -> bool {
    let (essence, mut parameters) = text.split_once(';').map_or((text, None), |(start, rest)| (start, Some(rest)));
    let Some((kind, subtype)) = essence.trim_ascii().split_once('/') else { return false };
    while let Some(text) = parameters {
        match after_parameter(text) {
            Some(rest) => parameters = rest.strip_prefix(';'),
            None => return false,
        }
    }
    is_token(kind) && is_token(subtype)
}

/// What follows the first parameter of a list, if it is one: the next semicolon, or nothing.
fn after_parameter(text: &str) -> Option<&str> {
    let (name, value) = text.split_once('=')?;
    let (value_is_one, rest) = match value.trim_ascii_start().strip_prefix('"') {
        Some(quoted) => (true, after_quotes(quoted)?.trim_ascii_start()),
        None => {
            let end = value.find(';').unwrap_or(value.len());
            let (value, rest) = value.split_at_checked(end)?;
            (is_token(value.trim_ascii()), rest)
        }
    };
    let is_end = rest.is_empty() || rest.starts_with(';');
    (is_token(name.trim_ascii()) && value_is_one && is_end).then_some(rest)
}

fn after_quotes(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some(characters.as_str()),
            '\\' => _ = characters.next()?,
            _ => {}
        }
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~{}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_by_the_subtype() {
        for text in ["application/json", "text/JSON; charset=utf-8", "application/vnd.a+b+json;x=y", " foo/json "] {
            assert!(is_json(text), "{text}");
        }
        for text in ["", "json", "application/json-seq", "application/jsonp", "text/plain; x=\"a/json\"", "a+json"] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn a_media_type_is_two_tokens_and_parameters() {
        let ones = ["a/b", "text/plain; charset=utf-8", "a/b;c=\"d;\\\"e\" ; f=g", "text/plain; name=a%20b"];
        for text in ones {
            assert!(is_one(text), "{text}");
        }
        for text in ["", "xyz", "a/", "/b", "a/b/c", "a b/c", "a/b;", "a/b;c", "a/b;c=", "a/b;c=\"d", "a/b;c=\"d\"e"] {
            assert!(!is_one(text), "{text}");
        }
    }
}
