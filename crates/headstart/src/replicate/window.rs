//! How the values that work move with depth, beside the thread's guess: the deeper the network, the larger the weights may be.

use super::reach::{End, Reach};

/// Rank correlation with depth from which on an end of the window goes one way.
pub const GOES: f64 = 0.5;

/// Landmarks this near to an end of the window are within it, as a share: the values are rounded to two digits.
const NEAR: f64 = 0.05;

/// Which way an end of the window goes with depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To larger values, as the guess has it.
    Rises,
    /// To smaller ones.
    Falls,
    /// Neither.
    Stays,
}

/// The windows of several depths.
#[derive(Clone, Debug)]
pub struct Window {
    /// Of the depths at which something works, rising; two or more.
    working: Vec<(usize, Reach)>,
    /// The rank correlations with depth of the largest and the smallest value that works.
    high: f64,
    low: f64,
}

impl Window {
    /// Of what works at each depth. None if that is nothing at all but one of them.
    pub fn of(depths: impl IntoIterator<Item = (usize, Option<Reach>)>) -> Option<Self> {
        let working: Vec<(usize, Reach)> =
            depths.into_iter().filter_map(|(depth, reach)| reach.map(|reach| (depth, reach))).collect();
        let trend = |end: fn(&Reach) -> End| {
            rank_correlation(&working.iter().map(|(_, reach)| end(reach).value).collect::<Vec<_>>())
        };
        let (high, low) = (trend(|reach| reach.high), trend(|reach| reach.low));
        (working.len() > 1).then_some(Self { working, high, low })
    }

    /// Which way the largest value that works goes, and the smallest.
    pub fn ways(&self) -> [Way; 2] {
        [self.high, self.low].map(|trend| match trend {
            trend if trend >= GOES => Way::Rises,
            trend if trend <= -GOES => Way::Falls,
            _ => Way::Stays,
        })
    }

    /// Where the guess is right: larger weights are right in deeper networks if the end of the window rises.
    pub fn borne_out(&self) -> &'static str {
        match self.ways().map(|way| way == Way::Rises) {
            [true, true] => "at both ends",
            [true, false] => "at the large end",
            [false, true] => "at the small end",
            [false, false] => "at neither end",
        }
    }

    /// The same as the beginning of a sentence.
    pub fn verdict(&self) -> &'static str {
        match self.ways().map(|way| way == Way::Rises) {
            [true, true] => "right",
            [true, false] => "right about the large end and wrong about the small one",
            [false, true] => "right about the small end and wrong about the large one",
            [false, false] => "wrong",
        }
    }

    /// What becomes of the window. A landmark is a value with its name, told where the deepest window has it within.
    pub fn moves(&self, landmark: Option<(&str, f64)>) -> String {
        use Way::{Falls, Rises, Stays};
        let what = match self.ways() {
            [Falls, Rises] => "closes from both sides",
            [Rises, Falls] => "opens to both sides",
            [Rises, Rises] => "moves up",
            [Falls, Falls] => "moves down",
            [Falls, Stays] => "closes from above",
            [Stays, Rises] => "closes from below",
            [Rises, Stays] => "opens upwards",
            [Stays, Falls] => "opens downwards",
            [Stays, Stays] => "stays",
        };
        let deepest = &self.working[self.working.len() - 1].1;
        let is_within =
            |value: f64| deepest.low.value <= value * (1.0 + NEAR) && value * (1.0 - NEAR) <= deepest.high.value;
        match landmark.filter(|(_, value)| is_within(*value)) {
            Some((name, _)) => format!("the window {what} around {name}"),
            None => format!("the window {what}"),
        }
    }

    /// From where to where both ends go; values are called so.
    pub fn ends(&self, value: &str) -> String {
        let ((first, shallow), (last, deep)) = (&self.working[0], &self.working[self.working.len() - 1]);
        let end = |way, trend: f64, end: fn(&Reach) -> End| {
            let (from, to) = (end(shallow), end(deep));
            match way {
                Way::Rises => format!("rises from {from} to {to} (rank correlation {trend:.2})"),
                Way::Falls => format!("falls from {from} to {to} (rank correlation {trend:.2})"),
                Way::Stays if self.working.iter().all(|(_, reach)| end(reach) == from) => format!("stays at {from}"),
                Way::Stays => format!("goes neither up nor down ({from}, then {to}; rank correlation {trend:.2})"),
            }
        };
        let [high, low] = self.ways();
        format!(
            "from {first} to {last} hidden layers the largest {value} that works {}, the smallest {}",
            end(high, self.high, |reach| reach.high),
            end(low, self.low, |reach| reach.low)
        )
    }
}

/// Kendall's tau-b of figures with their places; 0 of figures that are all the same.
pub fn rank_correlation(figures: &[f64]) -> f64 {
    let (mut sum, mut pairs, mut untied) = (0.0, 0.0, 0.0);
    for (i, earlier) in figures.iter().enumerate() {
        for later in &figures[i + 1..] {
            pairs += 1.0;
            if earlier != later {
                untied += 1.0;
                sum += (later - earlier).signum();
            }
        }
    }
    if untied == 0.0 { 0.0 } else { sum / f64::sqrt(pairs * untied) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 6] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];

    /// At the depths 1, 2 ... the first and the last value that work.
    fn window(of_depths: &[(usize, usize)]) -> Window {
        let reach = |(first, last): &(usize, usize)| {
            Reach::of(&VALUES, &(0..VALUES.len()).map(|i| (*first..=*last).contains(&i)).collect::<Vec<_>>())
        };
        Window::of(of_depths.iter().enumerate().map(|(i, ends)| (i + 1, reach(ends)))).unwrap()
    }

    #[test]
    fn every_way_of_both_ends_has_its_words() {
        type Ends<'a> = &'a [(usize, usize)];
        let all: [(Ends, &str, &str); 9] = [
            (&[(0, 5), (1, 4), (2, 3)], "closes from both sides", "at the small end"),
            (&[(2, 3), (1, 4), (0, 5)], "opens to both sides", "at the large end"),
            (&[(0, 3), (1, 4), (2, 5)], "moves up", "at both ends"),
            (&[(2, 5), (1, 4), (0, 3)], "moves down", "at neither end"),
            (&[(1, 5), (1, 4), (1, 3)], "closes from above", "at neither end"),
            (&[(0, 4), (1, 4), (2, 4)], "closes from below", "at the small end"),
            (&[(1, 2), (1, 3), (1, 4)], "opens upwards", "at the large end"),
            (&[(2, 4), (1, 4), (0, 4)], "opens downwards", "at neither end"),
            (&[(1, 4), (1, 4), (1, 4)], "stays", "at neither end"),
        ];
        for (ends, moves, borne_out) in all {
            let window = window(ends);
            assert_eq!(window.moves(None), format!("the window {moves}"), "{ends:?}");
            assert_eq!(window.borne_out(), borne_out, "{ends:?}");
            // The words of the ends are those of the verdict.
            let ends = window.ends("value");
            let (large, small) = ends.split_once(", the smallest ").unwrap();
            let rises = |text: &str| text.contains("rises");
            let right = window.verdict();
            assert_eq!(right == "right" || right.contains("right about the large"), rises(large), "{right}: {ends}");
            assert_eq!(right == "right" || right.contains("right about the small"), rises(small), "{right}: {ends}");
        }
    }

    #[test]
    fn the_depths_between_count() {
        // Larger at the end, but by no trend.
        let window = window(&[(1, 3), (1, 2), (1, 2), (1, 4)]);
        assert_eq!(window.ways(), [Way::Stays; 2]);
        let ends = window.ends("scale");
        assert!(ends.contains("from 1 to 4 hidden layers the largest scale that works goes neither up"), "{ends}");
        assert!(ends.ends_with("the smallest stays at 0.2"), "{ends}");
    }

    #[test]
    fn a_landmark_is_told_where_it_is_within_the_deepest_window() {
        let window = window(&[(0, 5), (1, 4), (2, 2)]);
        let around = |value| window.moves(Some(("He's", value)));
        assert_eq!(around(0.39), "the window closes from both sides around He's");
        assert_eq!(around(0.3), "the window closes from both sides");
    }

    #[test]
    fn one_depth_is_no_trend() {
        assert!(Window::of([(1, None), (2, None)]).is_none());
        assert!(Window::of([(1, Reach::of(&VALUES, &[true; 6])), (2, None)]).is_none());
    }

    #[test]
    fn the_rank_correlation_is_kendalls() {
        assert_eq!(rank_correlation(&[1.0, 2.0, 3.0]), 1.0);
        assert_eq!(rank_correlation(&[3.0, 2.0, 1.0]), -1.0);
        assert_eq!(rank_correlation(&[2.0, 2.0]), 0.0);
        // Of six pairs three rise, two fall and one is tied.
        assert!((rank_correlation(&[1.0, 3.0, 2.0, 2.0]) - 1.0 / f64::sqrt(30.0)).abs() < 1e-15);
    }
}
