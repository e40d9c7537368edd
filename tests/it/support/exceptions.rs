//! What the proof lets through: `exceptions.txt`, which only shrinks.

use std::cell::RefCell;
use std::collections::BTreeSet;

const LIST: &str = include_str!("../exceptions.txt");

/// The operations that one test lets through. An exception that is not needed any more fails the test.
pub struct Exceptions {
    listed: BTreeSet<&'static str>,
    needed: RefCell<BTreeSet<&'static str>>,
}

/// Test, operation and reason of every line, after the first one, which says how many there are at most.
fn lines() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut text = LIST.lines().filter(|line| !line.trim().is_empty());
    let most = text.next().and_then(|line| line.strip_prefix("at most ")).and_then(|most| most.parse::<usize>().ok());
    let lines: Vec<_> = text
        .map(|line| {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some(test), Some(operation), Some(reason)) => (test, operation, reason),
                _ => panic!("`test operation reason`, not `{line}`"),
            }
        })
        .collect();
    assert_eq!(Some(lines.len()), most, "the first line says how many exceptions there are: the number only shrinks");
    lines
}

impl Exceptions {
    pub fn of(test: &str) -> Self {
        let document = htcd_api::document::document();
        let operations = htcd_openapi::operations(&document);
        for (_, operation, _) in lines() {
            assert!(operations.iter().any(|known| known.value["operationId"] == operation), "no operation {operation}");
        }
        let listed = lines().into_iter().filter(|(name, ..)| *name == test).map(|(_, operation, _)| operation).collect();
        Self { listed, needed: RefCell::default() }
    }

    /// Whether an operation is let through; asked only where its cell would fail otherwise.
    pub fn let_through(&self, operation: &str) -> bool {
        match self.listed.get(operation) {
            Some(operation) => {
                self.needed.borrow_mut().insert(operation);
                true
            }
            None => false,
        }
    }

    /// Ends a test: every exception was needed. Shows how many cells there were.
    pub fn end(self, test: &str, cells: usize) {
        assert_eq!(self.listed, self.needed.into_inner(), "exceptions that are needed no more: take them out");
        show_cells(test, cells);
    }
}

/// Shows how many cells a test walked: past the capture of the test harness, so that `make test` shows it, too.
pub fn show_cells(test: &str, cells: usize) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(format!("{test}: {cells} cells\n").as_bytes());
}
