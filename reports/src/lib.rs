//! Plain values as papers people read.
//!
//! [`paper::Paper`] is an official administrative paper in the layout of Nghị định 30/2020/NĐ-CP, neutral of any
//! format; [`docx`], [`pdf`] and [`xlsx`] write it. [`chart::Chart`] is a chart of aggregates, written as SVG by
//! [`chart::svg`]. [`number`] holds how numbers are written.
//!
//! Whoever calls builds these values; nothing here reads a database, a file, a clock or a request. The same value gives
//! the same bytes each time, whenever and wherever it is written by the same build.

pub mod chart;
mod compose;
mod docx;
mod error;
mod face;
mod grid;
pub mod number;
pub mod paper;
mod pdf;
mod xlsx;
mod xml;

pub use docx::docx;
pub use error::{Error, Result};
pub use pdf::pdf;
pub use xlsx::xlsx;
