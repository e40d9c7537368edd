//! Files: where their bytes lie ([`store`]), the links by which they are fetched ([`link`]), and what clears up what was left
//! ([`sweep`]). The records are `persistence::file`, the operations `v1::files`.
//!
//! An object is written under a name that was never used before, and then a row that names it is committed. So a server that
//! dies leaves a record that is true, and at most an object that nothing names.

pub mod link;
pub mod store;
pub mod sweep;

pub use store::{Files, FilesSettings, Place};
