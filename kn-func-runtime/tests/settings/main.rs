//! Settings from variables and from folders that change as Kubernetes changes them.

#![cfg(unix)]

mod mount;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use kn_func_runtime::Settings;
use mount::Mount;
use serde::Deserialize;

fn no_variables() -> Settings {
    Settings::new().vars([])
}

fn words(settings: &Settings) -> String {
    settings.read::<Greeting>().map(|_| ()).unwrap_err().to_string()
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Greeting {
    words: String,
    #[serde(default)]
    is_loud: bool,
    daily_limit: Option<u32>,
    #[serde(default)]
    tone: Option<Tone>,
    #[serde(default, rename = "tls.crt")]
    certificate: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tone {
    Warm,
    Cold,
}

#[test]
fn texts_become_what_the_fields_are() {
    let mount = Mount::new(&[
        ("words", b"good morning"),
        ("is-loud", b"true"),
        ("daily-limit", b"7"),
        ("tone", b"cold"),
        ("tls.crt", b"-----BEGIN"),
    ]);
    let read = no_variables().folder(&mount.0).read::<Greeting>().unwrap();
    let certificate = "-----BEGIN".into();
    let words = "good morning".into();
    assert_eq!(read, Greeting { words, is_loud: true, daily_limit: Some(7), tone: Some(Tone::Cold), certificate });
}

#[test]
fn a_text_of_digits_stays_as_it_is() {
    let read = Settings::new().vars([("WORDS", "0070"), ("TLS_CRT", "1e3")]).read::<Greeting>().unwrap();
    assert_eq!((read.words.as_str(), read.certificate.as_str()), ("0070", "1e3"));
}

#[test]
fn one_line_end_after_a_file_is_no_part_of_it() {
    for (written, read) in [(&b"a\n"[..], "a"), (b"a\r\n", "a"), (b" a\n\n", " a\n"), (b"a\nb", "a\nb"), (b"\n", "")] {
        let mount = Mount::new(&[("words", written)]);
        assert_eq!(no_variables().folder(&mount.0).read::<Greeting>().unwrap().words, read);
    }
}

#[test]
fn a_variable_wins_over_a_file_and_a_folder_over_those_after_it() {
    let first = Mount::new(&[("words", b"first")]);
    let second = Mount::new(&[("words", b"second"), ("daily-limit", b"2")]);
    let settings = no_variables().prefix("MY_").folder(&first.0).folder(&second.0);
    let read = |settings: &Settings| settings.read::<Greeting>().map(|it| (it.words, it.daily_limit)).unwrap();
    assert_eq!(read(&settings), ("first".into(), Some(2)));
    let vars = [("MY_WORDS", "variable"), ("MY_DAILY_LIMIT", "3"), ("WORDS", "of another")];
    assert_eq!(read(&settings.clone().vars(vars)), ("variable".into(), Some(3)));
    assert_eq!(read(&settings.vars([("MY_WORDS", "")])), ("first".into(), Some(2)), "empty is not set");
}

#[test]
fn an_ordinary_folder_will_do() {
    let folder = Mount::new(&[]);
    fs::remove_file(folder.0.join("..data")).unwrap();
    fs::write(folder.0.join("words"), "plain\n").unwrap();
    assert_eq!(no_variables().folder(&folder.0).read::<Greeting>().unwrap().words, "plain");
}

#[test]
fn what_is_missing_is_named_with_all_places_where_it_may_be() {
    let mount = Mount::new(&[("other", b"x")]);
    let settings = no_variables().prefix("MY_").folder(&mount.0).folder("/nowhere");
    let expected = format!(
        "setting `words` is missing; looked for in variable MY_WORDS and file {}/words and file /nowhere/words",
        mount.text()
    );
    assert_eq!(words(&settings), expected);
    assert_eq!(settings.read::<Greeting>().unwrap_err().key(), Some("words"));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_would_be_right() {
    let mount = Mount::new(&[("words", b"hello"), ("daily-limit", b"hunter2")]);
    let settings = no_variables().folder(&mount.0);
    let file = format!("file {}/daily-limit", mount.text());
    let places = format!("looked for in variable DAILY_LIMIT and {file}");
    assert_eq!(words(&settings), format!("setting `daily-limit` from {file} is wrong; expected an integer; {places}"));

    let expected = "setting `daily-limit` from variable DAILY_LIMIT is wrong; expected an unsigned 32 bit integer; ";
    let settings = settings.vars([("DAILY_LIMIT", "4294967296")]);
    assert_eq!(words(&settings), format!("{expected}{places}"));
}

#[test]
fn a_file_that_is_no_text_or_no_file_is_named() {
    let mount = Mount::new(&[("words", b"hunter2\xff")]);
    let file = format!("{}/words", mount.text());
    let settings = no_variables().folder(&mount.0);
    let expected = format!(
        "setting `words` from file {file} is wrong; expected UTF-8 text; looked for in variable WORDS and file {file}"
    );
    assert_eq!(words(&settings), expected);

    fs::remove_file(mount.0.join("..data/words")).unwrap();
    fs::create_dir(mount.0.join("..data/words")).unwrap();
    let expected = format!("setting `words` from file {file} cannot be read: Is a directory");
    assert!(words(&settings).starts_with(&expected), "{}", words(&settings));
}

/// Types whose own words quote what they were given.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "none can be read")]
struct Talkative {
    #[serde(default)]
    number: u8,
    #[serde(default)]
    flag: bool,
    #[serde(default)]
    list: Vec<String>,
    letter: Option<char>,
    tone: Option<Tone>,
    #[serde(default, deserialize_with = "refuse")]
    refused: String,
    #[serde(default, deserialize_with = "refuse_as_serde_does")]
    refused_as_serde_does: String,
}

fn refuse<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    Err(serde::de::Error::custom(format!("no {text}, expected {text}")))
}

fn refuse_as_serde_does<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    Err(serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &"something better"))
}

#[test]
fn a_value_is_in_no_error() {
    for (key, expected) in [
        ("number", "; expected an integer;"),
        ("flag", "; expected a boolean;"),
        ("list", "; expected a sequence;"),
        ("letter", "; expected a character;"),
        ("tone", " is wrong;"),
        ("refused", " is wrong;"),
        ("refused_as_serde_does", "; expected something better;"),
    ] {
        let mount = Mount::new(&[(key, b"hunter2, expected hunter2")]);
        let settings = no_variables().folder(&mount.0);
        let error = settings.read::<Talkative>().unwrap_err();
        assert_eq!(error.key(), Some(key));
        assert!(error.to_string().contains(expected), "{error}");
        let shown = format!("{error} {error:?} {settings:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn an_empty_file_is_a_text_and_no_number() {
    let mount = Mount::new(&[("words", b""), ("daily-limit", b"\n")]);
    let error = words(&no_variables().folder(&mount.0));
    assert!(error.contains("`daily-limit` from file") && error.contains("; expected an integer;"), "{error}");
}

#[test]
fn a_field_may_have_another_name_but_not_two() {
    #[derive(Debug, Deserialize)]
    struct Renamed {
        #[serde(alias = "old")]
        new: String,
    }
    let settings = Settings::new().vars([("OLD", "hunter2")]);
    assert_eq!(settings.read::<Renamed>().unwrap().new, "hunter2");
    let error = settings.vars([("OLD", "hunter2"), ("NEW", "hunter3")]).read::<Renamed>().unwrap_err();
    assert_eq!(error.to_string(), "duplicate field `new`");
}

#[test]
fn settings_are_the_fields_of_a_struct() {
    let error = no_variables().read::<Vec<String>>().unwrap_err();
    assert_eq!(error.to_string(), "settings are the fields of a struct, without `flatten`");
}

/// Both are the same number in each state.
#[derive(Debug, Deserialize)]
struct Pair {
    one: usize,
    other: usize,
    /// Only even states have it.
    even: Option<usize>,
}

impl Pair {
    fn is_whole(&self) -> bool {
        self.one == self.other && self.even == (self.one % 2 == 0).then_some(self.one)
    }
}

fn publish(mount: &Mount, state: usize) {
    let number = state.to_string();
    let number = number.as_bytes();
    let all = [("one", number), ("other", number), ("even", number)];
    mount.publish(if state % 2 == 0 { &all } else { &all[..2] });
}

#[test]
fn what_is_read_while_a_folder_is_replaced_is_the_old_or_the_new_and_whole() {
    const STATES: usize = 300;
    let mount = Mount::new(&[]);
    publish(&mount, 1);
    let settings = no_variables().folder(&mount.0);
    let followed = settings.clone().follow::<Pair>().unwrap().every(Duration::ZERO);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 1;
                while done.load(Ordering::Acquire) == 0 {
                    let pair = followed.current();
                    assert!(pair.is_whole(), "{pair:?}");
                    assert!(pair.one >= last, "{pair:?} came after {last}");
                    last = pair.one;
                    let pair = settings.read::<Pair>().unwrap();
                    assert!(pair.is_whole(), "{pair:?}");
                }
            });
        }
        for state in 2..=STATES {
            publish(&mount, state);
        }
        done.store(1, Ordering::Release);
    });
    assert_eq!(followed.current().one, STATES);
}

#[test]
fn a_change_that_makes_no_sense_leaves_the_old_settings() {
    let mount = Mount::new(&[("one", b"1"), ("other", b"1")]);
    let followed = no_variables().folder(&mount.0).follow::<Pair>().unwrap().every(Duration::ZERO);
    for wrong in [&[("one", &b"2"[..])][..], &[("one", b"2"), ("other", b"two")], &[("one", b"2"), ("other", b"\xff")]]
    {
        mount.publish(wrong);
        assert_eq!((followed.current().one, followed.current().other), (1, 1));
    }
    mount.publish(&[("one", b"3"), ("other", b"4")]);
    assert_eq!((followed.current().one, followed.current().other), (3, 4));
}

#[test]
fn a_folder_is_not_looked_at_again_before_its_time() {
    let mount = Mount::new(&[("one", b"1"), ("other", b"1")]);
    let followed = no_variables().folder(&mount.0).follow::<Pair>().unwrap().every(Duration::from_secs(3600));
    mount.publish(&[("one", b"2"), ("other", b"2")]);
    assert_eq!(followed.current().one, 1);
    assert_eq!(followed.every(Duration::ZERO).current().one, 2);
}

#[test]
fn followed_settings_show_no_value() {
    let followed = Settings::new().vars([("WORDS", "hunter2")]).follow::<Greeting>().unwrap();
    assert!(!format!("{followed:?}").contains("hunter2"));
}
