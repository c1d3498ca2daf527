//! Numbers in a row as a line of bars.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// As many as tell a fall from a plateau, and find room behind the figures.
const MOST: usize = 10;

/// Losses along the way in ten characters: their logarithm, from its smallest to its largest value.
pub fn spark(losses: &[f64]) -> String {
    // A loss of 0 is small, not infinitely so; NaN stays NaN.
    let log = |loss: f64| if loss == 0.0 { f64::MIN_POSITIVE.ln() } else { loss.ln() };
    let logs: Vec<f64> = losses.iter().map(|&loss| log(loss)).collect();
    let finite = || logs.iter().copied().filter(|x| x.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let width = MOST.min(logs.len());
    let at = |i: usize| if width < 2 { 0 } else { i * (logs.len() - 1) / (width - 1) };
    let bar = |x: f64| match x {
        x if !x.is_finite() => '!',
        // Less than a hundredth of a per cent is flat.
        _ if high - low < 1e-4 => BARS[3],
        x => BARS[((x - low) / (high - low) * 7.0).round() as usize],
    };
    (0..width).map(|i| bar(logs[at(i)])).collect()
}
