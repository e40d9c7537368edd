//! Papers and charts as whoever opens them finds them: written, read back, compared.
#![expect(clippy::expect_used, reason = "the helpers of tests stand outside the functions that the lint leaves alone")]

mod chart;
mod docx;
mod pdf;
mod same;
mod sample;
mod strange;
mod xlsx;

use std::io::{Cursor, Read};

/// A file within a ZIP, as DOCX and XLSX are.
fn part(file: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).expect("a ZIP");
    let mut text = String::new();
    zip.by_name(name).expect("a part").read_to_string(&mut text).expect("UTF-8");
    text
}

/// The names of all files within a ZIP.
fn parts(file: &[u8]) -> Vec<String> {
    let zip = zip::ZipArchive::new(Cursor::new(file)).expect("a ZIP");
    zip.file_names().map(|name| name.expect("a name").into_owned()).collect()
}

/// Writes the samples into a folder, to be looked at:
/// `cargo test -p htcd-reports -- --ignored --nocapture write_samples`
#[test]
#[ignore = "for people to look at what comes out"]
fn write_samples() {
    use htcd_reports::chart::{Kind, svg};
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("papers");
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a file");
    for (name, paper) in [("kim-son", sample::kim_son()), ("long", sample::long()), ("bare", sample::bare())] {
        write(&format!("{name}.docx"), &htcd_reports::docx(&paper).expect("a paper"));
        write(&format!("{name}.pdf"), &htcd_reports::pdf(&paper).expect("a paper"));
        write(&format!("{name}.xlsx"), &htcd_reports::xlsx(&paper).expect("a paper"));
    }
    let charts = [
        ("participations", sample::charts::participations()),
        ("grouped", sample::charts::own_and_coordinated(Kind::GroupedBars)),
        ("stacked", sample::charts::own_and_coordinated(Kind::StackedBars)),
        ("ranks", sample::charts::ranks()),
    ];
    for (name, chart) in charts {
        let svg = svg(&chart, htcd_domain::text::Language::Vi).expect("a chart");
        write(&format!("{name}.svg"), svg.as_bytes());
    }
    println!("{}", folder.display());
}
