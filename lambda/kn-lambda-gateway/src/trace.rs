//! The trace that a request belongs to, in X-Ray's words.

use http::HeaderMap;

/// The `X-Amzn-Trace-Id`, or one made of the W3C `traceparent` (Trace Context, section 3.2), whose trace ids X-Ray shares.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    text("x-amzn-trace-id").map(str::to_owned).or_else(|| from_traceparent(text("traceparent")?))
}

fn from_traceparent(traceparent: &str) -> Option<String> {
    let mut fields = traceparent.split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_valid = is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    let is_none = |id: &str| id.bytes().all(|byte| byte == b'0');
    if !is_valid || is_none(trace) || is_none(parent) {
        return None;
    }
    let (epoch, unique) = trace.split_at(8);
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
    Some(format!("Root=1-{epoch}-{unique};Parent={parent};Sampled={sampled}"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(name: &'static str, value: &'static str) -> Option<String> {
        trace_id(&HeaderMap::from_iter([(http::HeaderName::from_static(name), HeaderValue::from_static(value))]))
    }

    #[test]
    fn x_rays_own_header_is_taken_as_it_is() {
        assert_eq!(of("x-amzn-trace-id", "Root=1-a-b;Sampled=1").as_deref(), Some("Root=1-a-b;Sampled=1"));
    }

    #[test]
    fn a_traceparent_is_said_in_x_rays_words() {
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let expected = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1";
        assert_eq!(of("traceparent", traceparent).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_traceparent_gives_no_trace() {
        for value in ["", "00", "00-0-0-0", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
            assert_eq!(of("traceparent", value), None, "{value}");
        }
    }
}
