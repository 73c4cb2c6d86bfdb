//! New tokens, keys and passwords.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;

const CAPITALS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A token: 256 random bits, 43 characters.
pub(crate) fn token() -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The public part of an access key: 20 capitals and digits.
pub(crate) fn access_key() -> Result<String, Error> {
    text(CAPITALS, 20)
}

/// The secret part of an access key: 40 letters and digits, 238 bits.
pub(crate) fn secret_key() -> Result<String, Error> {
    text(LETTERS, 40)
}

/// A password: 24 letters and digits, 142 bits.
pub fn password() -> Result<String, Error> {
    text(LETTERS, 24)
}

fn text(alphabet: &[u8], length: usize) -> Result<String, Error> {
    // Bytes beyond the last whole multiple of the alphabet would make its first characters more likely.
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        text.extend(fair.map(|byte| char::from(alphabet[byte % alphabet.len()])).take(length - text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_alphabets_are_the_contracts() {
        let key = access_key().expect("random");
        assert!(key.len() == 20 && key.bytes().all(|byte| CAPITALS.contains(&byte)), "{key}");
        let secret = secret_key().expect("random");
        assert!(secret.len() == 40 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(token().expect("random").len(), 43);
        assert_ne!(token().expect("random"), token().expect("random"));
    }

    #[test]
    fn every_character_comes_up() {
        let long = text(LETTERS, 5_000).expect("random");
        assert!(LETTERS.iter().all(|byte| long.bytes().any(|have| have == *byte)));
    }
}
