//! Every kind of plot looks as it did when somebody last looked at it.

mod alike;

use headstart::heat::{self, Colours};
use headstart::plot::colour::Ink;
use headstart::plot::{Axis, Cells, Chart, Format, Key, Kind, Look, Mark, Panel, Picture, Plot, Shade, Words};
use std::path::Path;

/// As wide as a picture in a forum's post.
const LOOK: Look = Look { width: Some(640.0), height: None, dpi: 96.0 };

fn check(name: &str, picture: &Picture) {
    let drawn = picture.bytes(Format::Png, &LOOK).unwrap();
    alike::check(&drawn, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pictures").join(name));
}

fn axis(title: &str, kind: Kind, range: [f64; 2]) -> Axis {
    Axis { title: title.to_owned(), kind, range }
}

fn panel(title: &str, x: Axis, y: Axis, marks: Vec<Mark>) -> Panel {
    Panel { title: title.to_owned(), share: 1.0, height: 200.0, plot: Plot::Chart(Chart { x, y, marks }) }
}

fn picture(rows: Vec<Vec<Panel>>, key: &[(&str, &str)]) -> Picture {
    let of = |(name, detail): &(&str, &str)| Key { name: (*name).to_owned(), detail: (*detail).to_owned() };
    Picture {
        title: "circles from normal:10, normal:0.1, normal:0.01".to_owned(),
        subtitle: "network 2-10-5-1, relu, sigmoid output · gd, all samples, lr 0.01, 15000 steps".to_owned(),
        key: key.iter().map(of).collect(),
        rows,
        ..Picture::default()
    }
}

/// A loss that falls from one number to another, late or soon.
fn falling(from: f64, to: f64, when: f64) -> Vec<[f64; 2]> {
    (0..=75).map(|i| f64::from(i) * 200.0).map(|t| [t, to + (from - to) / (1.0 + (t / when).powi(3))]).collect()
}

#[test]
fn curves_with_bands_and_rows_of_dots() {
    let ends = [(1700.0, 0.38, 300.0), (0.7, 0.69, 9000.0), (0.6935, 0.69, 30000.0)];
    let mut marks = Vec::new();
    for (series, (from, to, when)) in ends.into_iter().enumerate() {
        let around = |[t, y]: &[f64; 2]| [*t, y * 0.8, y * 1.3];
        marks.push(Mark::Band { series, points: falling(from, to, when).iter().map(around).collect() });
    }
    for (series, (from, to, when)) in ends.into_iter().enumerate() {
        marks.push(Mark::Curve { series, points: falling(from, to, when) });
    }
    let losses =
        panel("", axis("step", Kind::Whole, [0.0, 15000.0]), axis("training loss", Kind::Log, [0.2, 3000.0]), marks);
    let names = ["normal:10", "normal:0.1", "normal:0.01"];
    let dots = |series: usize| {
        let dot = |k: u32| {
            (
                [0.5 + 0.1 * series as f64 + 0.01 * f64::from(k * k % 11), series as f64 + 0.2 + 0.03 * f64::from(k)],
                String::new(),
            )
        };
        Mark::Dots { series, points: (0..20).map(dot).collect(), radius: 3.2, is_filled: series != 1 }
    };
    let rows = axis("", Kind::Names(names.map(str::to_owned).to_vec()), [0.0, 3.0]);
    let seeds = panel("every seed", axis("test accuracy", Kind::Linear, [0.0, 1.02]), rows, (0..3).map(dots).collect());
    let key = [
        (names[0], "accuracy 0.83 train, 0.86 test"),
        (names[1], "accuracy 0.60 train, 0.57 test"),
        (names[2], "accuracy 0.46 train, 0.48 test"),
    ];
    check("curves.png", &picture(vec![vec![losses, Panel { share: 0.7, ..seeds }]], &key));
}

#[test]
fn plateaus_with_their_predicted_ends_and_words() {
    let span = |series, from: f64, to: f64, label: &str| Mark::Span {
        series: Some(series),
        ends: [from, to],
        label: label.to_owned(),
    };
    let rule = |is_upright, at, label: &str| Mark::Rule { is_upright, at, label: label.to_owned() };
    let late = |series, when| Mark::Curve {
        series,
        points: falling(0.693, 0.01, when).into_iter().map(|[t, y]| [1.0 + t * 30.0, y]).collect(),
    };
    let marks = vec![
        span(0, 20_000.0, 62_000.0, "ends near 36,000"),
        span(1, 170_000.0, 570_000.0, "ends near 310,000"),
        rule(false, std::f64::consts::LN_2, "guessing"),
        rule(false, 0.52, "a quarter less"),
        rule(true, 15_000.0, "end of training, 15,000"),
        late(0, 1_300.0),
        late(1, 11_000.0),
        Mark::Dots {
            series: 1,
            points: vec![([10.0, 0.693], String::new()), ([200_000.0, 0.5], String::new())],
            radius: 2.6,
            is_filled: false,
        },
    ];
    let losses = panel(
        "",
        axis("step (logarithmic)", Kind::Log, [1.0, 600_000.0]),
        axis("training loss", Kind::Log, [0.005, 1.0]),
        marks,
    );
    let picture = Picture {
        words: vec![Words { head: (Ink::Series(0), "normal:0.1: plateau".to_owned()), text: "It is not worse, it is later: the loss stays at what guessing costs until about step 36,000, after the 15,000 given.".to_owned() }],
        notes: vec!["Lines: losses that were run; circles: predicted.".to_owned()],
        ..picture(vec![vec![losses]], &[("normal:0.1", ""), ("normal:0.01", "")])
    };
    check("plateaus.png", &picture);
}

#[test]
fn maps_with_lines_holes_and_an_outline() {
    let values = |from: f64, times: f64, count: i32| (0..count).map(|i| from * times.powi(i)).collect::<Vec<f64>>();
    let figure = |row: usize, column: usize| {
        if (row, column) == (2, 3) { f64::NAN } else { 1.0 / (1.0 + (row as f64 - 0.7 * column as f64).powi(2)) }
    };
    let cells = |columns: usize, rows: usize| Cells {
        x: heat::Axis::new("gain", values(0.1, 1.6, columns as i32)),
        y: heat::Axis::new("learning rate", values(0.001, 2.0, rows as i32)),
        figures: (0..rows).map(|row| (0..columns).map(|column| figure(row, column)).collect()).collect(),
        outline: Some(0.5),
        lines: vec![heat::Line { name: "critical".to_owned(), points: vec![[1.0, 0.0], [1.0, f64::INFINITY]] }],
    };
    for (name, colours, small_is_best, range) in [
        ("map.png", Colours::Sequential, false, [0.0, 1.0]),
        ("map-loss.png", Colours::Logarithmic, true, [0.01, 1.0]),
        ("map-signs.png", Colours::Divergent, false, [-1.0, 1.0]),
    ] {
        let shade = Shade { name: "test accuracy".to_owned(), range, colours, small_is_best, outline: Some(0.5) };
        let panel = |title: &str, columns, rows| Panel {
            title: title.to_owned(),
            share: 1.0,
            height: 180.0,
            plot: Plot::Cells(cells(columns, rows)),
        };
        let rows = vec![vec![panel("one", 10, 8), panel("another", 40, 30)]];
        check(name, &Picture { shade: Some(shade), ..picture(rows, &[]) });
    }
}
