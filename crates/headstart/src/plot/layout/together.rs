//! Curves that lie on one another, told apart: all but the lowest are dashed, so that each is seen between the dashes of the next.

use crate::plot::colour::SERIES;
use crate::plot::picture::Mark;
use crate::plot::picture::{Chart, Picture, Plot};
use crate::plot::scale::Scale;

/// Curves that are nearer than this lie on one another, in pixels.
const NEAR: f64 = 2.5;

/// On this share of their way.
const MUCH: f64 = 0.4;

/// Places along a chart where curves are compared.
const PLACES: usize = 100;

/// Dashes of the second and third of those that lie on one another.
const DASHES: [[f64; 2]; 4] = [[9.0, 9.0], [5.0, 13.0], [2.0, 7.0], [13.0, 5.0]];

/// How each of those that are compared is drawn.
pub struct Styles {
    names: Vec<String>,
    /// How many lie beneath it, and which is the lowest of them.
    beneath: Vec<(usize, usize)>,
}

impl Styles {
    /// Of a picture that is so wide.
    pub fn of(picture: &Picture, width: f64) -> Self {
        let names: Vec<String> = picture.key.iter().map(|key| key.name.clone()).collect();
        let mut beneath: Vec<(usize, usize)> = (0..names.len()).map(|i| (0, i)).collect();
        for panel in picture.rows.iter().flatten() {
            if let Plot::Chart(chart) = &panel.plot {
                let curves = curves(chart, [width, panel.height]);
                for (later, of) in curves.iter().enumerate() {
                    let on = curves[..later].iter().filter(|other| other.0 != of.0 && lie_together(&other.1, &of.1));
                    let on: Vec<usize> = on.map(|other| other.0).collect();
                    if let (Some(lowest), Some(entry)) = (on.first(), beneath.get_mut(of.0))
                        && on.len() > entry.0
                    {
                        *entry = (on.len(), *lowest);
                    }
                }
            }
        }
        Self { names, beneath }
    }

    /// The name of one.
    pub fn name(&self, series: usize) -> String {
        self.names.get(series).cloned().unwrap_or_default()
    }

    /// Lengths of its dashes and gaps. Those that have the colour of an earlier one are dashed, too.
    pub fn dash(&self, series: usize) -> [f64; 2] {
        let beneath = self.beneath.get(series).map_or(0, |of| of.0);
        match (beneath, series / SERIES.len()) {
            (0, 0) => [0.0; 2],
            (0, round) => DASHES[(2 + round) % DASHES.len()],
            (n, _) => DASHES[(n - 1) % DASHES.len()],
        }
    }

    /// Whether it is dashed, as it lies on another.
    pub fn is_dashed(&self, series: usize) -> bool {
        self.beneath.get(series).is_some_and(|of| of.0 > 0)
    }

    /// The lowest of those beneath it; itself if there is none.
    pub fn beneath(&self, series: usize) -> usize {
        self.beneath.get(series).map_or(series, |of| of.1)
    }

    /// What is said of them.
    pub fn note(&self) -> Option<String> {
        let pairs = (0..self.names.len()).filter(|series| self.is_dashed(*series));
        let told: Vec<String> = pairs
            .map(|series| format!("{} lies on {}", self.names[series], self.names[self.beneath(series)]))
            .collect();
        let more = if told.len() > 3 { format!(" and {} more", told.len() - 3) } else { String::new() };
        let first = told[..told.len().min(3)].join(", ");
        (!told.is_empty()).then(|| format!("Dashed where curves coincide: {first}{more}."))
    }
}

/// Every curve's height at places from left to right, where it has one.
fn curves(chart: &Chart, [width, height]: [f64; 2]) -> Vec<(usize, Vec<Option<f64>>)> {
    let (x, y) = (Scale::new(&chart.x, [0.0, width]), Scale::new(&chart.y, [height, 0.0]));
    let of = |mark: &Mark| {
        let Mark::Curve { series, points } = mark else { return None };
        let at: Vec<[f64; 2]> = points.iter().filter_map(|[a, b]| Some([x.at(*a)?, y.at(*b)?])).collect();
        let heights = (0..=PLACES).map(|i| height_at(&at, width * i as f64 / PLACES as f64)).collect();
        Some((*series, heights))
    };
    chart.marks.iter().filter_map(of).collect()
}

fn height_at(points: &[[f64; 2]], x: f64) -> Option<f64> {
    let next = points.partition_point(|point| point[0] < x);
    let to = points.get(next)?;
    let Some(from) = next.checked_sub(1).map(|i| points[i]) else { return (to[0] == x).then_some(to[1]) };
    Some(from[1] + (to[1] - from[1]) * (x - from[0]) / (to[0] - from[0]))
}

fn lie_together(a: &[Option<f64>], b: &[Option<f64>]) -> bool {
    let both: Vec<f64> = a.iter().zip(b).filter_map(|(a, b)| Some(((*a)? - (*b)?).abs())).collect();
    let near = both.iter().filter(|distance| **distance < NEAR).count();
    both.len() > 1 && near as f64 >= MUCH * both.len() as f64
}
