//! A map in letters, for a terminal of 80 columns.

use super::table::{table, wrapped};
use crate::heat::{Axis, Colours};
use crate::map::{Figures, Mapping, Value, colours};
use crate::words::{count, number, rough};
use std::fmt::Write;

/// From the worst to the best.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// Letters across and lines.
const ACROSS: usize = 64;
const LINES: usize = 24;

/// So many cells are shown as the best.
const BEST: usize = 5;

/// The picture in letters, and the best cells.
pub fn text(mapping: &Mapping) -> String {
    let [done, wanted] = mapping.progress();
    let cells = mapping.cells();
    let all = cells.figures().len();
    let state = match (done, wanted) {
        (done, wanted) if done >= wanted && wanted == all => format!("all {} cells", count(all as u64)),
        (done, _) => format!("{} of {} cells", count(done as u64), count(all as u64)),
    };
    let mut text: String = mapping.summary().lines().map(wrapped).collect();
    text += &wrapped(&format!("\n{}: {}, {state}", mapping.title(), mapping.value().title()));
    if done == 0 {
        return text;
    }
    text.push('\n');
    text += &picture(mapping);
    text.push('\n');
    text += &best(mapping);
    text
}

fn picture(mapping: &Mapping) -> String {
    let [x, y] = mapping.axes();
    let cells = mapping.cells();
    let (value, sources) = (mapping.value(), mapping.sources());
    let (across, lines) = (x.values.len().min(ACROSS), y.values.len().min(LINES));
    // The cell in the middle of each letter.
    let middle = |i: usize, of: usize, count: usize| (2 * i + 1) * count / (2 * of);
    let range = mapping.range(value);
    let letter = |line: usize, column: usize| {
        let cell = middle(line, lines, cells.rows()) * cells.columns() + middle(column, across, cells.columns());
        let figure = sources[cell].and_then(|source| value.of(&cells.figures()[source]?));
        figure.map_or('?', |figure| shade(value, figure, range))
    };
    let named = |axis: &Axis, at: usize| rough(axis.values[at]);
    let margin = (0..lines).map(|line| named(&y, middle(line, lines, y.values.len())).len()).max().unwrap_or(0);
    let mut text = format!("{}\n", y.name);
    for line in (0..lines).rev() {
        // Every fourth line has its number, and the outer ones.
        let is_named = line % 4 == 0 || line == lines - 1 && line % 4 > 1;
        let name = if is_named { named(&y, middle(line, lines, y.values.len())) } else { String::new() };
        let letters: String = (0..across).map(|column| letter(line, column)).collect();
        let _ = writeln!(text, "{name:>margin$} |{letters}|");
    }
    let mut names = String::new();
    for column in (0..across).step_by(12) {
        let name = named(&x, middle(column, across, x.values.len()));
        let _ = write!(names, "{:gap$}{name}", "", gap = column.saturating_sub(names.len()));
    }
    let _ = writeln!(text, "{:margin$}  {names}  {}", "", x.name);
    let [low, high] = range.map(number);
    let [least, most] = if value.more_is_better() { [low, high] } else { [high, low] };
    let (worst, top) = (SHADES[0], SHADES[SHADES.len() - 1]);
    let missing = if text.contains('?') { "; \"?\": none" } else { "" };
    text += &wrapped(&format!("\"{worst}\": {least} or worse, to \"{top}\": {most}{missing}"));
    text
}

fn shade(value: Value, figure: f64, [low, high]: [f64; 2]) -> char {
    let share = match colours(value) {
        Colours::Sequential | Colours::Divergent => (figure - low) / (high - low),
        Colours::Logarithmic => (figure.max(0.0) / low).ln() / (high / low).ln(),
    };
    let share = if value.more_is_better() { share } else { 1.0 - share };
    SHADES[((share.clamp(0.0, 1.0) * SHADES.len() as f64) as usize).min(SHADES.len() - 1)]
}

fn best(mapping: &Mapping) -> String {
    let [x, y] = mapping.axes();
    let (cells, value) = (mapping.cells(), mapping.value());
    let shown = |figures: &Figures| value.of(figures);
    let mut order: Vec<(usize, Figures)> =
        cells.figures().iter().enumerate().filter_map(|(cell, figures)| Some((cell, (*figures)?))).collect();
    let rank = |figures: &Figures| {
        let figure = shown(figures).map(|x| match value {
            value if value.more_is_better() => -x,
            // Below 0 it converges, and the nearer to it the sooner.
            Value::Convergence => {
                if x < 0.0 {
                    1.0 / x
                } else {
                    x
                }
            }
            _ => x,
        });
        (figure.unwrap_or(f64::INFINITY), figures.train_loss)
    };
    order.sort_by(|a, b| rank(&a.1).partial_cmp(&rank(&b.1)).unwrap_or(std::cmp::Ordering::Equal));
    let axes = mapping.study().design().axes();
    let loss = if value == Value::Loss { "test loss" } else { "loss" };
    let header = [axes[1].quantity.name(), axes[0].quantity.name(), value.name(), loss, "diverged"];
    let lines = order.iter().take(BEST).map(|(cell, figures)| {
        let (row, column) = (cell / cells.columns(), cell % cells.columns());
        vec![
            rough(x.values[column]),
            rough(y.values[row]),
            shown(figures).map_or_else(|| "-".to_owned(), number),
            number(if value == Value::Loss { figures.test_loss.unwrap_or(f64::NAN) } else { figures.train_loss }),
            format!("{} of {}", figures.diverged, figures.runs),
        ]
    });
    format!("the best cells\n{}", table(&header, lines, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::map::{MapSection, MapSpec};
    use crate::study::Study;

    #[test]
    fn a_map_fits_a_terminal() {
        let spec = "study = { axes = ['lr=0.0001..10:40', 'gain=0.1..10:90'] }\n[data]\ndata = 'circles'\n\
                    samples = [30, 10]\n[training]\nsteps = 20\n";
        let study = Study::new(MapSpec::from_toml(spec).unwrap().study()).unwrap();
        let mut mapping = Mapping::new(&study, MapSection::default(), false, None).unwrap();
        assert!(text(&mapping).contains("0 of 3,600 cells"));
        mapping.run(None, &Host::here(2), |_| Ok(())).unwrap();
        let text = text(&mapping);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("all 3,600 cells") && text.contains("the best cells"), "{text}");
        assert_eq!(text.lines().filter(|line| line.ends_with('|')).count(), LINES);
    }

    #[test]
    fn the_best_is_darkest() {
        assert_eq!(shade(Value::TestAccuracy, 1.0, [0.5, 1.0]), '@');
        assert_eq!(shade(Value::Loss, 1e-4, [1e-4, 1.0]), '@');
        assert_eq!((shade(Value::Loss, 1.0, [1e-4, 1.0]), shade(Value::Loss, f64::INFINITY, [1e-4, 1.0])), (' ', ' '));
    }
}
