//! Encodings and digests.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use md5::Md5;
use model::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{boolean, optional, pure, result, string};
use crate::builtin::arguments::{flag, text};
use crate::error::ActionError;
use crate::manifest::Action;

/// Everything but the characters that RFC 3986 calls unreserved.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Senders differ in whether they pad.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

pub(super) fn actions() -> Vec<Action> {
    let source = || string("sourceString", "The text.");
    vec![
        pure(
            "base64Encode",
            "Encodes the UTF-8 form of a text in Base64.",
            vec![source(), optional(boolean("urlSafe", "Whether to use - and _ and no padding.")).with_default(false)],
            string("result", "The encoded text."),
            base64_encode,
        ),
        pure(
            "base64Decode",
            "Decodes Base64, with or without padding, also its form for URLs; white space is ignored.",
            vec![source()],
            string("result", "The text; bytes that are not UTF-8 are replaced by U+FFFD."),
            base64_decode,
        ),
        pure(
            "urlEncode",
            "Percent-encodes a text, so that it can be a part of a URL.",
            vec![source()],
            string("result", "The encoded text."),
            |input| result("result", utf8_percent_encode(text(input, "sourceString")?, &RESERVED).to_string()),
        ),
        pure(
            "urlDecode",
            "Decodes percent-encoded text.",
            vec![source(), optional(boolean("plusIsSpace", "Whether + stands for a space.")).with_default(false)],
            string("result", "The text; bytes that are not UTF-8 are replaced by U+FFFD."),
            url_decode,
        ),
        pure(
            "hash",
            "Computes the digest of the UTF-8 form of a text, to look indicators up.",
            vec![source(), optional(string("algorithm", "md5, sha1, sha256 or sha512.")).with_default("sha256")],
            string("result", "The digest in lower-case hexadecimal."),
            hash,
        ),
    ]
}

fn base64_encode(input: &Value) -> Result<Value, ActionError> {
    let source = text(input, "sourceString")?;
    let encoded =
        if flag(input, "urlSafe") { BASE64_URL_SAFE_NO_PAD.encode(source) } else { BASE64_STANDARD.encode(source) };
    result("result", encoded)
}

fn base64_decode(input: &Value) -> Result<Value, ActionError> {
    let source = text(input, "sourceString")?;
    let compact: String = source.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let alphabet = if compact.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let bytes = GeneralPurpose::new(alphabet, LENIENT)
        .decode(compact)
        .map_err(|_| ActionError::input("sourceString", "it is not Base64"))?;
    result("result", String::from_utf8_lossy(&bytes).as_ref())
}

fn url_decode(input: &Value) -> Result<Value, ActionError> {
    let source = text(input, "sourceString")?;
    let source = if flag(input, "plusIsSpace") { source.replace('+', " ") } else { source.to_owned() };
    result("result", percent_decode_str(&source).decode_utf8_lossy().as_ref())
}

fn hash(input: &Value) -> Result<Value, ActionError> {
    let source = text(input, "sourceString")?;
    result(
        "result",
        match text(input, "algorithm")?.to_ascii_lowercase().replace('-', "").as_str() {
            "md5" => digest::<Md5>(source),
            "sha1" => digest::<Sha1>(source),
            "sha256" => digest::<Sha256>(source),
            "sha512" => digest::<Sha512>(source),
            _ => return Err(ActionError::input("algorithm", "expected md5, sha1, sha256 or sha512")),
        },
    )
}

fn digest<D: Digest>(text: &str) -> String {
    D::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
