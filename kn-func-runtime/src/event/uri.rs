//! Whether text is a URI, by the grammar of RFC 3986.

/// Whether text is a URI or a relative reference. The empty text is one, too.
pub(super) fn is_reference(text: &str) -> bool {
    let (text, fragment) = split(text, '#');
    let (hierarchy, query) = split(text, '?');
    if !is_query(query) || !is_query(fragment) {
        return false;
    }
    match scheme(hierarchy) {
        Some((scheme, rest)) => is_scheme(scheme) && is_hierarchy(rest),
        None => is_hierarchy(hierarchy),
    }
}

/// Whether text is a URI that stands on its own, with or without a fragment.
pub(super) fn is_absolute(text: &str) -> bool {
    scheme(text).is_some_and(|(scheme, _)| is_scheme(scheme)) && is_reference(text)
}

fn split(text: &str, mark: char) -> (&str, &str) {
    text.split_once(mark).unwrap_or((text, ""))
}

/// What is before the first colon of the first segment: a relative reference has none there.
fn scheme(hierarchy: &str) -> Option<(&str, &str)> {
    hierarchy.split_once(':').filter(|(scheme, _)| !scheme.contains(['/', '?', '#']))
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_hierarchy(text: &str) -> bool {
    match text.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = split(rest, '/');
            is_authority(authority) && is_path(path)
        }
        None => is_path(text),
    }
}

fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
    let host_is_one = match host.strip_prefix('[').and_then(|literal| literal.split_once(']')) {
        Some((address, "")) => is_address(address),
        Some((address, port)) => is_address(address) && port.strip_prefix(':').is_some_and(is_port),
        None => {
            let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
            has_only(name, b"") && is_port(port)
        }
    };
    has_only(user, b":") && host_is_one
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An IPv6 address, or what may follow it some day: `v1.whatever`.
fn is_address(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok()
        || text.strip_prefix(['v', 'V']).and_then(|future| future.split_once('.')).is_some_and(|(version, address)| {
            !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && !address.contains('%')
                && has_only(address, b":")
        })
}

fn is_path(text: &str) -> bool {
    has_only(text, b":@/")
}

fn is_query(text: &str) -> bool {
    has_only(text, b":@/?")
}

/// Whether text consists of unreserved characters, sub-delimiters, percent-encoded octets and what is given.
fn has_only(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'%' => {
                [bytes.next(), bytes.next()].iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()))
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte) || more.contains(&byte),
        };
        if !allowed {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_are_references() {
        let references = [
            "",
            "/",
            "/s",
            "#fragment",
            "?query",
            "1-555-123-4567",
            "mailto:cncf-wg-serverless@lists.cncf.io",
            "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
            "https://github.com/cloudevents",
            "//host/x",
            "//host:8080",
            "//user:secret@host:/",
            "http://[::1]:80/a?b=c:d/e?f#g?h",
            "http://[v1.a:b]/",
            "http://",
            "/a%20b",
            "./a:b",
            "a/b:c",
        ];
        for text in references {
            assert!(is_reference(text), "{text}");
        }
    }

    #[test]
    fn these_are_no_references() {
        let others = [
            "/a b",
            "/caf\u{e9}",
            "/a%zz",
            "/a%2",
            "%",
            "1:2",
            ":x",
            "a_b:c",
            "#a#b",
            "/[x]",
            "http://[::g]/",
            "http://[::1",
            "http://[::1]x",
            "http://h:8o/",
            "http://a@b@c/",
            "<x>",
            "\"",
            "\\",
            "^",
            "`",
            "{}",
            "|",
        ];
        for text in others {
            assert!(!is_reference(text), "{text}");
        }
    }

    #[test]
    fn an_absolute_uri_has_a_scheme() {
        for text in ["urn:example:schema:1", "https://example.com/s#frag", "a+b-c.d:"] {
            assert!(is_absolute(text), "{text}");
        }
        for text in ["", "/schemas/x", "schemas/x", "//host/x", "#a:b", "1:2", "https://a b"] {
            assert!(!is_absolute(text), "{text}");
        }
    }
}
