//! A map, with its picture in letters.

use super::document::{Block, Cell, Column, Document, Letters, Table};
use super::table::{measured, measured_or_nothing, roughly};
use crate::executor::Device;
use crate::heat::Colours;
use crate::map::{Figures, Mapping, Value, colours};
use crate::words::{count, number, rough};

/// From the worst to the best.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// So many cells are shown as the best.
const BEST: usize = 5;

/// How far it is, the picture in letters, and the best cells.
pub fn document(mapping: &Mapping) -> Document {
    let [done, wanted] = mapping.progress();
    let all = mapping.cells().figures().len();
    let state = match (done, wanted) {
        (done, wanted) if done >= wanted && wanted == all => format!("all {} cells", count(all as u64)),
        (done, _) => format!("{} of {} cells", count(done as u64), count(all as u64)),
    };
    let mut blocks = vec![Block::Heading(format!("{}: {}, {state}", mapping.title(), mapping.value().title()))];
    if done > 0 {
        blocks.push(Block::Letters(letters(mapping)));
        blocks.extend([Block::Heading("the best cells".to_owned()), Block::Table(best(mapping))]);
    }
    let device = mapping.device().map(Device::in_words);
    let about = mapping.summary().lines().map(str::to_owned).chain(device).collect();
    Document { title: mapping.title(), about, blocks, ..Document::default() }
}

fn letters(mapping: &Mapping) -> Letters {
    let [x, y] = mapping.axes();
    let cells = mapping.cells();
    let (value, sources) = (mapping.value(), mapping.sources());
    let range = mapping.range(value);
    let letter = |cell: usize| {
        let figure = sources[cell].and_then(|source| value.of(&cells.figures()[source]?));
        figure.map_or('?', |figure| shade(value, figure, range))
    };
    let line = |row: usize| (0..cells.columns()).map(|column| letter(row * cells.columns() + column)).collect();
    let lines: Vec<Vec<char>> = (0..cells.rows()).map(line).collect();
    let [low, high] = range.map(number);
    let [least, most] = if value.more_is_better() { [low, high] } else { [high, low] };
    let (worst, top) = (SHADES[0], SHADES[SHADES.len() - 1]);
    let missing = if lines.iter().flatten().any(|letter| *letter == '?') { "; \"?\": none" } else { "" };
    let key = format!("\"{worst}\": {least} or worse, to \"{top}\": {most}{missing}");
    let numbers = [&x, &y].map(|axis| axis.values.iter().map(|value| rough(*value)).collect());
    Letters { axes: [x.name, y.name], numbers, lines, key }
}

fn shade(value: Value, figure: f64, [low, high]: [f64; 2]) -> char {
    let share = match colours(value) {
        Colours::Sequential | Colours::Divergent => (figure - low) / (high - low),
        Colours::Logarithmic => (figure.max(0.0) / low).ln() / (high / low).ln(),
    };
    let share = if value.more_is_better() { share } else { 1.0 - share };
    SHADES[((share.clamp(0.0, 1.0) * SHADES.len() as f64) as usize).min(SHADES.len() - 1)]
}

fn best(mapping: &Mapping) -> Table {
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
    let figures = [axes[1].quantity.name(), axes[0].quantity.name(), value.name(), loss].map(Column::point);
    let columns = figures.into_iter().chain([Column::right("diverged")]).collect();
    let rows = order.iter().take(BEST).map(|(cell, figures)| {
        let (row, column) = (cell / cells.columns(), cell % cells.columns());
        let loss = if value == Value::Loss { figures.test_loss } else { Some(figures.train_loss) };
        vec![
            roughly(x.values[column]),
            roughly(y.values[row]),
            measured_or_nothing(shown(figures)),
            measured(loss.unwrap_or(f64::NAN)),
            Cell::number(format!("{} of {}", figures.diverged, figures.runs), figures.diverged as f64),
        ]
    });
    Table::new(columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::map::{MapSection, MapSpec};
    use crate::report::terminal::{self, Paper};
    use crate::study::Study;

    #[test]
    fn a_map_fits_a_terminal() {
        let spec = "study = { axes = ['lr=0.0001..10:40', 'gain=0.1..10:90'] }\n[data]\ndata = 'circles'\n\
                    samples = [30, 10]\n[training]\nsteps = 20\n";
        let study = Study::new(MapSpec::from_toml(spec).unwrap().study()).unwrap();
        let mut mapping = Mapping::new(&study, MapSection::default(), false, None).unwrap();
        let text = |mapping: &Mapping, columns| terminal::text(&document(mapping), &Paper::terminal(columns));
        assert!(text(&mapping, 80).contains("0 of 3,600 cells"));
        mapping.run(None, &Host::here(2), |_| Ok(())).unwrap();
        for (columns, across) in [(60, 50), (80, 64), (120, 64)] {
            let text = text(&mapping, columns);
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{text}");
            assert!(text.contains("all 3,600 cells") && text.contains("the best cells"), "{text}");
            let lines: Vec<&str> = text.lines().filter(|line| line.ends_with('|')).collect();
            assert_eq!(lines.len(), 24, "{text}");
            let letters = |line: &&str| line.split('|').nth(1).unwrap().chars().count() == across;
            assert!(lines.iter().all(letters), "{text}");
        }
    }

    #[test]
    fn the_best_is_darkest() {
        assert_eq!(shade(Value::TestAccuracy, 1.0, [0.5, 1.0]), '@');
        assert_eq!(shade(Value::Loss, 1e-4, [1e-4, 1.0]), '@');
        assert_eq!((shade(Value::Loss, 1.0, [1e-4, 1.0]), shade(Value::Loss, f64::INFINITY, [1e-4, 1.0])), (' ', ' '));
    }
}
