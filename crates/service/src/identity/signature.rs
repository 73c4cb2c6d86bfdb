//! AK/SK signatures of requests: what was signed, rebuilt from the plain parts of a request, and the check of the MAC.
//!
//! Pure: it looks up no key and reads no clock. Two algorithms are read: `SDK-HMAC-SHA256`, which signs with the secret
//! key itself, and `V11-HMAC-SHA256`, which signs with a key derived from it (HKDF, RFC 5869). Reading has two steps, so
//! that a hopeless request is refused before its body is read: [`Presented::parse`], then [`Presented::complete`].

use hmac::{Hmac, KeyInit, Mac};
use model::Timestamp;
use model::time::Zone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// The SHA-256 of nothing, in hexadecimal.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How far the date of a request may lie from the server's clock, in either direction, in microseconds: 15 minutes.
pub const MAX_SKEW_MICROS: u64 = 15 * 60 * 1_000_000;

/// Stands for the hash of a body that was not signed.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const DATE_HEADER: &str = "x-sdk-date";
const HASH_HEADER: &str = "x-sdk-content-sha256";

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The headers of a request: names in lower case, values as received, in the order of the request.
pub type Headers<'a> = &'a [(&'a str, &'a [u8])];

/// How the signing key comes from the secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `SDK-HMAC-SHA256`: it is the secret key.
    Direct,
    /// `V11-HMAC-SHA256`: it is derived from the secret key for a day, a region and a service.
    Derived,
}

/// What the request says about its body in a signed `X-Sdk-Content-Sha256`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// Nothing: the hash of the body as received was signed.
    Nothing,
    /// The body was not signed.
    Unsigned,
    /// This hash was signed: 64 hexadecimal characters.
    Sha256(String),
}

/// What the server knows about the body when it rebuilds what was signed.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// The whole body was read; its SHA-256 in hexadecimal.
    Read(&'a str),
    /// The body is streamed. What the request declares stands in; the caller compares a declared hash at the end.
    Streamed,
}

/// Why a signature cannot be checked. It says nothing about whether the key exists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The `Authorization` header does not have the form of the contract.
    #[error("the Authorization header does not have the form `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`")]
    Malformed,
    /// Another algorithm.
    #[error("the signature algorithm is not supported: use SDK-HMAC-SHA256 or V11-HMAC-SHA256")]
    Algorithm,
    /// `X-Sdk-Date` is missing, repeated or has another form, or the derived key is for another day.
    #[error("the X-Sdk-Date header is missing or does not have the form 20250718T064446Z")]
    Date,
    /// A header that has to be signed is not in `SignedHeaders`.
    #[error("the header `{0}` must be signed")]
    NotSigned(&'static str),
    /// `SignedHeaders` names a header that the request does not have.
    #[error("the signed header `{0}` is missing")]
    Missing(String),
    /// The declared hash is not the one of the body.
    #[error("the body is not the one that was signed: its SHA-256 differs from X-Sdk-Content-Sha256")]
    BodyAltered,
    /// `UNSIGNED-PAYLOAD` where the body has to be signed.
    #[error("UNSIGNED-PAYLOAD is accepted only for file uploads: sign the body")]
    BodyNotSigned,
    /// An upload without a signed `X-Sdk-Content-Sha256`.
    #[error("file uploads must have a signed X-Sdk-Content-Sha256 header: the body's SHA-256 or UNSIGNED-PAYLOAD")]
    UploadHash,
}

/// The signature as presented in the headers; the body is not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The id of the access key.
    pub access_key: String,
    /// With a derived key: `yyyymmdd/region/service`.
    pub scope: Option<String>,
    /// When the request was signed.
    pub date: Timestamp,
    /// What it says about its body.
    pub declared: Declared,
    date_text: String,
    signed_headers: String,
    signature: String,
}

/// A signature with all that is needed to check it, except the secret key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The id of the access key.
    pub access_key: String,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// With a derived key: `yyyymmdd/region/service`.
    pub scope: Option<String>,
    /// When the request was signed.
    pub date: Timestamp,
    /// The text that the signature covers.
    pub string_to_sign: String,
    /// The signature as received: 64 hexadecimal characters.
    pub signature: String,
}

/// Whether an `Authorization` header holds a signature of this kind, well formed or not.
pub fn is_signature(authorization: &str) -> bool {
    let scheme = authorization.split_whitespace().next().unwrap_or_default();
    scheme.starts_with("SDK-") || scheme.starts_with("V11-")
}

impl Presented {
    /// Reads the `Authorization` header and the headers that say when and what was signed.
    pub fn parse(authorization: &str, headers: Headers<'_>) -> Result<Self, SignatureError> {
        let (scheme, fields) = authorization.trim().split_once(' ').ok_or(SignatureError::Malformed)?;
        let algorithm = match scheme {
            "SDK-HMAC-SHA256" => Algorithm::Direct,
            "V11-HMAC-SHA256" => Algorithm::Derived,
            _ => return Err(SignatureError::Algorithm),
        };
        let (mut key, mut signed, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(SignatureError::Malformed)?;
            let slot = match (name, algorithm) {
                ("Access", Algorithm::Direct) | ("Credential", Algorithm::Derived) => &mut key,
                ("SignedHeaders", _) => &mut signed,
                ("Signature", _) => &mut signature,
                _ => return Err(SignatureError::Malformed),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err(SignatureError::Malformed);
            }
        }
        let (key, signed, signature) = match (key, signed, signature) {
            (Some(key), Some(signed), Some(signature)) if is_sha256(signature) => (key, signed, signature),
            _ => return Err(SignatureError::Malformed),
        };
        let (access_key, scope) = match algorithm {
            Algorithm::Direct => (key, None),
            Algorithm::Derived => {
                let (access_key, scope) = key.split_once('/').ok_or(SignatureError::Malformed)?;
                (access_key, Some(scope.to_owned()))
            }
        };

        for name in ["host", DATE_HEADER] {
            if !is_listed(signed, name) {
                return Err(SignatureError::NotSigned(name));
            }
        }
        for name in signed.split(';') {
            if !headers.iter().any(|(have, _)| have.eq_ignore_ascii_case(name)) {
                return Err(SignatureError::Missing(name.to_owned()));
            }
        }
        let date_text = single(headers, DATE_HEADER).ok_or(SignatureError::Date)?;
        let date = parse_date(date_text).ok_or(SignatureError::Date)?;
        if scope.as_deref().is_some_and(|scope| scope.split('/').next() != date_text.get(..8)) {
            return Err(SignatureError::Date);
        }
        // An unsigned hash header proves nothing: whoever alters the body can alter it too. It counts as absent.
        let declared = if is_listed(signed, HASH_HEADER) {
            match single(headers, HASH_HEADER) {
                Some(UNSIGNED_PAYLOAD) => Declared::Unsigned,
                Some(hash) if is_sha256(hash) => Declared::Sha256(hash.to_owned()),
                _ => return Err(SignatureError::BodyAltered),
            }
        } else {
            Declared::Nothing
        };

        Ok(Self {
            algorithm,
            access_key: access_key.to_owned(),
            scope,
            date,
            declared,
            date_text: date_text.to_owned(),
            signed_headers: signed.to_owned(),
            signature: signature.to_owned(),
        })
    }

    /// Whether the signature covers a header: what it does not cover, anybody on the way may have written.
    pub fn covers(&self, header: &str) -> bool {
        is_listed(&self.signed_headers, header)
    }

    /// Rebuilds what was signed. `path` and `query` (without `?`) are as received, percent-encoded.
    pub fn complete(
        self,
        method: &str,
        path: &str,
        query: &str,
        headers: Headers<'_>,
        payload: Payload<'_>,
    ) -> Result<SignedRequest, SignatureError> {
        let payload = self.payload_line(payload)?;
        let canonical = format!(
            "{method}\n{}\n{}\n{}\n{}\n{payload}",
            canonical_path(path),
            canonical_query(query),
            canonical_headers(&self.signed_headers, headers),
            self.signed_headers,
        );
        let hash = sha256_hex(canonical.as_bytes());
        let string_to_sign = match &self.scope {
            None => format!("SDK-HMAC-SHA256\n{}\n{hash}", self.date_text),
            Some(scope) => format!("V11-HMAC-SHA256\n{}\n{scope}\n{hash}", self.date_text),
        };
        Ok(SignedRequest {
            access_key: self.access_key,
            algorithm: self.algorithm,
            scope: self.scope,
            date: self.date,
            string_to_sign,
            signature: self.signature,
        })
    }

    fn payload_line(&self, payload: Payload<'_>) -> Result<String, SignatureError> {
        match (payload, &self.declared) {
            // The SDK signs the hash of nothing for an empty body, whatever the header declares.
            (Payload::Read(EMPTY_SHA256), Declared::Nothing | Declared::Unsigned) => Ok(EMPTY_SHA256.to_owned()),
            (Payload::Read(actual), Declared::Nothing) => Ok(actual.to_owned()),
            (Payload::Read(_), Declared::Unsigned) => Err(SignatureError::BodyNotSigned),
            (Payload::Read(actual), Declared::Sha256(hash)) if hash.eq_ignore_ascii_case(actual) => Ok(hash.clone()),
            (Payload::Read(_), Declared::Sha256(_)) => Err(SignatureError::BodyAltered),
            (Payload::Streamed, Declared::Nothing) => Err(SignatureError::UploadHash),
            (Payload::Streamed, Declared::Unsigned) => Ok(UNSIGNED_PAYLOAD.to_owned()),
            (Payload::Streamed, Declared::Sha256(hash)) => Ok(hash.clone()),
        }
    }
}

impl SignedRequest {
    /// Whether the request was signed at most [`MAX_SKEW_MICROS`] before or after `now`.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.date.0.abs_diff(now.0) <= MAX_SKEW_MICROS
    }
}

/// Whether the request was signed with this secret key. Takes the same time wherever the signatures differ.
pub fn verify(request: &SignedRequest, secret: &[u8]) -> bool {
    let mac = match (request.algorithm, &request.scope) {
        (Algorithm::Direct, None) => mac(secret, request.string_to_sign.as_bytes()),
        (Algorithm::Derived, Some(scope)) => {
            let key = derived_key(&request.access_key, secret, scope);
            mac(key.as_bytes(), request.string_to_sign.as_bytes())
        }
        (Algorithm::Direct, Some(_)) | (Algorithm::Derived, None) => return false,
    };
    from_hex(&request.signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok())
}

/// The SHA-256 of `bytes` in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes of a text in hexadecimal, in either case.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC key may have any length");
    mac.update(message);
    mac
}

/// HKDF with one block of output, written in hexadecimal: that text is the key.
fn derived_key(access_key: &str, secret: &[u8], scope: &str) -> String {
    let pseudo_random = mac(access_key.as_bytes(), secret).finalize().into_bytes();
    let block = mac(&pseudo_random, &[scope.as_bytes(), &[1]].concat()).finalize().into_bytes();
    to_hex(&block)
}

/// Decoded as a whole, then encoded between slashes, with a slash at the end: an escaped slash counts as a slash, as in
/// the SDK. No id holds a slash, so no two calls of the API share a canonical path.
fn canonical_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut canonical = decoded.split('/').map(encode).collect::<Vec<_>>().join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// Sorted by decoded name, then decoded value.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// One line for each value; several values of a header are sorted.
fn canonical_headers(signed: &str, headers: Headers<'_>) -> String {
    let mut lines = String::new();
    for name in signed.split(';') {
        let mut values: Vec<_> =
            headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| *value).collect();
        values.sort_unstable();
        for value in values {
            lines.push_str(name);
            lines.push(':');
            lines.push_str(String::from_utf8_lossy(value).trim());
            lines.push('\n');
        }
    }
    lines
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn is_listed(signed: &str, name: &str) -> bool {
    signed.split(';').any(|listed| listed.eq_ignore_ascii_case(name))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The value of a header that is there exactly once.
fn single<'a>(headers: Headers<'a>, name: &str) -> Option<&'a str> {
    let mut values = headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    std::str::from_utf8(first).ok().map(str::trim)
}

/// `20250718T064446Z`, in UTC.
fn parse_date(text: &str) -> Option<Timestamp> {
    let shape = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    if text.len() != 16 || !text.bytes().enumerate().all(shape) {
        return None;
    }
    Timestamp::parse(text, Zone::DEFAULT).ok()
}

#[cfg(test)]
mod tests;
