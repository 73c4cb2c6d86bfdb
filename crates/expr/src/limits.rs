//! The sizes at which an expression or a value is refused.

/// Bytes of one expression's text.
pub(crate) const SOURCE_BYTES: usize = 64 << 10;

/// Names, literals, operators and brackets of one expression. The parser needs some 3 KiB of memory for each.
pub(crate) const TOKENS: usize = 10_000;

/// Brackets, or prefix operators in a row, that may be open at once.
pub(crate) const NESTING: usize = 96;

/// Height of the tree that the parser builds: nesting plus operators in a chain. The parser recurses this deep.
pub(crate) const PARSE_HEIGHT: usize = 1_000;

/// Height of our own tree, where chains are flat. The walker recurses this deep on its caller's stack.
pub(crate) const WALK_HEIGHT: u32 = 320;

/// Stack of the thread that parses: unoptimised, the parser needs some 100 KiB for each level of nesting.
pub(crate) const PARSER_STACK: usize = 64 << 20;

/// Levels of lists and objects in a template.
pub(crate) const TEMPLATE_DEPTH: usize = 128;

/// Expressions in one template.
pub(crate) const TEMPLATE_EXPRESSIONS: usize = 4_096;

/// Bytes that the expressions of one template may have together.
pub(crate) const TEMPLATE_SOURCE_BYTES: usize = 1 << 20;

/// Levels of lists and objects in a value that an expression puts together. JSON is read back to 128 levels, and the
/// value is stored inside other objects.
pub(crate) const VALUE_DEPTH: usize = 100;

/// Bytes of a regular expression.
pub(crate) const PATTERN_BYTES: usize = 4 << 10;

/// Bytes of a compiled regular expression, and of the states that it caches while it runs.
pub(crate) const COMPILED_PATTERN_BYTES: usize = 256 << 10;

/// Conditions of one rule.
pub(crate) const CONDITIONS: usize = 1_000;

/// Values that the conditions of one rule compare with.
pub(crate) const CONDITION_VALUES: usize = 10_000;

/// Bytes that the conditions of one rule may have together.
pub(crate) const CONDITION_BYTES: usize = 1 << 20;

/// Conditions of one rule that have a pattern, which is compiled.
pub(crate) const CONDITION_PATTERNS: usize = 64;

/// Bytes of the path of a condition's field.
pub(crate) const PATH_BYTES: usize = 512;

/// Keys of the path of a condition's field.
pub(crate) const PATH_KEYS: usize = 32;

/// Characters of a term.
pub(crate) const TERM_CHARS: usize = 256;

/// Terms of one field of an object.
pub(crate) const FIELD_TERMS: usize = 64;

/// Steps for collecting the terms of one field of an object.
pub(crate) const FIELD_STEPS: u64 = 10_000;

/// Leaves of a pre-filter.
pub(crate) const PREFILTER_LEAVES: usize = 64;
