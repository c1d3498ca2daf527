//! What moves the window of gains that do as well as the best.

use super::factors::{Factor, factors};
use super::text::table;
use crate::replicate::rough_guide::design::{Grid, Part, Setup};
use crate::replicate::rough_guide::figures::{Choice, Guide};
use crate::words::percent;

/// Windows differ in their width or their place from so many octaves on.
const OCTAVES: f64 = 0.25;

pub fn effect_table(grid: &Grid, guide: &Guide) -> String {
    let head = ["", "something is learned on", "smallest", "largest", "octaves between", "the table is right on"];
    let mut rows = Vec::new();
    for Factor { name, levels, .. } in factors(grid, guide, Part::Made) {
        rows.extend(levels.iter().map(|(level, wanted)| {
            let of_made = |setup: &Setup| setup.part == Part::Made && wanted(setup);
            let window = guide.window(grid, wanted);
            let right = guide.score(grid, Part::Made, Choice::Guide, wanted);
            let end = |i: usize| window.map_or_else(|| "-".to_owned(), |window| format!("x {:.2}", window[i]));
            vec![
                format!("{name}: {level}"),
                percent(guide.learns(of_made), 0),
                end(0),
                end(1),
                window.map_or_else(|| "-".to_owned(), |window| format!("{:.1}", octaves(window))),
                right.map_or_else(|| "-".to_owned(), |score| percent(score.right, 0)),
            ]
        }));
    }
    table(head.map(str::to_owned).to_vec(), rows)
}

fn octaves([low, high]: [f64; 2]) -> f64 {
    libm::log2(high / low)
}

/// What each factor does to the window, in a sentence each.
pub fn effects(grid: &Grid, guide: &Guide) -> String {
    let sentences = factors(grid, guide, Part::Made).into_iter().filter_map(|Factor { name, levels, order }| {
        let windows: Vec<(&str, [f64; 2])> =
            levels.iter().filter_map(|(level, wanted)| Some((level.as_str(), guide.window(grid, wanted)?))).collect();
        match order {
            Some(more) => ordered(more, windows.first()?, windows.last()?),
            None => unordered(name, &windows),
        }
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// From the first level to the last one.
fn ordered(more: &str, first: &(&str, [f64; 2]), last: &(&str, [f64; 2])) -> Option<String> {
    if first.0 == last.0 {
        return None;
    }
    let (before, after) = (octaves(first.1), octaves(last.1));
    let width = match after - before {
        wider if wider >= OCTAVES => "wider",
        wider if wider <= -OCTAVES => "narrower",
        _ => "about as wide",
    };
    let end = |i: usize| {
        let by = libm::log2(last.1[i] / first.1[i]);
        let verb = match by {
            by if by >= OCTAVES => "rises",
            by if by <= -OCTAVES => "falls",
            _ => "hardly moves",
        };
        format!("{verb} from {:.2} to {:.2}", first.1[i], last.1[i])
    };
    Some(format!(
        "With {more} ({} to {}) the window is {width}, {before:.1} octaves and then {after:.1}: its largest gain {}, \
         its smallest {}.",
        first.0,
        last.0,
        end(1),
        end(0)
    ))
}

/// The widest and the narrowest.
fn unordered(name: &str, windows: &[(&str, [f64; 2])]) -> Option<String> {
    let by_width = |a: &&(&str, [f64; 2]), b: &&(&str, [f64; 2])| octaves(a.1).total_cmp(&octaves(b.1));
    let (narrow, wide) = (windows.iter().min_by(by_width)?, windows.iter().max_by(by_width)?);
    let (least, most) = (octaves(narrow.1), octaves(wide.1));
    Some(if most - least >= OCTAVES {
        format!(
            "By {name} it is widest with {} ({most:.1} octaves) and narrowest with {} ({least:.1}).",
            wide.0, narrow.0
        )
    } else {
        let (least, most) = (format!("{least:.1}"), format!("{most:.1}"));
        let range = if least == most { least } else { format!("{least} to {most}") };
        format!("By {name} it is about as wide everywhere ({range} octaves).")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_order_are_those_of_its_figures() {
        let says = |first: [f64; 2], last: [f64; 2]| ordered("wider layers", &("8", first), &("32", last)).unwrap();
        let narrower = says([0.25, 4.0], [0.5, 2.0]);
        assert!(narrower.contains("the window is narrower, 4.0 octaves and then 2.0"), "{narrower}");
        assert!(narrower.contains("largest gain falls from 4.00 to 2.00, its smallest rises from 0.25 to 0.50"));
        let wider = says([0.5, 2.0], [0.5, 4.0]);
        assert!(
            wider.contains("is wider, 2.0") && wider.contains("smallest hardly moves from 0.50 to 0.50"),
            "{wider}"
        );
        assert!(says([0.5, 2.0], [1.0, 4.0]).contains("is about as wide, 2.0 octaves and then 2.0"));
        assert_eq!(ordered("wider layers", &("8", [0.5, 1.0]), &("8", [0.5, 1.0])), None);
    }

    #[test]
    fn levels_without_an_order_are_ranked_or_told_to_be_alike() {
        let alike = unordered("optimizer", &[("sgd", [0.5, 2.0]), ("adam", [0.5, 2.1])]).unwrap();
        assert!(alike.contains("about as wide everywhere (2.0 to 2.1 octaves)"), "{alike}");
        let ranked = unordered("optimizer", &[("sgd", [0.25, 2.0]), ("adam", [0.5, 2.0])]).unwrap();
        assert!(ranked.contains("widest with sgd (3.0 octaves) and narrowest with adam (2.0)"), "{ranked}");
    }
}
