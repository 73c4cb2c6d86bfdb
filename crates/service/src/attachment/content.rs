//! What the bytes of a file are, as far as they tell. The name of a file tells nothing.

/// Bytes of the beginning of a file that are looked at.
pub(super) const HEAD: usize = 4096;

/// What nothing is known about.
const UNKNOWN: &str = "application/octet-stream";

/// How files begin.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"\x7fELF", "application/x-elf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    (b"\xa1\xb2\xc3\xd4", "application/vnd.tcpdump.pcap"),
    (b"\x0a\x0d\x0d\x0a", "application/x-pcapng"),
    (b"ElfFile\0", "application/x-evtx"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"BZh", "application/x-bzip2"),
    (b"\x1f\x8b", "application/gzip"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"#!", "text/x-shellscript"),
];

/// How texts begin that programs carry out, without what is blank before, in lower case.
const MARKUP: &[(&str, &str)] = &[
    ("<!doctype html", "text/html"),
    ("<html", "text/html"),
    ("<head", "text/html"),
    ("<body", "text/html"),
    ("<script", "text/html"),
    ("<iframe", "text/html"),
    ("<svg", "image/svg+xml"),
    ("<?xml", "text/xml"),
];

/// What a browser or a viewer shows without carrying anything out.
const PASSIVE: &[&str] = &[
    "application/gzip",
    "application/vnd.tcpdump.pcap",
    "application/x-pcapng",
    "application/zip",
    "image/gif",
    "image/jpeg",
    "image/png",
    "text/plain",
];

/// The media type of a file that begins like this; `is_whole` when there is no more of it.
pub(super) fn sniff(head: &[u8], is_whole: bool) -> &'static str {
    if let Some((_, kind)) = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        return kind;
    }
    let Some(text) = text(head, is_whole) else { return UNKNOWN };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |beginning: &str| {
        text.get(..beginning.len()).is_some_and(|beginning_of_text| beginning_of_text.eq_ignore_ascii_case(beginning))
    };
    MARKUP.iter().find(|(beginning, _)| begins(beginning)).map_or("text/plain", |(_, kind)| kind)
}

/// The bytes as text, unless they are something else. A character that is cut at the end is left out.
fn text(head: &[u8], is_whole: bool) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && !is_whole => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_binary = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b');
    (!text.is_empty() && !text.contains(is_binary)).then_some(text)
}

/// The media type to hand a file out as: whatever could be carried out is only bytes.
pub fn served_as(content_type: &str) -> &'static str {
    match PASSIVE.iter().find(|passive| **passive == content_type) {
        Some(&"text/plain") => "text/plain; charset=utf-8",
        Some(passive) => passive,
        None => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_what_they_are() {
        let cut = &"é".repeat(HEAD).into_bytes()[..HEAD - 1];
        let cases: [(&[u8], bool, &str, &str); 18] = [
            (b"", true, UNKNOWN, UNKNOWN),
            (b"alert: \xe9\x9a\x94\xe7\xa6\xbb\r\n", true, "text/plain", "text/plain; charset=utf-8"),
            (b"\x1b[31mred\x1b[0m", true, "text/plain", "text/plain; charset=utf-8"),
            (cut, false, "text/plain", "text/plain; charset=utf-8"),
            (cut, true, UNKNOWN, UNKNOWN),
            (b"a\0b", true, UNKNOWN, UNKNOWN),
            (b"\xff\xfeh\0", true, UNKNOWN, UNKNOWN),
            (b"<!DOCTYPE HTML><script>", true, "text/html", UNKNOWN),
            (b"\xef\xbb\xbf \r\n<Script>alert(1)</script>", true, "text/html", UNKNOWN),
            (b"<svg onload='x'>", true, "image/svg+xml", UNKNOWN),
            (b"<?xml version='1.0'?><svg/>", true, "text/xml", UNKNOWN),
            (b"<p>", true, "text/plain", "text/plain; charset=utf-8"),
            (b"%PDF-1.7", false, "application/pdf", UNKNOWN),
            (b"\x89PNG\r\n\x1a\n\0", false, "image/png", "image/png"),
            (b"PK\x03\x04", false, "application/zip", "application/zip"),
            (b"MZ\x90\0", false, "application/vnd.microsoft.portable-executable", UNKNOWN),
            (b"#!/bin/sh", true, "text/x-shellscript", UNKNOWN),
            (b"\xd4\xc3\xb2\xa1\x02\0", false, "application/vnd.tcpdump.pcap", "application/vnd.tcpdump.pcap"),
        ];
        for (head, is_whole, kind, served) in cases {
            let found = sniff(head, is_whole);
            assert_eq!((found, served_as(found)), (kind, served), "{}", head.escape_ascii());
        }
        assert_eq!(served_as("text/html"), UNKNOWN);
    }
}
