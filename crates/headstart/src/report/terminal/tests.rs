use super::*;
use crate::report::document::{Cell, Column, Interval, Letters, Mark, Row, Table};
use proptest::prelude::*;
use textwrap::core::display_width;

const WIDTHS: [usize; 3] = [60, 80, 120];

/// A text without what makes it coloured.
fn stripped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        plain += &rest[..at];
        rest = &rest[at + rest[at..].find('m').unwrap() + 1..];
    }
    plain + rest
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3,
        2 => (-12.0..12.0_f64).prop_map(f64::exp2),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(0.0),
        1 => Just(1e-300),
    ]
}

/// Names as people and schemes have them: some of them long, wide, or with slashes.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,12}",
        2 => "[a-z]{1,9}(:[0-9]{1,3})?(/[a-z]{1,9}){1,6}",
        1 => "[a-zé猫ß漢]{1,12}",
        1 => "[a-z]{30,70}",
        1 => "[a-z]{0,3}\u{1b}[a-z]{0,3}",
    ]
}

fn cell() -> impl Strategy<Value = Cell> {
    let measured = (number(), proptest::option::of([number(), number()])).prop_map(|(x, ends)| Cell {
        interval: ends.map(|ends| Interval {
            ends,
            text: format!("{}, {}", crate::words::number(ends[0]), crate::words::number(ends[1])),
        }),
        ..Cell::number(crate::words::number(x), x)
    });
    prop_oneof![4 => measured, 1 => proptest::collection::vec(number(), 0..30).prop_map(|trace| Cell { trace, ..Cell::default() })]
}

fn a_table() -> impl Strategy<Value = Table> {
    let column = (word(), 0..3_usize).prop_map(|(title, align)| match align {
        0 => Column::left(title),
        1 => Column::right(title),
        _ => Column::point(title),
    });
    let mark = prop_oneof![4 => Just(None), 1 => Just(Some(Mark::Best)), 1 => Just(Some(Mark::Failed))];
    (proptest::collection::vec(column, 0..12), 0..5_usize).prop_flat_map(move |(columns, rows)| {
        let cells = proptest::collection::vec(cell(), columns.len());
        let row = (word(), cells, mark.clone()).prop_map(|(name, mut cells, mark)| {
            cells.insert(0, name.into());
            Row { cells, mark }
        });
        (proptest::collection::vec(row, rows), word(), proptest::collection::vec(word(), 0..3)).prop_map(
            move |(rows, caption, notes)| {
                let columns = std::iter::once(Column::left("init")).chain(columns.clone()).collect();
                Table { caption, columns, rows, notes }
            },
        )
    })
}

fn sentence() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => word(),
        1 => Just("NOT as predicted".to_owned()),
        1 => [number(), number(), number()].prop_map(|[x, low, high]| {
            let [x, low, high] = [x, low, high].map(crate::words::number);
            format!("{x} [{low}, {high}]")
        }),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        2 => sentence().prop_map(Block::Text),
        1 => sentence().prop_map(Block::Heading),
        2 => (proptest::sample::select(vec!["predicted", "run", "wr\u{1b}"]), sentence())
            .prop_map(|(head, text)| Block::said(head, text)),
        1 => (word(), sentence(), proptest::collection::vec((word(), "[0-9.]{1,6}"), 0..5), sentence()).prop_map(
            |(name, sentence, figures, advice)| Block::Finding(Finding { number: 1, name, sentence, figures, advice })
        ),
        3 => a_table().prop_map(Block::Table),
        1 => proptest::collection::vec("[a-z(), \"]{0,90}", 1..4).prop_map(|lines| Block::Code(vec![Snippet {
            framework: "Python".to_owned(),
            code: lines.join("\n"),
        }])),
        1 => (1..90_usize, 1..30_usize).prop_map(|(across, lines)| Block::Letters(Letters {
            axes: ["gain".to_owned(), "learning rate".to_owned()],
            numbers: [vec!["0.123".to_owned(); across], vec!["10".to_owned(); lines]],
            lines: vec![vec!['#'; across]; lines],
            key: "\"#\": good".to_owned(),
        })),
    ]
}

fn a_document() -> impl Strategy<Value = Document> {
    (proptest::collection::vec(sentence(), 0..3), sentence(), proptest::collection::vec(block(), 0..6))
        .prop_map(|(about, answer, blocks)| Document { about, answer, blocks, ..Document::default() })
}

/// What stands before a text, and is not broken from its first word.
const HEADS: [&str; 6] = ["predicted", "run", "wr\\u{1b}", "figures:", "do:", "1."];

/// Whether a line has nothing that it could have been broken at: no blank but those behind its mark or head, and those of one interval.
fn is_one_word(line: &str) -> bool {
    let line = line.trim_start_matches(['*', ' ']);
    let text = HEADS.iter().find_map(|head| line.strip_prefix(head)).unwrap_or(line).trim_start();
    let words: Vec<&str> = text.split(' ').collect();
    let interval = words.iter().position(|word| word.starts_with('['));
    words.len() == 1 || interval.is_some_and(|at| at <= 1 && words.len() <= at + 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn lines_are_no_longer_than_the_paper_and_colours_change_nothing(document in a_document()) {
        let has_code = document.blocks.iter().any(|block| matches!(block, Block::Code(_)));
        for columns in WIDTHS {
            let paper = Paper::terminal(columns);
            let plain = text(&document, &paper);
            for line in plain.lines() {
                let fits = display_width(line) <= columns || has_code && line.contains(['(', '"', ',']);
                prop_assert!(fits || is_one_word(line), "{columns}: {line:?}");
                prop_assert!(line.trim_end() == line && !line.contains('\x1b'), "{line:?}");
            }
            prop_assert!(!plain.contains("\n\n\n") && !plain.starts_with('\n'), "{plain}");
            let coloured = text(&document, &paper.coloured(true));
            prop_assert_eq!(stripped(&coloured), plain);
            // No line leaves its colour to the next.
            prop_assert!(coloured.lines().all(|line| !line.contains('\x1b') || line.contains("\x1b[0m")), "{coloured:?}");
        }
    }

    #[test]
    fn every_figure_stands_whole_with_its_interval(table in a_table()) {
        for columns in WIDTHS {
            let lines = super::table::set(&table, Paper::terminal(columns));
            let text = lines.join("\n");
            // What is in columns has more blanks before its interval, so that intervals stand below one another.
            let squeezed = text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            for cell in table.rows.iter().flat_map(|row| &row.cells[1..]) {
                let mut whole = cell.text.clone();
                if let Some(interval) = &cell.interval {
                    whole.extend([" [", &interval.text, "]"]);
                }
                whole += &spark(&cell.trace);
                prop_assert!(squeezed.contains(&whole), "{columns}: {whole}\n{text}");
            }
            for row in &table.rows {
                let name = crate::words::in_a_line(&row.cells[0].text);
                prop_assert!(name.split_inclusive('/').all(|piece| text.contains(piece)), "{name}\n{text}");
            }
        }
    }

    #[test]
    fn points_stand_below_one_another(figures in proptest::collection::vec(number(), 1..8)) {
        let rows = figures.iter().map(|x| vec!["he".into(), Cell::number(crate::words::number(*x), *x)]);
        let table = Table::new(vec![Column::left("init"), Column::point("loss")], rows);
        let lines = super::table::set(&table, Paper::plain());
        let points: Vec<usize> = lines.iter().filter_map(|line| line.find('.')).collect();
        prop_assert!(points.windows(2).all(|two| two[0] == two[1]), "{lines:#?}");
    }
}

/// Figures of two starts, wide enough to need two panels in a narrow terminal.
fn compared() -> Table {
    let row = |init: &str, mark| {
        let interval = Interval { ends: [0.81, 0.86], text: "0.810, 0.860".to_owned() };
        let cells = vec![
            init.into(),
            Cell::number("12", 12.0),
            Cell { interval: Some(interval.clone()), ..Cell::number("0.835", 0.835) },
            Cell::number("0.7000 (7)", 0.7),
            Cell { interval: Some(interval), ..Cell::number("0.835", 0.835) },
        ];
        Row { cells, mark }
    };
    let columns = vec![
        Column::left("init"),
        Column::right("runs"),
        Column::point("test accuracy"),
        Column::point("worst (seed)"),
        Column::point("balanced"),
    ];
    let rows = vec![row("he", Some(Mark::Best)), row("glorot", None), row("normal:10", Some(Mark::Failed))];
    Table { columns, rows, notes: vec!["normal:10: 3 of 12 runs diverged".to_owned()], ..Table::default() }
}

#[test]
fn a_wide_table_goes_on_below_with_its_names() {
    let set = |columns| super::table::set(&compared(), Paper::terminal(columns)).join("\n");
    assert_eq!(
        set(80),
        "  init       runs         test accuracy  worst (seed)              balanced\n\
         * he           12  0.835 [0.810, 0.860]    0.7000 (7)  0.835 [0.810, 0.860]\n  \
         glorot       12  0.835 [0.810, 0.860]    0.7000 (7)  0.835 [0.810, 0.860]\n  \
         normal:10    12  0.835 [0.810, 0.860]    0.7000 (7)  0.835 [0.810, 0.860]\n\
         normal:10: 3 of 12 runs diverged"
    );
    assert_eq!(
        set(60),
        "  init       runs         test accuracy  worst (seed)\n\
         * he           12  0.835 [0.810, 0.860]    0.7000 (7)\n  \
         glorot       12  0.835 [0.810, 0.860]    0.7000 (7)\n  \
         normal:10    12  0.835 [0.810, 0.860]    0.7000 (7)\n\
         \n  \
         init                   balanced\n\
         * he         0.835 [0.810, 0.860]\n  \
         glorot     0.835 [0.810, 0.860]\n  \
         normal:10  0.835 [0.810, 0.860]\n\
         normal:10: 3 of 12 runs diverged"
    );
}

#[test]
fn what_has_no_room_beside_its_name_has_a_line_of_its_own() {
    let long = "x".repeat(58);
    let rows = vec![vec![long.as_str().into(), Cell::number("0.835", 0.835), "yes".into()]];
    let table = Table::new(vec![Column::left("init"), Column::point("test accuracy"), Column::right("agrees")], rows);
    let lines = super::table::set(&table, Paper::terminal(60));
    assert_eq!(lines, [long.as_str(), "  test accuracy: 0.835", "  agrees: yes"]);
}

#[test]
fn each_colour_means_one_thing() {
    let said = Block::said("measured", "at step 10: NOT as predicted");
    let document = Document {
        about: vec!["circles".to_owned(), "note: a note".to_owned()],
        answer: "plateau decides".to_owned(),
        blocks: vec![Block::Table(compared()), said, Block::Details { summary: "more".to_owned(), blocks: Vec::new() }],
        ..Document::default()
    };
    let coloured = text(&document, &Paper::terminal(80).coloured(true));
    for part in [
        "\x1b[2mcircles\x1b[0m\nnote: a note\n",
        "\x1b[1mplateau decides\x1b[0m\n",
        "\x1b[1m* he",
        "\x1b[31m  normal:10",
        "\x1b[2mmeasured\x1b[0m  at step 10: \x1b[31mNOT as predicted\x1b[0m\n",
        "\x1b[2m--verbose shows more\x1b[0m\n",
    ] {
        assert!(coloured.contains(part), "{part:?} in {coloured:?}");
    }
}

#[test]
fn an_interval_and_its_number_stay_in_a_line() {
    let text = format!("{} 0.835 [0.810, 0.860], and not [1, 2, 3]", "x".repeat(50));
    assert_eq!(paragraph(&text, 60, ["", ""]), ["x".repeat(50).as_str(), "0.835 [0.810, 0.860], and not [1, 2, 3]"]);
}

#[test]
fn code_is_broken_where_it_stays_the_same() {
    let line = "for i, layer in enumerate(l for l in model.layers if isinstance(l, keras.layers.Dense)):";
    assert_eq!(
        lines::broken_code(line, 70),
        ["for i, layer in enumerate(l for l in model.layers if", "    isinstance(l, keras.layers.Dense)):"]
    );
    let command = "  headstart init --init orthogonal:8 --layers 2,10,5,1 --activation relu \\";
    assert_eq!(
        lines::broken_code(command, 58),
        ["  headstart init --init orthogonal:8 --layers 2,10,5,1 \\", "    --activation relu \\"]
    );
    let whole = format!("text = \"{}\"  # ({0})", "a b ".repeat(20));
    assert_eq!(lines::broken_code(&whole, 60), [whole]);
    let snippet = |framework: &str| Snippet { framework: framework.to_owned(), code: line.to_owned() };
    let code = vec![snippet(""), snippet("JAX/Flax")];
    assert_eq!(plain(vec![Block::Code(code)]), format!("{line}\nJAX/Flax\n  {line}\n"));
}
