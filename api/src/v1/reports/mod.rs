//! Reports of centres: written by hand where the form has words, counted from the records where it has numbers, handed in
//! as frozen versions, returned or accepted.
//!
//! `gather` looks up what the records come to, `sections` makes blocks of it, one file for each part of the form, and
//! `paper` puts the head above and the signature below.

pub mod documents;
mod gather;
mod paper;
pub mod records;
mod sections;
pub mod steps;
pub mod versions;
mod view;
