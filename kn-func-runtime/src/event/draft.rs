//! An event while it is read: the text of each attribute, not yet checked.

use std::borrow::Cow;

use cloudevents::event::{ExtensionValue, TryIntoUrl};
use cloudevents::{AttributesWriter, Event, EventBuilder, EventBuilderV10};

use super::attribute::check_text;
use super::fault::{Fault, Place, Unmet};
use super::reason::Reason;
use super::{Profile, media_type, time, uri};

const NO_REFERENCE: Unmet = Unmet { reason: Reason::InvalidUri, expected: "a URI-reference" };
const NOT_ABSOLUTE: Unmet = Unmet { reason: Reason::InvalidUri, expected: "an absolute URI" };
const NO_MEDIA_TYPE: Unmet =
    Unmet { reason: Reason::InvalidDatacontenttype, expected: "a media type such as application/json" };

/// The attributes of an event as a message gives them, with the message's own coding undone.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    id: Text<'a>,
    source: Text<'a>,
    ty: Text<'a>,
    datacontenttype: Text<'a>,
    dataschema: Text<'a>,
    subject: Text<'a>,
    time: Text<'a>,
    extensions: Vec<(Cow<'a, str>, ExtensionValue)>,
}

type Text<'a> = Option<Cow<'a, str>>;

/// Checks the one attribute that says how to read all others.
pub(super) fn check_version(text: Option<&str>, place: Place) -> Result<(), Fault> {
    match text {
        Some("1.0") => Ok(()),
        Some("") => Err(Fault::empty(place, "specversion")),
        Some(other) => {
            let unmet = Unmet { reason: Reason::UnsupportedSpecversion, expected: "`1.0`" };
            Err(Fault::value(place, "specversion", other.as_bytes(), unmet))
        }
        None => Err(Fault::missing(place, "specversion")),
    }
}

impl<'a> Draft<'a> {
    /// Where the text of an attribute goes that the specification names. `specversion` is not kept.
    pub(super) fn slot(&mut self, name: &str) -> Option<&mut Option<Cow<'a, str>>> {
        match name {
            "id" => Some(&mut self.id),
            "source" => Some(&mut self.source),
            "type" => Some(&mut self.ty),
            "datacontenttype" => Some(&mut self.datacontenttype),
            "dataschema" => Some(&mut self.dataschema),
            "subject" => Some(&mut self.subject),
            "time" => Some(&mut self.time),
            _ => None,
        }
    }

    /// Adds an extension; one of the same name that was there before is replaced.
    pub(super) fn extension(&mut self, name: Cow<'a, str>, value: ExtensionValue) {
        self.extensions.push((name, value));
    }

    /// Checks every attribute and builds the event, without data.
    pub(super) fn build(self, place: Place, profile: Profile) -> Result<Event, Fault> {
        let checks = Checks { place, profile };
        let id = checks.required("id", self.id)?;
        let source = checks.required("source", self.source)?;
        if profile == Profile::Strict && !uri::is_reference(&source) {
            return Err(Fault::value(place, "source", source.as_bytes(), NO_REFERENCE));
        }
        let ty = checks.required("type", self.ty)?;
        let built = EventBuilderV10::new().id(id).source(source).ty(ty).build();
        let mut event = built.map_err(|error| Fault::new(Reason::MissingAttribute, error.to_string()))?;

        if let Some(subject) = checks.optional("subject", self.subject)? {
            event.set_subject(Some(subject));
        }
        if let Some(text) = checks.optional("datacontenttype", self.datacontenttype)? {
            if profile == Profile::Strict && !media_type::is_one(&text) {
                return Err(Fault::value(place, "datacontenttype", text.as_bytes(), NO_MEDIA_TYPE));
            }
            event.set_datacontenttype(Some(text));
        }
        if let Some(text) = checks.not_empty("dataschema", self.dataschema)? {
            let allowed = profile == Profile::Lenient || uri::is_absolute(&text);
            match text.as_ref().into_url() {
                Ok(url) if allowed => _ = event.set_dataschema(Some(url)),
                _ => return Err(Fault::value(place, "dataschema", text.as_bytes(), NOT_ABSOLUTE)),
            }
        }
        if let Some(text) = checks.not_empty("time", self.time)? {
            let time = time::parse(&text, profile);
            event.set_time(Some(time.map_err(|unmet| Fault::value(place, "time", text.as_bytes(), unmet))?));
        }
        for (name, value) in self.extensions {
            if let ExtensionValue::String(text) = &value {
                checks.text(&name, text)?;
            }
            event.set_extension(&name, value);
        }
        Ok(event)
    }
}

#[derive(Debug, Clone, Copy)]
struct Checks {
    place: Place,
    profile: Profile,
}

impl Checks {
    fn required(self, name: &'static str, text: Text<'_>) -> Result<String, Fault> {
        match self.not_empty(name, text)? {
            Some(text) => Ok(text.into_owned()),
            None => Err(Fault::missing(self.place, name)),
        }
    }

    /// For what many senders leave empty when they have none: the lenient profile takes that for absent.
    fn optional(self, name: &'static str, text: Text<'_>) -> Result<Option<String>, Fault> {
        match text {
            Some(text) if text.is_empty() && self.profile == Profile::Lenient => Ok(None),
            text => Ok(self.not_empty(name, text)?.map(Cow::into_owned)),
        }
    }

    fn not_empty<'a>(self, name: &'static str, text: Text<'a>) -> Result<Text<'a>, Fault> {
        let Some(text) = text else { return Ok(None) };
        if text.is_empty() {
            return Err(Fault::empty(self.place, name));
        }
        self.text(name, &text)?;
        Ok(Some(text))
    }

    fn text(self, name: &str, text: &str) -> Result<(), Fault> {
        check_text(text, self.profile).map_err(|unmet| Fault::value(self.place, name, text.as_bytes(), unmet))
    }
}
