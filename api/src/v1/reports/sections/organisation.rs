//! B. Organisation of activities, beside its results: needs surveys, clubs.

use std::cmp::Reverse;

use htcd_domain::Coded;
use htcd_domain::report::{ReportedClubs, ReportedSurvey};
use htcd_reports::paper::Block;

use super::words::{many, on, some};

/// How many of a survey's topics are named; the others are counted.
const NAMED_TOPICS: usize = 10;

/// A needs survey: when, how many, by which ways, and what people want most.
pub(super) fn survey(survey: &ReportedSurvey) -> Vec<Block> {
    let mut said = format!("{} (", survey.title);
    said += &match survey.ended_on {
        Some(last) if last != survey.started_on => format!("từ ngày {} đến ngày {})", on(survey.started_on), on(last)),
        _ => format!("từ ngày {})", on(survey.started_on)),
    };
    let asked = survey.asked.map(|asked| format!("hỏi {} người", some(asked)));
    let answered = survey.answered.map(|answered| format!("{} người trả lời", some(answered)));
    let people: Vec<String> = asked.into_iter().chain(answered).collect();
    if !people.is_empty() {
        said += &format!(": {}", people.join(", "));
    }
    let mut blocks = vec![Block::paragraph(said + ".")];
    let ways: Vec<String> = survey
        .channels
        .iter()
        .map(|used| {
            let name = used.channel.label().vi;
            used.reached.map_or_else(|| name.to_string(), |reached| format!("{name} ({} người)", some(reached)))
        })
        .collect();
    if !ways.is_empty() {
        blocks.push(Block::paragraph(format!("Hình thức điều tra: {}.", ways.join("; "))));
    }
    let mut topics: Vec<_> = survey.topics.iter().collect();
    topics.sort_by_key(|topic| Reverse(topic.wishes));
    if !topics.is_empty() {
        blocks.push(Block::paragraph("Nhu cầu học tập được nêu:"));
        blocks.extend(topics.iter().take(NAMED_TOPICS).map(|topic| {
            Block::bullet(match topic.wishes {
                Some(wishes) => format!("{}: {} ý kiến", topic.title, some(wishes)),
                None => topic.title.clone(),
            })
        }));
        if topics.len() > NAMED_TOPICS {
            blocks.push(Block::bullet(format!("{} nội dung khác", many(topics.len() - NAMED_TOPICS))));
        }
    }
    blocks
}

/// The clubs in which people learn.
pub(super) fn clubs(clubs: &ReportedClubs) -> Block {
    let mut said = format!("Có {} câu lạc bộ", some(clubs.clubs));
    if let Some(members) = clubs.members.sum {
        said += &format!(" với {} thành viên", some(members));
        if i64::try_from(clubs.members.reported).is_ok_and(|reported| reported < clubs.clubs) {
            said += &format!(" ({}/{} câu lạc bộ có số liệu)", clubs.members.reported, clubs.clubs);
        }
    }
    Block::paragraph(said + ".")
}
