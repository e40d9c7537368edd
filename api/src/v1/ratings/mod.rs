//! Ratings: reading them, walking them through their route, entering past results.

pub mod bulk;
pub(super) mod case;
pub mod import;
pub mod measures;
pub mod read;
pub mod steps;
