//! Names of files. A name is only ever shown; the bytes are kept under a key that has nothing to do with it.

use crate::field::Fields;

/// Longest name, in characters.
const LENGTH: usize = 255;

/// The name without the folders before it: what follows the last slash or backslash. Refused are names of nothing
/// (`.`, `..`), and characters that would show the name as another one.
pub(super) fn check(fields: &mut Fields, given: &str) -> String {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if matches!(name, "" | "." | "..") || name.chars().count() > LENGTH {
        fields.violation(
            format!("uploadFile must have a file name of 1 to {LENGTH} characters"),
            format!("uploadFile的文件名长度必须为1到{LENGTH}个字符"),
        );
    }
    if name.chars().any(|c| c.is_control() || turns_text(c)) {
        fields.violation(
            "the file name of uploadFile must not contain control characters",
            "uploadFile的文件名不能包含控制字符",
        );
    }
    name.to_owned()
}

/// Marks that change the direction of text: they make `fdp.exe` of what ends in `.exe`.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out_and_deceptive_names_are_refused() {
        for (given, expected) in [
            ("report.pdf", Some("report.pdf")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\Users\x\..\evidence 1.pcap", Some("evidence 1.pcap")),
            ("/etc/shadow", Some("shadow")),
            ("日志 😀.txt", Some("日志 😀.txt")),
            ("<img src=x>.html", Some("<img src=x>.html")),
            (".htaccess", Some(".htaccess")),
            ("", None),
            (" ", None),
            ("..", None),
            ("a/..", None),
            ("folder/", None),
            ("a\0b", None),
            ("a\r\nSet-Cookie: x", None),
            ("\u{202e}fdp.exe", None),
        ] {
            let mut fields = Fields::new();
            let name = check(&mut fields, given);
            assert_eq!(fields.finish().is_ok().then_some(name.as_str()), expected, "{given:?}");
        }
        for (length, is_right) in [(255, true), (256, false)] {
            let mut fields = Fields::new();
            check(&mut fields, &"é".repeat(length));
            assert_eq!(fields.finish().is_ok(), is_right);
        }
    }
}
