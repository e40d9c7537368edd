//! The least that the state gives a centre (Circular 96/2008/TT-BTC): facts in, what is missing out.
//!
//! The circular gives minimums; a province may give more. It speaks of a new centre's start, once, and of a yearly supplement
//! in communes of ethnic minority and mountain areas, not of all centres.

use crate::allowance::DevelopmentRegion;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// The least that is due.
    pub minimum_vnd: i64,
    /// What was given.
    pub given_vnd: i64,
    /// What is missing.
    pub missing_vnd: i64,
}

/// The least for the start of a new centre, once.
pub const START_UP_VND: i64 = 30_000_000;

/// The most of the yearly minimums.
pub const MOST_YEARLY_VND: i64 = 25_000_000;

/// The least in a year, by the class of the commune.
pub fn yearly_vnd(region: DevelopmentRegion) -> i64 {
    match region {
        DevelopmentRegion::RegionI => 20_000_000,
        DevelopmentRegion::RegionII | DevelopmentRegion::RegionIII => MOST_YEARLY_VND,
    }
}

fn shortfall(given_vnd: i64, minimum_vnd: i64) -> Option<Shortfall> {
    (given_vnd < minimum_vnd).then_some(Shortfall { minimum_vnd, given_vnd, missing_vnd: minimum_vnd - given_vnd })
}

impl FundingFacts {
    /// Whether less was given for the start than a minimum: that of the circular, or a province's own.
    pub fn start_up(&self, minimum_vnd: i64) -> Option<Shortfall> {
        shortfall(self.start_up_vnd.filter(|_| self.is_founded_under_it)?, minimum_vnd)
    }

    /// Whether less was given in the year than a province's own minimum, otherwise that of the circular for the class.
    pub fn yearly(&self, own_minimum_vnd: Option<i64>) -> Option<Shortfall> {
        let least_vnd = yearly_vnd(self.region?);
        shortfall(self.year_vnd?, own_minimum_vnd.unwrap_or(least_vnd))
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
            (start(Some(29_999_999)), Some(1)),
            (start(Some(0)), Some(30_000_000)),
            (start(None), None),
            (FundingFacts { is_founded_under_it: false, ..start(Some(0)) }, None),
            (year(Some(R::RegionI), Some(20_000_000)), None),
            (year(Some(R::RegionI), Some(19_000_000)), Some(1_000_000)),
            (year(Some(R::RegionII), Some(20_000_000)), Some(5_000_000)),
            (year(Some(R::RegionIII), Some(24_999_999)), Some(1)),
            (year(Some(R::RegionIII), Some(25_000_000)), None),
            // Outside of these areas the circular promises nothing by the year; and what nobody knows is no finding.
            (year(None, Some(0)), None),
            (year(Some(R::RegionI), None), None),
        ] {
            let found = facts.start_up(START_UP_VND).or(facts.yearly(None));
            assert_eq!(found.map(|short| short.missing_vnd), expected, "{facts:?}");
            assert!(found.is_none_or(|short| short.minimum_vnd - short.given_vnd == short.missing_vnd));
        }
        // A province may give more.
        let more = year(Some(R::RegionI), Some(25_000_000)).yearly(Some(30_000_000));
        assert_eq!(more, Some(Shortfall { minimum_vnd: 30_000_000, given_vnd: 25_000_000, missing_vnd: 5_000_000 }));
    }
}
