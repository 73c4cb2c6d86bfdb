//! A type as the tables of classes write it.

/// A type of a built-in class with its subtypes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    /// What records hold.
    pub(super) code: &'static str,
    /// What people read.
    pub(super) name: &'static str,
    /// Codes and names.
    pub(super) subtypes: &'static [(&'static str, &'static str)],
}

/// A type with subtypes.
pub(super) const fn group(
    code: &'static str,
    name: &'static str,
    subtypes: &'static [(&'static str, &'static str)],
) -> Type {
    Type { code, name, subtypes }
}

/// A type without subtypes.
pub(super) const fn single(code: &'static str, name: &'static str) -> Type {
    Type { code, name, subtypes: &[] }
}
