//! A weight beside its siblings: the same weight of other layers.

use super::super::recipe::{ENOUGH, is_trained};
use super::super::{Role, Weight};
use super::{Finding, Level, Model, finding};
use crate::words::{foreign, rough};
use std::collections::BTreeMap;

/// Fewer say nothing of what is usual.
const FEWEST: usize = 5;

/// Standard deviations off the median, estimated by the median of what the others are off.
const FAR: f64 = 5.0;

/// The least factor, and that of a first or last layer, which often differ.
const FACTOR: f64 = 2.0;
const FACTOR_AT_AN_END: f64 = 3.0;

/// The rank correlation from which on scales follow the depth.
const FOLLOWS: f64 = 0.9;

/// Siblings of one shape, in the order of their layers, and what scales do along it.
struct Line<'a> {
    weights: Vec<&'a Weight>,
    /// Logarithms of scales.
    logs: Vec<f64>,
    /// By layer, by the method of Theil 1950 and Sen 1968: the median of the slopes between all pairs.
    slope: f64,
    /// Those out of line.
    outliers: Vec<usize>,
}

fn lines<'a>(model: &Model<'a>) -> Vec<Line<'a>> {
    let mut groups: BTreeMap<(&str, &[usize]), Vec<&Weight>> = BTreeMap::new();
    for weight in model.weights {
        let counts = weight.is_matrix() || weight.role == Role::Embedding;
        if counts && weight.layer.is_some() && !weight.is_constant() && weight.rms.is_some_and(|rms| rms > 0.0) {
            groups.entry((&weight.siblings, &weight.shape)).or_default().push(weight);
        }
    }
    groups.into_values().filter(|group| group.len() >= FEWEST).map(Line::new).collect()
}

impl<'a> Line<'a> {
    fn new(mut weights: Vec<&'a Weight>) -> Self {
        // Experts of one layer stay in the order of their names.
        weights.sort_by_key(|weight| weight.layer);
        let logs: Vec<f64> = weights.iter().map(|weight| weight.moments.rms().ln()).collect();
        let pairs = (0..logs.len()).flat_map(|i| (i + 1..logs.len()).map(move |j| (i, j)));
        let slope = median(pairs.map(|(i, j)| (logs[j] - logs[i]) / (j - i) as f64).collect());
        let mut line = Self { weights, logs, slope, outliers: Vec::new() };
        line.outliers = line.find_outliers();
        line
    }

    fn find_outliers(&self) -> Vec<usize> {
        let level: Vec<f64> = self.logs.iter().enumerate().map(|(i, y)| y - self.slope * i as f64).collect();
        let middle = median(level.clone());
        let spread = 1.4826 * median(level.iter().map(|y| (y - middle).abs()).collect());
        let is_out = |i: &usize| {
            let i = *i;
            let near: Vec<f64> =
                (i.saturating_sub(2)..(i + 3).min(self.logs.len())).filter(|j| *j != i).map(|j| self.logs[j]).collect();
            let is_end = i == 0 || i + 1 == self.logs.len();
            let least = if is_end { FACTOR_AT_AN_END } else { FACTOR }.ln();
            let by_chance = 6.0 / (2.0 * self.weights[i].count as f64).sqrt();
            // A curve that bends far from its line is smooth all the same.
            let off = (level[i] - middle).abs().min((self.logs[i] - median(near)).abs());
            off > least.max(FAR * spread).max(by_chance)
        };
        let outliers: Vec<usize> = (0..self.logs.len()).filter(is_out).collect();
        // Where many are out there is no line.
        if outliers.len() * 4 > self.logs.len() { Vec::new() } else { outliers }
    }
}

/// Weights whose scale is not that of their siblings.
pub(super) fn out_of_line(model: &Model<'_>) -> Vec<Finding> {
    let told = |line: &Line<'_>, i: usize| {
        let weight = line.weights[i];
        let others =
            line.logs.iter().enumerate().filter(|(j, _)| !line.outliers.contains(j)).map(|(_, y)| *y).collect();
        let (rms, usual) = (weight.moments.rms(), median(others).exp());
        let [low, high] = [0.25, 0.75].map(|share| quantile(line.logs.clone(), share).exp());
        let what =
            if rms > usual { format!("{} times", rough(rms / usual)) } else { format!("1/{} of", rough(usual / rms)) };
        let sentence = format!(
            "{} has a scale of {}, {what} the {} of its {} siblings (half of them are between {} and {})",
            foreign(&weight.name),
            rough(rms),
            rough(usual),
            line.weights.len() - 1,
            rough(low),
            rough(high)
        );
        let advice = "look what is done to this layer alone: how it is drawn or loaded, its learning rate, whether it is frozen or merged";
        let evidence = [("scale", rms), ("siblings", usual), ("ratio", rms / usual)];
        finding("out-of-line", Level::Suspect, &[weight], sentence, advice, evidence)
    };
    lines(model).iter().flat_map(|line| line.outliers.iter().map(|i| told(line, *i)).collect::<Vec<_>>()).collect()
}

/// Scales that rise or fall with the layer.
pub(super) fn trend(model: &Model<'_>) -> Vec<Finding> {
    let told = |line: Line<'_>| {
        let kept: Vec<usize> = (0..line.logs.len()).filter(|i| !line.outliers.contains(i)).collect();
        let logs: Vec<f64> = kept.iter().map(|i| line.logs[*i]).collect();
        let whole = line.slope * (logs.len() - 1) as f64;
        if whole.abs() < FACTOR.ln() || rank_correlation(&logs).abs() < FOLLOWS {
            return None;
        }
        let [first, last] = [kept[0], kept[kept.len() - 1]].map(|i| line.weights[i]);
        let sentence = format!(
            "the scale of {} {} by layer, from {} in layer {} to {} in layer {}",
            foreign(&first.siblings),
            if whole > 0.0 { "rises" } else { "falls" },
            rough(first.moments.rms()),
            first.layer?,
            rough(last.moments.rms()),
            last.layer?
        );
        let evidence =
            [("first", first.moments.rms()), ("last", last.moments.rms()), ("correlation", rank_correlation(&logs))];
        Some(finding("trend", Level::Note, &line.weights, sentence, "nothing: training often does so", evidence))
    };
    lines(model).into_iter().filter_map(told).collect()
}

/// Weights that are still as drawn, where others are not.
pub(super) fn untouched(model: &Model<'_>) -> Vec<Finding> {
    let counts = |weight: &Weight| weight.is_matrix() && weight.count >= 4 * ENOUGH && weight.not_finite == 0;
    let mut findings = Vec::new();
    for weight in model.weights.iter().filter(|weight| counts(weight)) {
        let Some(like) = &weight.looks_like else { continue };
        let others = |all: &mut dyn Iterator<Item = &Weight>| {
            let (mut trained, mut there) = (0, 0);
            for other in all.filter(|other| counts(other) && other.name != weight.name) {
                there += 1;
                trained += usize::from(is_trained(&other.moments));
            }
            (trained, there)
        };
        let (mut trained, mut there) = others(&mut model.family(weight).iter().copied());
        let mut who = "siblings";
        if there < 3 {
            (trained, there) = others(&mut model.weights.iter());
            who = "other weights of the model";
        }
        if there < 3 || trained * 3 < there * 2 {
            continue;
        }
        let sentence = format!(
            "{} is likely untouched: it is distributed as {like}, with which {trained} of {there} {who} have nothing in common any more",
            foreign(&weight.name)
        );
        let advice = "look whether it is frozen, left out of the optimizer, not reached by the loss, or missing in what was loaded";
        let evidence = [("trained", trained as f64), ("others", there as f64)];
        findings.push(finding("untouched", Level::Suspect, &[weight], sentence, advice, evidence));
    }
    findings
}

fn median(numbers: Vec<f64>) -> f64 {
    quantile(numbers, 0.5)
}

/// Between the two nearest where it is none of them.
fn quantile(mut numbers: Vec<f64>, share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let at = share * (numbers.len() - 1) as f64;
    let (low, high) = (numbers[at.floor() as usize], numbers[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// Spearman's, of numbers and their places.
fn rank_correlation(numbers: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    let n = numbers.len() as f64;
    let squares: f64 = order.iter().enumerate().map(|(rank, place)| (rank as f64 - *place as f64).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
