//! Which points of its axes a study looks at.

use super::axis::{Axis, Level, Over};
use crate::error::Error;
use headstart_engine::names::GrammarError;
use headstart_engine::rng::{Native, Stream};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How points are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Every value of every axis with every value of all others.
    #[default]
    Grid,
    /// Points drawn evenly from the axes, each for itself (Bergstra and Bengio 2012).
    Random,
    /// Points of a Sobol sequence, which cover the axes more evenly than random ones (Sobol 1967), scrambled by the design's
    /// seed (Owen 1995, by the hash of Burley 2020).
    Sobol,
}

impl FromStr for Sampling {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        match name {
            "grid" => Ok(Self::Grid),
            "random" => Ok(Self::Random),
            "sobol" => Ok(Self::Sobol),
            _ => Err(GrammarError::unknown("design", name, &["grid", "random", "sobol"])),
        }
    }
}

/// The points of a study. Point `i` depends on nothing but the design and `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    axes: Vec<Axis>,
    sampling: Sampling,
    seed: u64,
    points: u64,
}

/// So many points has the Sobol sequence that is used.
const SOBOL_POINTS: u64 = 1 << 16;

/// Cells of one study, at most: what two numbers of 32 bits can count.
const MOST_CELLS: u64 = 1 << 40;

impl Design {
    /// A design over axes; the number of points is that of the grid, and asked for with the others.
    ///
    /// # Errors
    /// If an axis stands there twice or has no values, or the number of points makes no sense.
    pub fn new(axes: Vec<Axis>, sampling: Sampling, points: Option<u64>, seed: u64) -> Result<Self, Error> {
        let usage = |message: String| Err(Error::Usage(message));
        if axes.is_empty() {
            return usage("a study needs at least one axis, as in --axis lr=0.001..1:log:20".to_owned());
        }
        for (i, axis) in axes.iter().enumerate() {
            if axes[..i].iter().any(|other| other.quantity == axis.quantity) {
                return usage(format!("axis {}: it stands there twice", axis.quantity.name()));
            }
        }
        let points = match (sampling, points) {
            (Sampling::Grid, Some(_)) => {
                return usage("points are for random and sobol designs; a grid has all there are".to_owned());
            }
            (Sampling::Grid, None) => {
                let mut cells = 1_u64;
                for axis in &axes {
                    let Some(levels) = axis.levels() else {
                        return usage(format!(
                            "axis \"{axis}\": in a grid a range needs the number of its values, as in {axis}:20"
                        ));
                    };
                    cells = cells.saturating_mul(levels.len() as u64);
                }
                cells
            }
            (_, None | Some(0)) => {
                return usage("a random or sobol design needs the number of its points, as in --points 200".to_owned());
            }
            (Sampling::Sobol, Some(points)) if points > SOBOL_POINTS => {
                return usage(format!("a sobol design has at most {SOBOL_POINTS} points; use a random one for more"));
            }
            (_, Some(points)) => points,
        };
        if points > MOST_CELLS {
            return usage(format!("a study of {points} cells is more than can be counted; use fewer values"));
        }
        Ok(Self { axes, sampling, seed, points })
    }

    /// The axes.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The number of points.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// The values of a point, one for each axis. In a grid the last axis changes fastest.
    pub fn point(&self, i: u64) -> Vec<Level> {
        match self.sampling {
            Sampling::Grid => {
                let mut left = i;
                let mut values: Vec<Level> = Vec::with_capacity(self.axes.len());
                for axis in self.axes.iter().rev() {
                    let levels = axis.levels().unwrap_or_default();
                    values.push(levels[(left % levels.len() as u64) as usize].clone());
                    left /= levels.len() as u64;
                }
                values.reverse();
                values
            }
            Sampling::Random => {
                let mut stream = Native::new(self.seed, i);
                self.axes.iter().map(|axis| axis.over.at(stream.uniform())).collect()
            }
            Sampling::Sobol => {
                let share = |axis: usize| f64::from(sobol_burley::sample(i as u32, axis as u32, self.seed as u32));
                self.axes.iter().enumerate().map(|(axis, of)| of.over.at(share(axis))).collect()
            }
        }
    }

    /// Points that together have every value of every axis, and every end of a range, at least once: what is wrong with one
    /// value alone shows in one of these.
    pub fn samples(&self) -> Vec<Vec<Level>> {
        let ends = |axis: &Axis| match &axis.over {
            Over::Levels(levels) => levels.clone(),
            Over::Range { ends, .. } => ends.iter().map(|&x| Level::Number(x)).collect(),
        };
        let firsts: Vec<Level> = self.axes.iter().map(|axis| ends(axis)[0].clone()).collect();
        let mut samples = vec![firsts.clone()];
        for (i, axis) in self.axes.iter().enumerate() {
            for level in ends(axis).into_iter().skip(1) {
                let mut point = firsts.clone();
                point[i] = level;
                samples.push(point);
            }
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn axes(texts: &[&str]) -> Vec<Axis> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn text(point: &[Level]) -> String {
        point.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_grid_has_every_value_with_every_other_one() {
        let design = Design::new(axes(&["init=he,glorot", "depth=1,2,3"]), Sampling::Grid, None, 0).unwrap();
        let points: Vec<String> = (0..design.points()).map(|i| text(&design.point(i))).collect();
        assert_eq!(points, ["he 1", "he 2", "he 3", "glorot 1", "glorot 2", "glorot 3"]);
        assert_eq!(design.samples().len(), 4);
    }

    #[test]
    fn designs_that_make_no_sense_are_refused() {
        let refused =
            |texts: &[&str], sampling, points| Design::new(axes(texts), sampling, points, 0).unwrap_err().to_string();
        assert!(refused(&[], Sampling::Grid, None).contains("at least one axis"));
        assert!(refused(&["lr=1,2", "lr=3,4"], Sampling::Grid, None).contains("twice"));
        assert!(refused(&["lr=1..2"], Sampling::Grid, None).contains("lr=1..2:20"));
        assert!(refused(&["lr=1..2"], Sampling::Random, None).contains("--points"));
        assert!(refused(&["lr=1,2"], Sampling::Grid, Some(3)).contains("a grid has all"));
        assert!(refused(&["lr=1..2"], Sampling::Sobol, Some(1 << 17)).contains("65536"));
        let many = ["seed=0..999999:1000000", "steps=1..1000000:1000000", "samples=1..1000000:1000000"];
        assert!(refused(&many, Sampling::Grid, None).contains("fewer values"));
    }

    /// Each half of each axis has half of any first 2^k points; that is what a Sobol sequence is for.
    #[test]
    fn sobol_points_cover_the_axes_evenly() {
        let design = Design::new(axes(&["lr=0.01..1:log", "noise=0..1"]), Sampling::Sobol, Some(64), 5).unwrap();
        for quarter in 0..4 {
            let is_in = |i: &u64| {
                let point = design.point(*i);
                let (x, y) = (point[0].number() < 0.1, point[1].number() < 0.5);
                usize::from(x) + 2 * usize::from(y) == quarter
            };
            assert_eq!((0..64).filter(is_in).count(), 16);
        }
    }

    proptest! {
        #[test]
        fn points_lie_on_their_axes(seed in 0_u64..1000, i in 0_u64..1000, sobol: bool) {
            let sampling = if sobol { Sampling::Sobol } else { Sampling::Random };
            let texts = ["lr=0.001..1:log", "noise=0.5..2", "depth=1..9", "init=he,glorot,lecun"];
            let design = Design::new(axes(&texts), sampling, Some(1000), seed).unwrap();
            let point = design.point(i);
            prop_assert!((0.001..=1.0).contains(&point[0].number()) && (0.5..=2.0).contains(&point[1].number()));
            prop_assert!((1.0..=9.0).contains(&point[2].number()) && point[2].number().fract() == 0.0);
            prop_assert_eq!(&point, &design.point(i));
        }
    }
}
