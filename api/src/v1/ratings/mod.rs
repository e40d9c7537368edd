//! Ratings: reading them, walking them through their route, entering past results.

pub mod bulk;
mod case;
pub mod import;
pub mod read;
pub mod steps;
