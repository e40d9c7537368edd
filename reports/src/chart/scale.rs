//! From values to places.

/// A scale from values to places, with the round values that are marked on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    /// The places of the lowest and the highest value.
    from: f64,
    to: f64,
    /// The round values.
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// A scale that holds zero and all values, and ends at round ones.
    pub(super) fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let (least, most) = values.clone().fold((0.0f64, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
        let are_whole = values.clone().all(|value| value.fract() == 0.0);
        let step = round_step((most - least) / 5.0, are_whole);
        let (first, last) = ((least / step).floor(), (most / step).ceil().max(1.0));
        let last = if least < 0.0 && most <= 0.0 { 0.0 } else { last };
        let count = (last - first) as usize;
        let ticks = (0..=count).map(|place| (first + place as f64) * step).collect();
        Self { low: first * step, high: last * step, from, to, ticks }
    }

    /// Where a value stands.
    pub(super) fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }
}

/// The least of 1, 2 and 5, times a power of ten, that is not below the step wanted.
fn round_step(wanted: f64, are_whole: bool) -> f64 {
    let least = if are_whole { 1.0 } else { 0.01 };
    let mut power = least;
    if wanted <= least {
        return if wanted > 0.0 { least } else { 1.0 };
    }
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if power * factor >= wanted {
                return power * factor;
            }
        }
        power *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[f64]) -> Vec<f64> {
        Scale::new(values.iter().copied(), 0.0, 100.0).ticks
    }

    #[test]
    fn the_marks_are_round_and_hold_zero() {
        assert_eq!(ticks(&[350.0, 1113.0]), [0.0, 500.0, 1000.0, 1500.0]);
        assert_eq!(ticks(&[3.0, 7.0]), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(&[1.0]), [0.0, 1.0]);
        assert_eq!(ticks(&[-3.0, 4.0]), [-4.0, -2.0, 0.0, 2.0, 4.0]);
        assert_eq!(ticks(&[-7.0, -1.0]), [-8.0, -6.0, -4.0, -2.0, 0.0]);
        assert_eq!(ticks(&[0.0]), [0.0, 1.0]);
        assert_eq!(ticks(&[]), [0.0, 1.0]);
        assert_eq!(ticks(&[0.3, 0.85]), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert!(ticks(&[9e15, -9e15]).len() < 15);
        assert!(ticks(&[0.001]).len() < 5);
    }

    #[test]
    fn values_stand_between_the_ends() {
        let scale = Scale::new([0.0, 50.0, 100.0].into_iter(), 200.0, 700.0);
        assert_eq!((scale.at(0.0), scale.at(50.0), scale.at(100.0)), (200.0, 450.0, 700.0));
    }
}
