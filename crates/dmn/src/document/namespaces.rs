//! The names of the standard's versions and of its languages.

/// The namespaces of documents that are read: DMN 1.1, 1.2, 1.3, 1.4 and 1.5, which have tables in common.
pub const NAMESPACES: [&str; 5] = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
];

/// What FEEL is called in `expressionLanguage`, S-FEEL included, which the standard gives no name of its own.
const FEEL: [&str; 7] = [
    "http://www.omg.org/spec/FEEL/20140401",
    "http://www.omg.org/spec/DMN/20180521/FEEL/",
    "https://www.omg.org/spec/DMN/20191111/FEEL/",
    "https://www.omg.org/spec/DMN/20211108/FEEL/",
    "https://www.omg.org/spec/DMN/20230324/FEEL/",
    // What modellers write.
    "feel",
    "s-feel",
];

/// Whether a language is FEEL or S-FEEL.
pub(crate) fn is_feel(language: &str) -> bool {
    let plain = |name: &str| name.trim().trim_end_matches('/').to_lowercase().replace("https:", "http:");
    FEEL.iter().any(|known| plain(known) == plain(language))
}
