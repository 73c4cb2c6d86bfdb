//! Sealing, opening, and what must not open; key files.

use std::fs;

use model::{ProjectId, WorkspaceId};

use super::*;

const TENANT: Tenant = Tenant { project: ProjectId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(2)) };

fn aad() -> Aad {
    Aad::of_tenant(TENANT, "connection", "firewall")
}

fn vault() -> Vault {
    Vault::new(&[7; 32])
}

fn seal(plain: &[u8]) -> Vec<u8> {
    vault().seal(&aad(), plain).expect("seals")
}

#[test]
fn a_sealed_secret_opens_for_its_owner() {
    for plain in [&b""[..], b"s3cret", &[0; 100_000]] {
        let sealed = seal(plain);
        assert_eq!(vault().open(&aad(), &sealed).expect("opens").expose(), plain);
    }
    let sealed = seal(b"s3cret");
    assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
    assert_ne!(seal(b"s3cret"), sealed, "every seal has its own key and nonces");
}

#[test]
fn another_owner_cannot_open_it() {
    let sealed = seal(b"s3cret");
    let elsewhere = Tenant { workspace: WorkspaceId(Uuid::from_u128(3)), ..TENANT };
    for other in [
        Aad::of_tenant(elsewhere, "connection", "firewall"),
        Aad::of_user(UserId(Uuid::from_u128(1)), "connection", "firewall"),
        Aad::of_tenant(TENANT, "access_key", "firewall"),
        Aad::of_tenant(TENANT, "connection", "firewall2"),
        Aad::of_tenant(TENANT, "connection", ""),
        // The same text, cut at another place.
        Aad::of_tenant(TENANT, "connectionf", "irewall"),
    ] {
        assert!(matches!(vault().open(&other, &sealed), Err(Error::Damaged)), "{other:?}");
    }
}

#[test]
fn another_master_key_is_told_by_its_id() {
    let other = Vault::new(&[8; 32]);
    match other.open(&aad(), &seal(b"s3cret")) {
        Err(Error::OtherKey { sealed_with, in_use }) => {
            assert_eq!((sealed_with, in_use), (vault().key_id(), other.key_id()));
        }
        opened => panic!("{opened:?}"),
    }
    assert_ne!(vault().anchor_key(), other.anchor_key());
    assert_ne!(vault().anchor_key(), &[7; 32]);
}

#[test]
fn no_byte_can_be_changed_and_no_part_cut() {
    let sealed = seal(b"s3cret");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(vault().open(&aad(), &changed).is_err(), "byte {at}");
    }
    for length in 0..sealed.len() {
        assert!(vault().open(&aad(), &sealed[..length]).is_err(), "length {length}");
    }
    let mut longer = sealed.clone();
    longer.push(0);
    assert!(vault().open(&aad(), &longer).is_err());
}

#[test]
fn parts_of_two_secrets_cannot_be_joined() {
    let (first, second) = (seal(b"first"), seal(b"other"));
    let mut joined = first[..WRAPPED].to_vec();
    joined.extend_from_slice(&second[WRAPPED..]);
    assert!(matches!(vault().open(&aad(), &joined), Err(Error::Damaged)));
}

#[test]
fn nothing_secret_is_printed() {
    let text = format!("{:?} {:?}", vault(), Secret::new(b"s3cret".to_vec()));
    assert!(!text.contains("s3cret") && !text.contains("115"), "{text}");
    assert!(!text.contains(&hex(vault().anchor_key())) && text.contains(&vault().key_id()), "{text}");
}

#[test]
fn a_missing_key_file_is_made_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("master.key");
    assert!(matches!(Vault::load(&path), Err(Error::Missing(_))));
    let made = Vault::load_or_create(&path).expect("makes it");
    let sealed = made.seal(&aad(), b"kept").expect("seals");
    let again = Vault::load_or_create(&path).expect("reads it");
    assert_eq!(again.open(&aad(), &sealed).expect("opens").expose(), b"kept");
    assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 1, "nothing is left beside it");

    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(fs::metadata(&path).expect("exists").mode() & 0o777, 0o600);
}

#[test]
fn a_key_is_read_as_hexadecimal_or_base64() {
    let key = [0xfb; 32];
    for text in
        [hex(&key), hex(&key).to_uppercase(), format!("{}\n", STANDARD.encode(key)), URL_SAFE_NO_PAD.encode(key)]
    {
        let file = file_with(text.as_bytes());
        assert_eq!(Vault::load(file.path()).expect("reads").key_id(), Vault::new(&key).key_id(), "{text}");
    }
}

#[test]
fn other_files_are_no_key_and_stay_as_they_are() {
    let files: [&[u8]; 6] = [b"", b"secret", &[0xff; 32], &[b'0'; 63], &[b'0'; 65], &[b'A'; 100_000]];
    for content in files {
        let file = file_with(content);
        let refused = Vault::load_or_create(file.path()).expect_err("refuses");
        assert!(matches!(refused, Error::NotAKey(_)), "{refused:?}");
        assert_eq!(fs::read(file.path()).expect("reads"), content);
        assert_eq!(refused.to_string().lines().count(), 1);
    }
}

fn file_with(content: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), content).expect("writes");
    file
}
