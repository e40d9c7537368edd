//! The least that the state gives a centre (Circular 96/2008/TT-BTC): facts in, what is missing out.
//!
//! The circular gives minimums; a province may give more. It speaks of a new centre's start, once, and of a yearly supplement
//! in communes of ethnic minority and mountain areas, not of all centres.

use serde::Serialize;
use utoipa::ToSchema;

use crate::allowance::DevelopmentRegion;
use crate::text::Label;

/// The law behind both minimums.
pub const LEGAL_BASIS: &str = "Thông tư 96/2008/TT-BTC";

/// What is known of a centre's support by the state. What nobody knows is left out, and then nothing is said of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FundingFacts {
    /// Whether the centre was founded under the circular, so that its start was to be supported.
    pub is_founded_under_it: bool,
    /// What the state has given for its start so far.
    pub start_up_vnd: Option<i64>,
    /// The class of its commune in the year; `None` outside of minority and mountain areas, or where nobody has said so.
    pub region: Option<DevelopmentRegion>,
    /// What the state gave in the year.
    pub year_vnd: Option<i64>,
}

/// Less than the law gives at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shortfall {
    /// A stable code: `start_up_support`, `yearly_supplement`.
    #[schema(value_type = String, example = "yearly_supplement")]
    pub code: &'static str,
    /// What it means.
    pub detail: Label,
    /// The law.
    #[schema(value_type = String, example = "Thông tư 96/2008/TT-BTC")]
    pub legal_basis: &'static str,
    /// The least that is due.
    pub minimum_vnd: i64,
    /// What was given.
    pub given_vnd: i64,
    /// What is missing.
    pub missing_vnd: i64,
}

/// The least for the start of a new centre, once.
pub const START_UP_VND: i64 = 30_000_000;

/// The least in a year, by the class of the commune.
pub fn yearly_vnd(region: DevelopmentRegion) -> i64 {
    match region {
        DevelopmentRegion::RegionI => 20_000_000,
        DevelopmentRegion::RegionII | DevelopmentRegion::RegionIII => 25_000_000,
    }
}

impl FundingFacts {
    /// Where less was given than the law gives at least.
    pub fn shortfalls(&self) -> Vec<Shortfall> {
        let short = |code, given: Option<i64>, minimum: i64, detail| {
            let given_vnd = given.filter(|given| *given < minimum)?;
            let missing_vnd = minimum - given_vnd;
            Some(Shortfall { code, detail, legal_basis: LEGAL_BASIS, minimum_vnd: minimum, given_vnd, missing_vnd })
        };
        let start = self.start_up_vnd.filter(|_| self.is_founded_under_it);
        let start_up = Label::fixed(
            "Hỗ trợ ban đầu cho trung tâm mới thành lập thấp hơn mức tối thiểu 30 triệu đồng.",
            "The support for the start of a new centre is below the least of 30 million đồng.",
        );
        let yearly = Label::fixed(
            "Hỗ trợ kinh phí hằng năm cho trung tâm vùng dân tộc thiểu số, miền núi thấp hơn mức tối thiểu.",
            "The yearly supplement of a centre in a minority or mountain area is below the least.",
        );
        let of_year = self.region.and_then(|region| short("yearly_supplement", self.year_vnd, yearly_vnd(region), yearly));
        short("start_up_support", start, START_UP_VND, start_up).into_iter().chain(of_year).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DevelopmentRegion as R;

    #[test]
    fn the_minimums_of_circular_96_of_2008() {
        let start = |given| FundingFacts { is_founded_under_it: true, start_up_vnd: given, ..FundingFacts::default() };
        let year = |region, given| FundingFacts { region, year_vnd: given, ..FundingFacts::default() };
        for (facts, expected) in [
            (start(Some(30_000_000)), None),
            (start(Some(29_999_999)), Some(("start_up_support", 1))),
            (start(Some(0)), Some(("start_up_support", 30_000_000))),
            (start(None), None),
            (FundingFacts { is_founded_under_it: false, ..start(Some(0)) }, None),
            (year(Some(R::RegionI), Some(20_000_000)), None),
            (year(Some(R::RegionI), Some(19_000_000)), Some(("yearly_supplement", 1_000_000))),
            (year(Some(R::RegionII), Some(20_000_000)), Some(("yearly_supplement", 5_000_000))),
            (year(Some(R::RegionIII), Some(24_999_999)), Some(("yearly_supplement", 1))),
            (year(Some(R::RegionIII), Some(25_000_000)), None),
            // Outside of these areas the circular promises nothing by the year; and what nobody knows is no finding.
            (year(None, Some(0)), None),
            (year(Some(R::RegionI), None), None),
        ] {
            let found = facts.shortfalls();
            assert_eq!(found.first().map(|short| (short.code, short.missing_vnd)), expected, "{facts:?}");
            assert!(found.iter().all(|short| short.minimum_vnd - short.given_vnd == short.missing_vnd));
        }
    }
}
