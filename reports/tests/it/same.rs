//! The same value gives the same bytes: what is frozen rests on it.

use std::time::Duration;

use htcd_domain::text::Language;
use htcd_reports::chart::{Kind, svg};
use htcd_reports::paper::Paper;
use htcd_reports::{docx, pdf, xlsx};

use crate::sample;

fn all(paper: &Paper) -> [Vec<u8>; 3] {
    [docx(paper), pdf(paper), xlsx(paper)].map(|file| file.expect("a paper"))
}

#[test]
fn the_same_paper_gives_the_same_bytes_at_any_time_and_in_any_thread() {
    let papers = [sample::kim_son(), sample::long(), sample::bare()];
    let first: Vec<_> = papers.iter().map(all).collect();
    // A ZIP knows times to two seconds.
    std::thread::sleep(Duration::from_millis(2100));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let papers = papers.clone();
            std::thread::spawn(move || papers.iter().map(all).collect::<Vec<_>>())
        })
        .collect();
    for thread in threads {
        assert!(thread.join().expect("papers") == first);
    }
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    for chart in [sample::charts::ranks(), sample::charts::own_and_coordinated(Kind::StackedBars)] {
        assert_eq!(svg(&chart, Language::Vi), svg(&chart.clone(), Language::Vi));
    }
}

#[test]
fn a_paper_and_a_chart_survive_as_json() {
    for paper in [sample::kim_son(), sample::bare()] {
        let json = serde_json::to_string(&paper).expect("JSON");
        let again: Paper = serde_json::from_str(&json).expect("a paper");
        assert_eq!(again, paper);
    }
    let chart = sample::charts::ranks();
    let json = serde_json::to_string(&chart).expect("JSON");
    assert_eq!(serde_json::from_str::<htcd_reports::chart::Chart>(&json).expect("a chart"), chart);
}

#[test]
fn letters_that_were_typed_apart_give_the_same_paper() {
    let mut apart = sample::kim_son();
    apart.place = "Kim So\u{31b}n".to_owned();
    assert!(all(&apart) == all(&sample::kim_son()));
}
