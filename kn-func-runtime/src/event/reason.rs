//! The kinds of faults, for programs.

use http::StatusCode;

/// The kind of a [`Fault`](super::Fault).
///
/// ```
/// use kn_func_runtime::event::Reason;
///
/// assert_eq!(Reason::MissingAttribute.as_str(), "missing_attribute");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A required attribute is not there.
    MissingAttribute,
    /// An attribute that must not be empty is.
    EmptyAttribute,
    /// `specversion` is not `1.0`.
    UnsupportedSpecversion,
    /// A name has other characters than `a` to `z` and `0` to `9`.
    InvalidAttributeName,
    /// An extension is named like an attribute of the specification, or `data`.
    ReservedAttributeName,
    /// A value has characters that no attribute may have.
    InvalidAttributeValue,
    /// A member has a JSON type that its attribute cannot have.
    InvalidAttributeType,
    /// An integer has more than 32 bits.
    IntegerOutOfRange,
    /// An attribute is given more than once.
    DuplicateAttribute,
    /// `ce-datacontenttype` is given; only `content-type` may say that.
    ForbiddenHeader,
    /// A header is not percent-encoded UTF-8.
    InvalidPercentEncoding,
    /// A quoted header does not end where its quotes do.
    InvalidQuotedString,
    /// A header has bytes that had to be percent-encoded.
    NonAsciiHeader,
    /// `source` is no URI-reference, or `dataschema` no absolute URI.
    InvalidUri,
    /// `time` is not RFC 3339, or needs a year of more than four digits.
    InvalidTime,
    /// `datacontenttype` is no media type.
    InvalidDatacontenttype,
    /// The body is not JSON.
    InvalidJson,
    /// The body is JSON, but not the object or array that the mode asks for.
    InvalidEnvelope,
    /// `data_base64` is not base64.
    InvalidBase64,
    /// Both `data` and `data_base64` are given.
    DataAndDataBase64,
    /// `data` is not a string, and its media type is not JSON.
    DataNotString,
    /// The media type is an event format other than JSON.
    UnsupportedFormat,
    /// A batch came where one event is taken.
    BatchUnsupported,
    /// The body, the batch or the event is larger than what is taken.
    TooLarge,
}

impl Reason {
    /// The reason as a machine reads it, such as `missing_attribute`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingAttribute => "missing_attribute",
            Self::EmptyAttribute => "empty_attribute",
            Self::UnsupportedSpecversion => "unsupported_specversion",
            Self::InvalidAttributeName => "invalid_attribute_name",
            Self::ReservedAttributeName => "reserved_attribute_name",
            Self::InvalidAttributeValue => "invalid_attribute_value",
            Self::InvalidAttributeType => "invalid_attribute_type",
            Self::IntegerOutOfRange => "integer_out_of_range",
            Self::DuplicateAttribute => "duplicate_attribute",
            Self::ForbiddenHeader => "forbidden_header",
            Self::InvalidPercentEncoding => "invalid_percent_encoding",
            Self::InvalidQuotedString => "invalid_quoted_string",
            Self::NonAsciiHeader => "non_ascii_header",
            Self::InvalidUri => "invalid_uri",
            Self::InvalidTime => "invalid_time",
            Self::InvalidDatacontenttype => "invalid_datacontenttype",
            Self::InvalidJson => "invalid_json",
            Self::InvalidEnvelope => "invalid_envelope",
            Self::InvalidBase64 => "invalid_base64",
            Self::DataAndDataBase64 => "data_and_data_base64",
            Self::DataNotString => "data_not_string",
            Self::UnsupportedFormat => "unsupported_format",
            Self::BatchUnsupported => "batch_unsupported",
            Self::TooLarge => "too_large",
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::UnsupportedFormat | Self::BatchUnsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
