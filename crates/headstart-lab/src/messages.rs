//! What pages ask for and what they are told: JSON in text messages of a WebSocket.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headstart::live::Colour;
use headstart::map::View;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Flags of the command line by their long names; of a switch that is on the value is empty.
pub type Flags = BTreeMap<String, String>;

/// What a page asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Asked {
    /// A race from the beginning.
    Race {
        flags: Flags,
        /// Steps a second, or as many as there can be.
        speed: Option<f64>,
        playing: bool,
    },
    /// Whether and how fast it goes on.
    Go { playing: bool, speed: Option<f64> },
    /// So many steps of one that stands still.
    Step { steps: u64 },
    /// A frame was drawn; now there may be another.
    Seen { n: u64 },
    /// A window of a map.
    Map {
        flags: Flags,
        #[serde(default)]
        view: View,
    },
    /// What becomes of the starts of a race all along their sliders.
    Strips { flags: Flags },
    /// The flags of a cell of it, that its race has.
    Cell { flags: Flags, view: View, cell: u64 },
    /// The command line of these flags.
    Line { command: String, flags: Flags },
    /// A command.
    Ask {
        id: u64,
        command: String,
        flags: Flags,
        #[serde(rename = "as")]
        form: Form,
        #[serde(default)]
        view: View,
    },
    /// No more of this; of commands, of all or of one.
    Stop {
        what: What,
        #[serde(default)]
        id: Option<u64>,
    },
}

/// In which form an answer is wanted.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A part of the page.
    Html,
    /// A picture of dots.
    Png,
    /// A picture of lines.
    Svg,
    /// A table of runs.
    Csv,
    /// A page that works offline.
    Page,
}

/// What is at work for a tab.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Race,
    Map,
    Strips,
    Ask,
}

/// What a page is told.
#[derive(Debug, Serialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
pub enum Told {
    Hello(Arc<Hello>),
    Race(Box<Race>),
    Frame(Frame),
    Finding(Finding),
    Cell {
        flags: Flags,
    },
    Line {
        command: String,
    },
    Answer(Answer),
    Error {
        what: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        text: String,
    },
}

impl Told {
    /// As it is sent.
    pub fn json(&self) -> String {
        headstart::io::json::text(self)
    }
}

/// What there is to choose from.
#[derive(Debug, Serialize)]
pub struct Hello {
    pub version: &'static str,
    pub data: Vec<Data>,
    pub activations: Vec<&'static str>,
    pub optimizers: Vec<String>,
    pub schemes: Vec<Scheme>,
    pub axes: Vec<Axis>,
    pub values: Vec<[&'static str; 2]>,
    /// What a first visitor sees.
    pub usual: Flags,
    pub most_starts: usize,
}

#[derive(Debug, Serialize)]
pub struct Data {
    pub name: String,
    pub label: String,
}

#[derive(Debug, Serialize)]
pub struct Scheme {
    pub name: &'static str,
    pub takes_gain: bool,
}

#[derive(Debug, Serialize)]
pub struct Axis {
    pub name: &'static str,
    pub title: &'static str,
    pub usual: String,
}

/// A race that begins.
#[derive(Debug, Serialize)]
pub struct Race {
    /// Its frames have it, too: one that was on its way when another race began is not taken for one of that.
    pub id: u64,
    pub command: String,
    pub about: Vec<String>,
    pub notes: Vec<String>,
    pub steps: usize,
    pub widths: Vec<usize>,
    pub activations: Vec<String>,
    pub target: Option<f64>,
    /// What starts are judged by.
    pub judge: &'static str,
    pub plane: Plane,
    pub starts: Vec<Start>,
}

#[derive(Debug, Serialize)]
pub struct Start {
    pub init: String,
    /// The scheme and the number of its slider, if it has one.
    pub scheme: Option<String>,
    pub gain: Option<f64>,
}

#[derive(Debug, Serialize)]
pub struct Plane {
    pub axes: [String; 2],
    pub note: String,
    pub x: [f64; 2],
    pub y: [f64; 2],
    pub side: usize,
    #[serde(flatten)]
    pub colour: Colour,
    /// Where, which class or value, and whether it is of the test set.
    pub points: Vec<(f64, f64, f64, bool)>,
}

/// How a race is at a moment.
#[derive(Debug, Serialize)]
pub struct Frame {
    pub race: u64,
    pub n: u64,
    pub step: usize,
    pub playing: bool,
    pub over: bool,
    /// Steps a second, of all starts together.
    pub rate: f64,
    pub starts: Vec<Lane>,
}

/// How one start is.
#[derive(Debug, Serialize)]
pub struct Lane {
    pub status: &'static str,
    pub step: usize,
    /// As people read them.
    pub figures: BTreeMap<&'static str, String>,
    /// What is new of its losses.
    pub trace: Vec<(usize, f64)>,
    pub boundary: Bytes,
    pub sure: Option<Bytes>,
    pub layers: Vec<Layer>,
    /// From which unit to which, and the weight.
    pub links: Vec<Vec<(usize, usize, f64)>>,
}

#[derive(Debug, Serialize)]
pub struct Layer {
    pub signal: f64,
    pub gradient: f64,
    /// Of the last layer, none.
    pub dead: Option<f64>,
    pub saturated: Option<f64>,
    /// 255 for a dead unit, else the share of samples where it is saturated, times 200.
    pub units: Option<Bytes>,
    pub weights: Histogram,
    /// The pre-activations.
    pub inputs: Histogram,
}

#[derive(Debug, Serialize)]
pub struct Histogram {
    pub range: [f64; 2],
    pub counts: Vec<u32>,
}

/// What is found at a start.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub race: u64,
    pub start: usize,
    pub name: String,
    pub sentence: String,
    pub advice: String,
    pub plateau: f64,
    /// Between which steps it leaves its start, and when about.
    pub band: Option<Band>,
}

#[derive(Debug, Serialize)]
pub struct Band {
    pub from: Option<u64>,
    pub to: Option<u64>,
    pub step: Option<u64>,
}

/// What a command came to.
#[derive(Debug, Serialize)]
pub struct Answer {
    pub id: u64,
    #[serde(rename = "as")]
    pub form: Form,
    pub command: String,
    #[serde(flatten)]
    pub content: Content,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Content {
    Part {
        html: String,
    },
    File {
        name: String,
        #[serde(rename = "type")]
        kind: &'static str,
        base64: Bytes,
    },
}

/// Bytes, in JSON as base64.
#[derive(Debug)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}
