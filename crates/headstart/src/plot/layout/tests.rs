//! No text stands on another, none leaves the picture, and where they are is where they are drawn.

use super::layout;
use crate::heat;
use crate::plot::colour::Ink;
use crate::plot::drawing::{Drawing, overlap};
use crate::plot::{Axis, Cells, Chart, Format, Key, Kind, Look, Mark, Panel, Picture, Plot, Shade, Words, font};
use proptest::prelude::*;
use resvg::usvg;

fn axis(title: &str, kind: Kind, range: [f64; 2]) -> Axis {
    Axis { title: title.to_owned(), kind, range }
}

fn chart(x: Axis, y: Axis, marks: Vec<Mark>) -> Panel {
    Panel { title: "a panel".to_owned(), share: 1.0, height: 200.0, plot: Plot::Chart(Chart { x, y, marks }) }
}

fn with(rows: Vec<Vec<Panel>>, names: &[&str]) -> Picture {
    Picture {
        title: "a title".to_owned(),
        subtitle: "network 2-10-5-1, relu · gd, all samples, lr 0.01".to_owned(),
        key: names.iter().map(|name| Key { name: (*name).to_owned(), detail: String::new() }).collect(),
        rows,
        ..Picture::default()
    }
}

/// Texts that stand on one another, and those that are not within the picture.
fn faults(drawing: &Drawing) -> Vec<String> {
    let boxes: Vec<_> = drawing.texts.iter().map(|text| (text.bounds(), text)).collect();
    let mut faults = Vec::new();
    for (i, (a, text)) in boxes.iter().enumerate() {
        if a[0] < -0.5 || a[1] < -0.5 || a[2] > drawing.size[0] + 0.5 || a[3] > drawing.size[1] + 0.5 {
            faults.push(format!("{:?} {:?} leaves {:?}: {a:?}", text.role, text.text, drawing.size));
        }
        for (b, other) in &boxes[..i] {
            if overlap(*a, *b, -0.5) {
                let roles = (text.role, other.role);
                faults.push(format!("{roles:?}: {:?} {a:?} stands on {:?} {b:?}", text.text, other.text));
            }
        }
    }
    faults
}

fn kinds() -> impl Strategy<Value = (Kind, [f64; 2])> {
    let numbers = (-1e6..1e6_f64, 1e-6..1e6_f64).prop_map(|(low, more)| (Kind::Linear, [low, low + more]));
    let whole = (1..2_000_000_u32).prop_map(|last| (Kind::Whole, [0.0, f64::from(last)]));
    let log = (-300.0..300.0_f64, 0.01..40.0_f64)
        .prop_map(|(low, decades)| (Kind::Log, [10_f64.powf(low), 10_f64.powf((low + decades).min(307.0))]));
    prop_oneof![numbers, whole, log]
}

fn names() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof!["[a-z]{1,8}(:0\\.[0-9]{1,3})?", "[a-z:0-9./]{1,60}", "\\PC{0,30}"];
    prop::collection::vec(name, 1..12)
}

prop_compose! {
    fn pictures()(
        names in names(),
        details in any::<bool>(),
        (x, of_x) in kinds(),
        (y, of_y) in kinds(),
        at in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..40),
        title in "\\PC{0,90}",
        labels in prop::collection::vec("[a-z ]{0,20}", 3),
        panels in 1..4_usize,
        rows in 1..3_usize,
    ) -> Picture {
        let number = |kind: &Kind, [low, high]: [f64; 2], share: f64| match kind {
            Kind::Log => low * (high / low).powf(share),
            _ => low + (high - low) * share,
        };
        let point = |(a, b): &(f64, f64)| [number(&x, of_x, *a), number(&y, of_y, *b)];
        let mut points: Vec<[f64; 2]> = at.iter().map(point).collect();
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let series = names.len() - 1;
        let marks = vec![
            Mark::Span { series: Some(0), ends: [points[0][0], points[points.len() - 1][0]], label: labels[0].clone() },
            Mark::Rule { is_upright: true, at: points[0][0], label: labels[1].clone() },
            Mark::Rule { is_upright: false, at: points[0][1], label: labels[2].clone() },
            Mark::Curve { series: 0, points: points.clone() },
            Mark::Curve { series, points: points.clone() },
            Mark::Dots { series, points: vec![(points[0], "a seed".to_owned())], radius: 3.0, is_filled: true },
        ];
        let of_axes = chart(axis("step", x, of_x), axis("training loss", y, of_y), marks);
        let rows_of_names = axis("", Kind::Names(names.clone()), [0.0, names.len() as f64]);
        let of_names = chart(axis("test accuracy", Kind::Linear, [0.0, 1.02]), rows_of_names, Vec::new());
        let row: Vec<Panel> = std::iter::repeat_n(of_axes, panels).chain([of_names]).collect();
        let detail = if details { "accuracy 0.83 train, 0.86 test" } else { "" };
        Picture {
            title,
            key: names.iter().map(|name| Key { name: name.clone(), detail: detail.to_owned() }).collect(),
            words: vec![Words { head: (Ink::Ink, names[0].clone()), text: "what was found ".repeat(12) }],
            notes: vec!["what bands mean".to_owned()],
            ..with(vec![row; rows], &[])
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { ..ProptestConfig::with_cases(96) })]

    #[test]
    fn no_text_stands_on_another_in_any_picture_of_any_width(picture in pictures(), width in 240.0..2000.0_f64) {
        let drawing = layout(&picture, &Look { width: Some(width), ..Look::default() }).unwrap();
        let faults = faults(&drawing);
        prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn a_picture_is_as_high_as_is_asked_for_or_as_low_as_it_can_be(picture in pictures(), height in 100.0..1500.0_f64) {
        let at = |height: f64| layout(&picture, &Look { height: Some(height), ..Look::default() }).unwrap();
        let (drawing, lowest) = (at(height), at(0.0).size[1]);
        prop_assert!((drawing.size[1] - height.max(lowest)).abs() < 1.0, "{} {height} {lowest}", drawing.size[1]);
        let faults = faults(&drawing);
        prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

fn map(columns: usize, rows: usize) -> Picture {
    let values = |count: usize| (0..count).map(|i| 0.1 * 1.4_f64.powi(i as i32)).collect::<Vec<f64>>();
    let line = |name: &str, x: f64| heat::Line { name: name.to_owned(), points: vec![[x, 0.0], [x, f64::INFINITY]] };
    let cells = Cells {
        x: heat::Axis::new("gain", values(columns)),
        y: heat::Axis::new("learning rate", values(rows)),
        figures: (0..rows).map(|row| (0..columns).map(|column| (row + column) as f64).collect()).collect(),
        outline: Some(3.0),
        lines: vec![line("critical", 0.2), line("6 xi", 0.21)],
    };
    let shade = Shade {
        name: "training loss".to_owned(),
        range: [0.01, 9.0],
        colours: heat::Colours::Logarithmic,
        small_is_best: true,
        outline: Some(3.0),
    };
    let panel = Panel { title: String::new(), share: 1.0, height: 300.0, plot: Plot::Cells(cells) };
    Picture { shade: Some(shade), ..with(vec![vec![panel.clone(), panel.clone()], vec![panel]], &[]) }
}

#[test]
fn maps_of_any_size_keep_their_texts_apart() {
    for (columns, rows) in [(1, 1), (2, 30), (9, 7), (64, 64), (400, 3)] {
        for width in [300.0, 640.0, 1200.0] {
            let drawing = layout(&map(columns, rows), &Look { width: Some(width), ..Look::default() }).unwrap();
            assert_eq!(faults(&drawing), [""; 0], "{columns} x {rows} cells, {width} wide");
        }
    }
}

#[test]
fn texts_are_where_they_were_laid_out_and_can_be_read_in_the_file() {
    let points = vec![[0.0, 1.0], [15_000.0, 0.01]];
    let marks = vec![
        Mark::Curve { series: 0, points },
        Mark::Rule { is_upright: false, at: 0.69, label: "guessing".to_owned() },
    ];
    let panel = chart(axis("step", Kind::Whole, [0.0, 15_000.0]), axis("loss", Kind::Log, [0.01, 1.0]), marks);
    let picture = with(vec![vec![panel]], &["normal:0.1 <σ_w & \"χ\">"]);
    let look = Look { width: Some(640.0), ..Look::default() };
    let drawing = layout(&picture, &look).unwrap();
    let file = String::from_utf8(picture.bytes(Format::Svg, &look).unwrap()).unwrap();
    let tree = usvg::Tree::from_str(&file, &font::options()).unwrap();
    let drawn: Vec<(String, usvg::Rect)> = texts(tree.root());
    for wanted in ["a title", "normal:0.1 <σ_w & \"χ\">", "step", "loss", "10,000", "0.01", "guessing"] {
        assert!(drawn.iter().any(|(text, _)| text == wanted), "{wanted}: {drawn:?}");
    }
    assert_eq!(drawn.len(), drawing.texts.len());
    for ((text, bounds), laid) in drawn.iter().zip(&drawing.texts) {
        let [left, _, right, _] = laid.bounds();
        let off = (f64::from(bounds.left()) - left).abs().max((f64::from(bounds.right()) - right).abs());
        // The rim around a label is not part of the text.
        assert!(off < if laid.has_rim { 4.0 } else { 1.0 }, "{text}: {bounds:?} is not {left} to {right}");
    }
}

fn texts(group: &usvg::Group) -> Vec<(String, usvg::Rect)> {
    let of = |node: &usvg::Node| match node {
        usvg::Node::Group(group) => texts(group),
        usvg::Node::Text(text) => {
            let words = text.chunks().iter().map(usvg::TextChunk::text).collect();
            vec![(words, text.abs_bounding_box())]
        }
        _ => Vec::new(),
    };
    group.children().iter().flat_map(of).collect()
}

#[test]
fn curves_that_lie_on_one_another_are_told_apart_and_others_are_not_dashed() {
    let line =
        |series: usize, height: f64| Mark::Curve { series, points: (0..50).map(|i| [f64::from(i), height]).collect() };
    let of = |heights: &[f64]| {
        let marks = heights.iter().enumerate().map(|(series, height)| line(series, *height)).collect();
        let axes = [axis("step", Kind::Whole, [0.0, 49.0]), axis("loss", Kind::Linear, [0.0, 1.0])];
        let [x, y] = axes;
        let names = ["a", "b", "c"];
        let picture = with(vec![vec![chart(x, y, marks)]], &names[..heights.len()]);
        String::from_utf8(picture.bytes(Format::Svg, &Look::default()).unwrap()).unwrap()
    };
    let together = of(&[0.691, 0.69, 0.2]);
    assert!(together.contains("Dashed where curves coincide: b lies on a."), "{together}");
    // In the chart and in the key.
    assert_eq!(together.matches("stroke-dasharray=\"9 9\"").count(), 2);
    let apart = of(&[0.7, 0.5, 0.2]);
    assert!(!apart.contains("coincide") && !apart.contains("stroke-dasharray"), "{apart}");
    let three = of(&[0.5, 0.5, 0.5]);
    assert!(three.contains("b lies on a, c lies on a.") && three.contains("stroke-dasharray=\"5 13\""), "{three}");
}

#[test]
fn a_picture_is_no_smaller_than_it_can_be_and_no_larger_than_can_be_held() {
    let picture = map(4, 4);
    let of = |width: f64, height: f64| {
        layout(&picture, &Look { width: Some(width), height: Some(height), dpi: 96.0 }).map(|drawing| drawing.size)
    };
    let smallest = of(10.0, 10.0).unwrap();
    assert_eq!(smallest[0], 240.0);
    assert_eq!(of(240.0, smallest[1]).unwrap(), smallest);
    assert!(of(30_000.0, 1000.0).unwrap_err().0.contains("are more than 20000"));
}

#[test]
fn of_more_cells_than_dots_some_are_drawn_and_it_is_said() {
    let large = map(1500, 4);
    let look = Look { width: Some(640.0), dpi: 96.0, height: None };
    let drawing = layout(&large, &look).unwrap();
    assert!(drawing.texts.iter().any(|text| text.text.starts_with("There are more cells than dots")));
    // By itself it is as wide as it needs.
    let drawing = layout(&large, &Look::default()).unwrap();
    assert!(!drawing.texts.iter().any(|text| text.text.starts_with("There are more cells than dots")));
}
