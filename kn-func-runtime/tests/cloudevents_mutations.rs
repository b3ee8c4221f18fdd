//! Requests that are nearly those of the cases: no one may panic, and what is taken can be sent on.

#[path = "cloudevents/case.rs"]
mod case;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use kn_func_runtime::event::{Decoded, Event, EventExt, Fault, Profile, decode, encode_binary, encode_structured};

const ROUNDS: usize = 40_000;

/// Bytes that mean something in a header, in JSON or in UTF-8.
const TELLING: &[u8] = b"\"\\%{}[]:,;/-+.0123456789aAzZ_ \t\x00\x7f\x80\xc0\xe2\xed\xf0\xff#?=eEnullu";

/// xorshift64: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn telling_byte(&mut self) -> u8 {
        TELLING[self.below(TELLING.len())]
    }
}

#[test]
fn no_request_panics_and_what_is_taken_can_be_sent_on() {
    let cases = case::all();
    let requests: Vec<_> = cases.iter().filter_map(|case| case.get("request")).map(of).collect();
    let requests: Vec<_> = requests.into_iter().filter(|(_, body)| body.len() < 4096).collect();
    assert!(!requests.is_empty());

    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut taken = 0;
    for _ in 0..ROUNDS {
        let (mut headers, mut body) = requests[numbers.below(requests.len())].clone();
        for _ in 0..=numbers.below(3) {
            match numbers.below(2) {
                0 => change_header(&mut headers, &mut numbers),
                _ => change(&mut body, &mut numbers),
            }
        }
        let (headers, body) = (headers.iter().filter_map(as_header).collect(), Bytes::from(body));
        for profile in [Profile::Lenient, Profile::Strict] {
            match decode(&headers, &body, profile) {
                Ok(Decoded::Event(event)) => taken += send_on(event),
                Ok(Decoded::Batch(events)) => taken += events.into_iter().map(send_on).sum::<usize>(),
                Ok(_) => {}
                Err(fault) => check_words(&fault),
            }
        }
    }
    assert!(taken > ROUNDS / 10, "only {taken} events were taken: the changes are too coarse to tell anything");
}

type Headers = Vec<(Vec<u8>, Vec<u8>)>;

fn of(request: &serde_json::Value) -> (Headers, Vec<u8>) {
    let headers = case::headers(request);
    let headers = headers.iter().map(|(name, value)| (name.as_str().into(), value.as_bytes().to_vec())).collect();
    (headers, case::body(request).to_vec())
}

/// What HTTP cannot carry does not come here.
fn as_header((name, value): &(Vec<u8>, Vec<u8>)) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
}

fn change_header(headers: &mut Headers, numbers: &mut Numbers) {
    let index = numbers.below(headers.len());
    let Some((name, value)) = headers.get_mut(index) else { return };
    match numbers.below(8) {
        0 => _ = headers.remove(index),
        1 => {
            let repeated = headers[index].clone();
            headers.push(repeated);
        }
        2 => change(name, numbers),
        _ => change(value, numbers),
    }
}

fn change(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = numbers.below(bytes.len());
    match numbers.below(5) {
        0 if !bytes.is_empty() => bytes[at] = numbers.telling_byte(),
        1 if !bytes.is_empty() => _ = bytes.remove(at),
        2 => bytes.truncate(at),
        3 => {
            let end = bytes.len().min(at + numbers.below(16));
            let piece = bytes[at..end].to_vec();
            let to = numbers.below(bytes.len());
            bytes.splice(to..to, piece);
        }
        _ => bytes.insert(at, numbers.telling_byte()),
    }
}

/// Sends an event on in both modes, and counts it.
fn send_on(event: Event) -> usize {
    _ = event.data_json::<serde_json::Value>();
    let data = event.data_bytes().map(|octets| octets.into_owned()).unwrap_or_default();

    let mut headers = HeaderMap::new();
    match encode_binary(event.clone(), &mut headers) {
        Ok(body) => {
            assert_eq!(body, data);
            assert!(matches!(decode(&headers, &body, Profile::Lenient), Ok(Decoded::Event(_))), "{headers:?}");
        }
        Err(fault) => check_words(&fault),
    }
    match encode_structured(event) {
        Ok(body) => {
            let headers = [("content-type", "application/cloudevents+json")];
            let headers = headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            let decoded = decode(&HeaderMap::from_iter(headers), &body, Profile::Lenient);
            assert!(matches!(decoded, Ok(Decoded::Event(_))), "{decoded:?} from {}", body.escape_ascii());
        }
        Err(fault) => check_words(&fault),
    }
    1
}

fn check_words(fault: &Fault) {
    let words = fault.to_string();
    assert!(words.len() < 400 && words.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{words:?}");
}
