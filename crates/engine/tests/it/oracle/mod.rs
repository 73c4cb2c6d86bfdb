//! Random models of every element against an oracle that is written from the standard alone.
//!
//! - `model`, `text`, `xml`: a process as data, as a line of text, as BPMN.
//! - `interpret`: the token game of the standard; the set of acceptable outcomes.
//! - `cases`: small models with outcomes that are written from the standard.
//! - `generate`: random models.
//! - `compare`: the engine's outcome must be one of the oracle's. `SUPPORTED` says what it runs.

mod cases;
mod compare;
mod generate;
mod interpret;
mod model;
mod on_the_engine;
mod samples;
mod text;
mod xml;
