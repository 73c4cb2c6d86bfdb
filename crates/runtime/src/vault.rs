//! Sealing of secrets with the master key, which is in a file and never in the database.
//!
//! Envelope: each secret is encrypted with a key of its own (AES-256-GCM-SIV, RFC 8452), and that key with one derived
//! from the master key. Both carry what the secret belongs to as associated data, so a sealed secret cannot be moved to
//! another owner or name. Layout of version 1: `version (1) | key id (8) | nonce (12) | wrapped key (48) | nonce (12) |
//! ciphertext`.
//!
//! The key of the audit anchors is derived from the same master key.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use model::{Tenant, UserId};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::private_file;

const VERSION: u8 = 1;
const KEY: usize = 32;
const ID: usize = 8;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 1 + ID;
const WRAPPED: usize = HEADER + NONCE + KEY + TAG;
/// A key file holds one key; a longer file is some other file.
const FILE_LIMIT: u64 = 1024;

type Key = Zeroizing<[u8; KEY]>;

/// Why a key file or a sealed secret cannot be used. Messages name the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file.
    #[error("the master key file {} does not exist", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read or written.
    #[error("the master key file {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the master key file {} must hold 32 bytes, as 64 hexadecimal characters or as Base64", .0.display())]
    NotAKey(PathBuf),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random(#[source] getrandom::Error),
    /// The secret was sealed with another master key.
    #[error("the secret was sealed with the master key {sealed_with}, the key in use is {in_use}")]
    OtherKey {
        /// The id of the key that sealed it.
        sealed_with: String,
        /// The id of the key in use.
        in_use: String,
    },
    /// The sealed secret was changed, cut, moved to another owner, or written by a newer release.
    #[error("the sealed secret is damaged or belongs to something else")]
    Damaged,
}

/// What a secret belongs to, the associated data of its encryption. The same values are needed to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aad {
    tenant: [Uuid; 2],
    kind: &'static str,
    name: String,
}

impl Aad {
    /// A secret of a workspace: what sort of thing it belongs to (`connection`), and which one.
    pub fn of_tenant(tenant: Tenant, kind: &'static str, name: &str) -> Self {
        Self { tenant: [tenant.project.0, tenant.workspace.0], kind, name: name.to_owned() }
    }

    /// A secret of a user: what sort of thing it belongs to (`access_key`), and which one.
    pub fn of_user(user: UserId, kind: &'static str, name: &str) -> Self {
        Self { tenant: [user.0, Uuid::nil()], kind, name: name.to_owned() }
    }

    /// Header, layer, tenant, and the texts with their lengths, so that no two owners share one encoding.
    fn encode(&self, header: &[u8], layer: u8) -> Vec<u8> {
        let mut data = Vec::with_capacity(header.len() + 1 + 32 + 16 + self.kind.len() + self.name.len());
        data.extend_from_slice(header);
        data.push(layer);
        for id in self.tenant {
            data.extend_from_slice(id.as_bytes());
        }
        for text in [self.kind, &self.name] {
            data.extend_from_slice(&(text.len() as u64).to_be_bytes());
            data.extend_from_slice(text.as_bytes());
        }
        data
    }
}

/// The data key and the secret are encrypted in different layers, so one cannot stand for the other.
const WRAP_LAYER: u8 = 0;
const DATA_LAYER: u8 = 1;

/// A secret in the open. Its bytes are wiped when it is dropped and are never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Seals and opens secrets with one master key.
pub struct Vault {
    wrapping: Key,
    anchors: Key,
    links: Key,
    id: [u8; ID],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("key_id", &self.key_id()).finish_non_exhaustive()
    }
}

impl Vault {
    /// Uses this master key.
    pub fn new(master: &[u8; KEY]) -> Self {
        let derive = |info: &[u8]| {
            let mut key = Key::default();
            Hkdf::<Sha256>::new(None, master)
                .expand(info, &mut key[..])
                .expect("HKDF gives up to 8160 bytes, 32 are asked for");
            key
        };
        let mut id = [0; ID];
        id.copy_from_slice(&derive(b"muster key id 1")[..ID]);
        Self {
            wrapping: derive(b"muster wrapping 1"),
            anchors: derive(b"muster audit anchors 1"),
            links: derive(b"muster links 1"),
            id,
        }
    }

    /// Reads the master key from a file.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::Missing(path.to_owned()),
            _ => Error::File { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(failed)?;
        warn_if_shared(path, &file).map_err(failed)?;
        let mut content = Zeroizing::new(String::new());
        file.take(FILE_LIMIT).read_to_string(&mut content).map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => Error::NotAKey(path.to_owned()),
            _ => failed(source),
        })?;
        let key = decode(content.trim()).ok_or_else(|| Error::NotAKey(path.to_owned()))?;
        Ok(Self::new(&key))
    }

    /// Reads the master key from a file; when there is none, makes a random key and the file (mode 0600).
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        match Self::load(path) {
            Err(Error::Missing(_)) => {}
            loaded => return loaded,
        }
        let mut key = Key::default();
        getrandom::fill(&mut key[..]).map_err(Error::Random)?;
        let text = Zeroizing::new(format!("{}\n", hex(&key[..])));
        private_file::write(path, text.as_bytes()).map_err(|source| Error::File { path: path.to_owned(), source })?;
        Ok(Self::new(&key))
    }

    /// Tells master keys apart without telling the key: 16 hexadecimal characters.
    pub fn key_id(&self) -> String {
        hex(&self.id)
    }

    /// The key of the audit anchors.
    pub fn anchor_key(&self) -> &[u8; KEY] {
        &self.anchors
    }

    /// The key of links that open something for a while.
    pub fn link_key(&self) -> &[u8; KEY] {
        &self.links
    }

    /// Encrypts a secret for its owner.
    pub fn seal(&self, aad: &Aad, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut key = Key::default();
        let mut nonces = [0; 2 * NONCE];
        getrandom::fill(&mut key[..]).map_err(Error::Random)?;
        getrandom::fill(&mut nonces).map_err(Error::Random)?;
        let (wrap_nonce, data_nonce) = nonces.split_at(NONCE);

        let mut sealed = Vec::with_capacity(WRAPPED + NONCE + plain.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.id);
        let wrap_data = aad.encode(&sealed, WRAP_LAYER);
        let data_data = aad.encode(&sealed, DATA_LAYER);
        sealed.extend_from_slice(wrap_nonce);
        sealed.extend(encrypt(&self.wrapping, wrap_nonce, &key[..], &wrap_data)?);
        sealed.extend_from_slice(data_nonce);
        sealed.extend(encrypt(&key, data_nonce, plain, &data_data)?);
        Ok(sealed)
    }

    /// Decrypts a secret of its owner.
    pub fn open(&self, aad: &Aad, sealed: &[u8]) -> Result<Secret, Error> {
        if sealed.len() < WRAPPED + NONCE + TAG || sealed[0] != VERSION {
            return Err(Error::Damaged);
        }
        let (header, rest) = sealed.split_at(HEADER);
        if header[1..] != self.id {
            return Err(Error::OtherKey { sealed_with: hex(&header[1..]), in_use: self.key_id() });
        }
        let (wrap_nonce, rest) = rest.split_at(NONCE);
        let (wrapped, rest) = rest.split_at(KEY + TAG);
        let (data_nonce, ciphertext) = rest.split_at(NONCE);
        let unwrapped = decrypt(&self.wrapping, wrap_nonce, wrapped, &aad.encode(header, WRAP_LAYER))?;
        let mut key = Key::default();
        key.copy_from_slice(&unwrapped);
        decrypt(&key, data_nonce, ciphertext, &aad.encode(header, DATA_LAYER)).map(Secret)
    }
}

fn encrypt(key: &Key, nonce: &[u8], plain: &[u8], data: &[u8]) -> Result<Vec<u8>, Error> {
    // Only a plaintext over 64 GiB makes it fail.
    cipher(key).encrypt(&number_once(nonce), Payload { msg: plain, aad: data }).map_err(|_| Error::Damaged)
}

fn decrypt(key: &Key, nonce: &[u8], sealed: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let plain = cipher(key).decrypt(&number_once(nonce), Payload { msg: sealed, aad: data });
    plain.map(Zeroizing::new).map_err(|_| Error::Damaged)
}

fn cipher(key: &Key) -> Aes256GcmSiv {
    Aes256GcmSiv::new((&**key).into())
}

fn number_once(bytes: &[u8]) -> Nonce {
    Nonce::try_from(bytes).expect("callers cut 12 bytes")
}

/// 64 hexadecimal characters, or Base64 in any of its spellings.
fn decode(text: &str) -> Option<Key> {
    if text.len() == 2 * KEY && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut key = Key::default();
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(digits, 16).ok()?;
        }
        return Some(key);
    }
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|engine| {
        let bytes = Zeroizing::new(engine.decode(text).ok()?);
        let mut key = Key::default();
        (bytes.len() == KEY).then(|| {
            key.copy_from_slice(&bytes);
            key
        })
    })
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

/// Mounted secrets are often readable by everybody in their container, so this warns and goes on.
#[cfg(unix)]
fn warn_if_shared(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = file.metadata()?.mode() & 0o777;
    if mode & 0o077 != 0 {
        tracing::warn!(
            file = %path.display(),
            mode = format!("{mode:o}"),
            "others than the owner can use the master key file; chmod 600 it"
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_shared(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
