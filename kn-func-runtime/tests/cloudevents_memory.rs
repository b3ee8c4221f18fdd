//! A structured body costs its own size once more, whatever is in it. The only test of its process, for it looks at the peak.
#![cfg(target_os = "linux")]

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use kn_func_runtime::event::{Decoded, Profile, Reason, STRUCTURED_TYPE, decode};

const SIZE: usize = 8 << 20;

#[test]
fn a_body_of_many_small_values_does_not_grow_in_memory() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(STRUCTURED_TYPE));
    for (start, piece, end) in
        [("\"data\":[", "[],", "0]"), ("\"data\":[", "{\"\":0},", "0]"), ("", "\"a\":0,", "\"a\":0")]
    {
        let mut body = String::with_capacity(SIZE + 100);
        body.push_str(r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","#);
        body.push_str(start);
        while body.len() < SIZE {
            body.push_str(piece);
        }
        body.push_str(end);
        body.push('}');

        let before = memory("VmRSS:");
        let decoded = decode(&headers, &body.into(), Profile::Lenient);
        let grown = memory("VmHWM:") - before;
        match decoded {
            Ok(decoded) => assert!(matches!(decoded, Decoded::Event(_))),
            Err(fault) => assert_eq!(fault.reason(), Reason::TooLarge),
        }
        assert!(grown < 2 * SIZE, "{grown} bytes for {SIZE} of {piece}");
    }
}

/// What the kernel counts for this process, in bytes: the memory it has (`VmRSS`), or the most it ever had (`VmHWM`).
fn memory(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
