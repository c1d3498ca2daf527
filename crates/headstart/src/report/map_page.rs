//! A map as one page that works offline: every cell's figures and the command that reruns it, and its traces.
//!
//! The figures are kept as numbers of 32 bits and the traces as 16, in base64: a picture of 512 x 512 cells is a page of some
//! tens of megabytes, one of 64 x 64 cells a third of a megabyte. A script of the page's own draws the cells on a canvas, so that none
//! of the libraries that draw maps, of some megabytes each, has to be in it.

use super::document::{Block, Document};
use super::page::sheet;
use super::{map_text, page};
use crate::error::Error;
use crate::flags;
use crate::heat::{Axis, Colours};
use crate::io::write_through;
use crate::io::{Unwritten, json};
use crate::map::cells::DECADES;
use crate::map::{Figures, Mapping, Value, colours};
use crate::plot::Shade;
use crate::study::Quantity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

/// What the page's script knows.
#[derive(Serialize)]
struct Data<'a> {
    x: PageAxis<'a>,
    y: PageAxis<'a>,
    value: &'static str,
    values: Vec<PageValue>,
    /// Name and title of every figure that is told of a cell.
    told: Vec<[&'static str; 2]>,
    /// Numbers of 32 bits for all cells, row by row; not a number where there is none.
    figures: BTreeMap<&'static str, String>,
    /// Where not every cell is run: whole numbers of 32 bits, the cell that each is shown as; -1 for none.
    sources: Option<String>,
    lines: Vec<PageLine<'a>>,
    command: &'a Commands,
    seed: u64,
    /// Steps of a run, of every cell or of all of them.
    steps: Vec<u64>,
    traces: Option<PageTraces>,
}

#[derive(Serialize)]
struct PageAxis<'a> {
    name: &'a str,
    values: &'a [f64],
    ticks: Vec<(f64, String)>,
}

#[derive(Serialize)]
struct PageValue {
    name: &'static str,
    title: &'static str,
    colours: Colours,
    range: [f64; 2],
    /// The colours from one end of the range to the other, six digits each.
    palette: String,
}

#[derive(Serialize)]
struct PageLine<'a> {
    name: &'a str,
    pieces: Vec<Vec<[f64; 2]>>,
}

/// The command that reruns a cell: what all have, then what belongs to the column and to the row, or to both at once.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Commands {
    base: String,
    of_x: Vec<String>,
    of_y: Vec<String>,
    both: Option<Vec<String>>,
}

#[derive(Serialize)]
struct PageTraces {
    seeds: usize,
    points: usize,
    decades: [f64; 2],
    codes: String,
}

/// A figure that is told of a cell: its name, its title, and what it is; not a number where there is none.
type Told = (&'static str, &'static str, fn(&Figures) -> f64);

const TOLD: [Told; 9] = [
    ("runs", "runs", |of| of.runs as f64),
    ("diverged", "diverged", |of| of.diverged as f64),
    ("test-accuracy", "test accuracy", |of| or_none(of.test_accuracy)),
    ("train-accuracy", "training accuracy", |of| or_none(of.train_accuracy)),
    ("success", "at the target", |of| or_none(of.success)),
    ("steps", "steps to the target", |of| or_none(of.steps)),
    ("loss", "training loss", |of| of.train_loss),
    ("test-loss", "test loss", |of| or_none(of.test_loss)),
    ("convergence", "convergence", |of| of.convergence),
];

fn or_none(figure: Option<f64>) -> f64 {
    figure.unwrap_or(f64::NAN)
}

/// Where the data will be.
const DATA: &str = "{data}";

/// Writes the page, which shows the command line that draws it.
///
/// # Errors
/// If a cell's task makes no sense, or the file cannot be written.
pub fn write(path: &Path, mapping: &Mapping, command: &str) -> Result<(), Error> {
    let [x, y] = mapping.axes();
    let commands = Commands::of(mapping)?;
    let data = data(mapping, [&x, &y], &commands);
    // The data is larger than all else, and is not copied into a page that is whole in memory.
    let page = around(mapping, command).into_string();
    let (before, after) = page.split_once(DATA).unwrap_or((&page, ""));
    write_through(path, |file| {
        let mut out = BufWriter::new(file);
        let mut write = || -> std::io::Result<()> {
            out.write_all(before.as_bytes())?;
            out.write_all(json::text(&data).as_bytes())?;
            out.write_all(after.as_bytes())?;
            out.flush()
        };
        write().map_err(|source| Unwritten::new(path, source).into())
    })
}

/// The page but for its data.
fn around(mapping: &Mapping, command: &str) -> Markup {
    let mut document = Document { command: command.to_owned(), ..map_text::document(mapping) };
    // The map itself is in the place of the one in letters, whose heading says how far it is.
    document.blocks.retain(|block| !matches!(block, Block::Letters(_)));
    if let Some(Block::Heading(heading)) = document.blocks.first() {
        let state = heading.rsplit(", ").next().unwrap_or(heading).to_owned();
        document.about.push(state);
        document.blocks.remove(0);
    }
    let body = html! {
        (sheet::head(&document))
        main {
            div.controls {
                label { "Colours " select id="value" {} }
                button.button id="in" type="button" aria-label="Closer" { "+" }
                button.button id="out" type="button" aria-label="Farther" { "\u{2212}" }
                button.button id="all" type="button" { "Whole map" }
            }
            div.map-and-cell {
                div {
                    div.scale { span id="least" {} canvas id="bar" {} span id="most" {} }
                    div.chart id="map" tabindex="0" role="application"
                        aria-label="Map: the arrow keys go from cell to cell, Enter shows the traces of a cell, plus and minus go closer and farther" {
                        canvas id="cells" {}
                        svg id="over" aria-hidden="true" {}
                    }
                    p.note.hint { "Drag a part of the map to look closer, or turn the wheel with the control key; a double click shows all of it." }
                }
                section id="cell" {
                    h2 { "Cell" }
                    table { tbody id="figures" {
                        tr { td { "Point at a cell for its figures; click it for its traces." } }
                    } }
                    div.code data-copy="the command" id="rerun" hidden { pre { code id="command" {} } }
                    p.note { button.button id="unpin" type="button" hidden { "Follow the pointer again" } }
                }
            }
            h2 id="traces-title" { "Traces" }
            p.hint id="no-traces" {
                "Click a cell. Of cells that were run at another time there are traces only if the study keeps them ("
                code { "--traces" } "); the command of the cell runs them again."
            }
            div.chart id="traces" hidden {}
            (sheet::blocks(&document.blocks, &page::Room::default()))
        }
        (sheet::foot(&document.command))
        script type="application/json" id="data" { (PreEscaped(DATA)) }
    };
    sheet::page(&document.title, &body, include_str!("map_page/page.css"), include_str!("map_page/page.js"))
}

/// What the page's script knows of a map as far as it is, for pages that draw it while it grows: JSON.
pub fn so_far(mapping: &Mapping, commands: &Commands) -> String {
    let [x, y] = mapping.axes();
    json::text(&data(mapping, [&x, &y], commands))
}

fn data<'a>(mapping: &'a Mapping, [x, y]: [&'a Axis; 2], commands: &'a Commands) -> Data<'a> {
    let cells = mapping.cells();
    let is_there = |value: &Value| cells.has(*value).is_ok();
    let sources = mapping.sources();
    let is_refined = sources.iter().enumerate().any(|(cell, source)| source.is_some_and(|source| source != cell));
    let base64 = |bytes: Vec<u8>| STANDARD.encode(bytes);
    let figures = TOLD.iter().filter(|(name, ..)| name.parse().map_or(true, |value| is_there(&value)));
    let of_all = |(name, _, of): &Told| {
        let figure = |cell: &Option<Figures>| cell.as_ref().map_or(f64::NAN, of) as f32;
        (*name, base64(cells.figures().iter().flat_map(|cell| figure(cell).to_le_bytes()).collect()))
    };
    let study = mapping.study();
    let varies_steps = study.design().axes().iter().any(|axis| axis.quantity == Quantity::Steps);
    let steps = (0..if varies_steps { study.cells() } else { 1 }).map(|cell| study.steps_of(cell)).collect();
    Data {
        x: PageAxis { name: &x.name, values: &x.values, ticks: x.ticks(12) },
        y: PageAxis { name: &y.name, values: &y.values, ticks: y.ticks(16) },
        value: mapping.value().name(),
        values: Value::ALL
            .into_iter()
            .filter(is_there)
            .map(|value| PageValue {
                name: value.name(),
                title: value.title(),
                colours: colours(value),
                range: mapping.range(value),
                palette: palette(value, mapping.range(value)),
            })
            .collect(),
        told: TOLD.iter().map(|(name, title, _)| [*name, *title]).collect(),
        figures: figures.map(of_all).collect(),
        sources: is_refined.then(|| {
            let number = |source: &Option<usize>| source.map_or(-1, |cell| cell as i32).to_le_bytes();
            base64(sources.iter().flat_map(number).collect())
        }),
        lines: mapping.lines().iter().map(|line| PageLine { name: &line.name, pieces: line.pieces(x, y) }).collect(),
        command: commands,
        seed: study.base().spec.init.seed,
        steps,
        traces: cells.traces().map(|traces| PageTraces {
            seeds: traces.seeds,
            points: traces.points,
            decades: DECADES,
            codes: base64(traces.codes.iter().flat_map(|code| code.to_le_bytes()).collect()),
        }),
    }
}

/// The colours that a picture has, from one end of the range to the other.
fn palette(value: Value, range: [f64; 2]) -> String {
    const COLOURS: usize = 128;
    let [low, high] = range;
    let shade = Shade {
        name: String::new(),
        range,
        colours: colours(value),
        small_is_best: !value.more_is_better(),
        outline: None,
    };
    let colour = |i: usize| {
        let share = i as f64 / (COLOURS - 1) as f64;
        let figure = match colours(value) {
            Colours::Logarithmic => low * (high / low).powf(share),
            Colours::Sequential | Colours::Divergent => low + (high - low) * share,
        };
        let [red, green, blue] = shade.colour(figure);
        format!("{red:02x}{green:02x}{blue:02x}")
    };
    (0..COLOURS).map(colour).collect()
}

impl Commands {
    /// Of all cells of a map.
    ///
    /// # Errors
    /// If a cell's task makes no sense.
    pub fn of(mapping: &Mapping) -> Result<Self, Error> {
        let study = mapping.study();
        let (columns, rows) = (mapping.cells().columns() as u64, mapping.cells().rows() as u64);
        let axes = study.design().axes();
        let keys = [axes[1].quantity.key(), axes[0].quantity.key()];
        let flags_of = |cell: u64| study.cell(cell).map(|spec| flags::flags(&spec));
        let only = |cell: u64, keys: &[&str]| -> Result<String, Error> {
            let of_keys = flags_of(cell)?.into_iter().filter(|(key, _)| keys.contains(&key.as_str()));
            Ok(flags::line(&of_keys.collect::<Vec<_>>()))
        };
        let common: Vec<_> = flags_of(0)?.into_iter().filter(|(key, _)| !keys.contains(&key.as_str())).collect();
        // What a device computes train does not.
        let command = if study.spec().training.device.is_cpu() { "train" } else { "compare" };
        let base = format!("headstart {command}{}", flags::line(&common));
        if keys[0] == keys[1] {
            let both = (0..study.cells()).map(|cell| only(cell, &keys)).collect::<Result<_, _>>()?;
            return Ok(Self { base, of_x: Vec::new(), of_y: Vec::new(), both: Some(both) });
        }
        Ok(Self {
            base,
            of_x: (0..columns).map(|x| only(x, &keys[..1])).collect::<Result<_, _>>()?,
            of_y: (0..rows).map(|y| only(y * columns, &keys[1..])).collect::<Result<_, _>>()?,
            both: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::map::{MapSection, MapSpec};
    use crate::study::Study;

    fn page(axes: &str) -> String {
        let text = format!(
            "study = {{ axes = [{axes}] }}\n[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n"
        );
        let study = Study::new(MapSpec::from_toml(&text).unwrap().study()).unwrap();
        let mut mapping = Mapping::new(&study, MapSection::default(), true, None).unwrap();
        mapping.run(None, &Host::here(2), |_| Ok(())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.html");
        write(&path, &mapping, "headstart map --html '<b>.html'").unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    fn data_of(page: &str) -> serde_json::Value {
        let (_, from) = page.split_once("id=\"data\">").unwrap();
        serde_json::from_str(from.split_once("</script>").unwrap().0).unwrap()
    }

    #[test]
    fn a_page_has_the_figures_and_the_command_of_every_cell() {
        let page = page("'lr=0.01,0.1', 'gain=0.5,1,2'");
        assert!(page.contains("varied: gain=0.5,1,2 from left to right"));
        assert!(page.contains("<span class=\"word\">'&lt;b&gt;.html'</span>"));
        let data = data_of(&page);
        assert_eq!(data["command"]["base"], "headstart train --data circles --samples 30,10 --steps 20");
        // He's weights with gain 1 are what is used anyway, as is the rate of 0.01.
        assert_eq!(data["command"]["ofX"], serde_json::json!([" --init he:0.5", "", " --init he:2"]));
        assert_eq!(data["command"]["ofY"][1], " --lr 0.1");
        let bytes = STANDARD.decode(data["figures"]["runs"].as_str().unwrap()).unwrap();
        assert_eq!(bytes, 1_f32.to_le_bytes().repeat(6));
        assert!(data["figures"]["test-accuracy"].is_string() && data["sources"].is_null());
    }

    #[test]
    fn axes_of_one_flag_are_told_together() {
        let data = data_of(&page("'depth=1,2', 'width=3,4'"));
        assert_eq!(data["command"]["both"][3], " --layers _,4,4,_");
    }
}
