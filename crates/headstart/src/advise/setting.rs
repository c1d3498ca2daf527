//! What the race has to know before anything is trained: which starts there are, and what they are held against.

use super::ground::Ground;
use super::trainer::Start;
use crate::error::Error;
use headstart_engine::names::plain;
use serde::{Deserialize, Serialize};

/// The problem, as plain numbers: whoever trains fills it in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// What the data is called, in messages.
    pub name: String,
    /// What trainings are judged by at the end: on all training samples and the test set.
    pub ground: Ground,
    /// Different parts of the training samples that may be held out, one after the other with every repeat; at least one.
    pub parts: Vec<Part>,
    /// What is tried, the best known scheme first.
    pub schemes: Vec<Scheme>,
    /// What frameworks or people start from without asking, beside the first scheme with its own gain.
    pub defaults: Vec<KnownDefault>,
    /// The ends of what people start from: where nearly all starts seem to do alike, these have to, too.
    pub range: Vec<Start>,
    /// Layers with weights: the first and the last one may have gains of their own where there are two or more.
    pub layers: usize,
    /// Steps of a whole training, in updates or whatever else a trainer counts by.
    pub steps: u64,
    /// The learning rate; where one is searched, the one to search around.
    pub lr: f64,
    /// The seed that all others are counted from.
    pub seed: u64,
    /// One beyond the largest seed that the trainer takes.
    pub seeds: u64,
    /// Trainings that are done side by side: so many are measured where the budget is a time.
    pub at_once: usize,
    /// Whether features are of sizes that starts are not made for, and can be scaled: then a start that hardly learns is not named.
    pub scaling_helps: bool,
    /// The share of a budget that the trainer keeps for what it tries beside the race.
    #[serde(default)]
    pub kept: f64,
}

/// A part of the training samples, to be held out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// How many samples it has.
    pub samples: usize,
    /// The loss of guessing on the samples that are left for training; none where it is the one of all training samples.
    pub guessing: Option<f64>,
    /// In regression the loss on the part of guessing by the others; none where it is not known.
    pub guessing_held: Option<f64>,
}

/// A scheme with a range of gains, or plain weights with a range of scales.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scheme {
    /// Its name. One that begins with `normal` is told to have scales, any other gains.
    pub name: String,
    /// Whether 1 is the gain that it was published with, and goes without saying; not of plain weights, which have no size of their
    /// own.
    pub has_own_gain: bool,
    /// Whether theory or custom says that its gain 1 is good.
    pub is_expected: bool,
    /// The gains, rising. Every other one is looked at first: let 1 be among these.
    pub gains: Vec<Gain>,
}

/// One gain of a scheme, or one scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The gain.
    pub gain: f64,
    /// The size of the weights, as binary logarithm, so that starts of different schemes can be compared; none where that is not
    /// known before they are drawn.
    pub size: Option<f64>,
    /// Why it need not be trained, if theory knows.
    #[serde(default)]
    pub out: Option<String>,
}

/// A start that somebody has without asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownDefault {
    /// Its name.
    pub init: String,
    /// Whose it is.
    pub framework: String,
    /// The start of the race that it is but for the shape of a distribution.
    pub like: Option<String>,
}

impl Scheme {
    /// A scheme whose weights have the size of their gains, all of which are to be tried.
    pub fn new(name: &str, gains: &[f64]) -> Self {
        let gain = |gain: &f64| Gain { gain: *gain, size: Some(libm::log2(*gain)), out: None };
        Self { name: name.to_owned(), has_own_gain: true, is_expected: false, gains: gains.iter().map(gain).collect() }
    }

    /// The name of this scheme's start with a gain.
    pub fn init(&self, gain: f64) -> String {
        if self.has_own_gain && gain == 1.0 { self.name.clone() } else { format!("{}:{}", self.name, plain(gain)) }
    }

    /// This scheme's start with a gain.
    pub fn start(&self, gain: f64) -> Start {
        Start { init: self.init(gain), scheme: Some((self.name.clone(), gain)), factors: [1.0; 2] }
    }

    /// The same where the first and the last of so many layers have the gain so many times.
    pub(super) fn start_by_layer(&self, gain: f64, factors: [f64; 2], layers: usize) -> Start {
        let factor = |layer: usize| match layer {
            0 => factors[0],
            last if last + 1 == layers => factors[1],
            _ => 1.0,
        };
        let init: Vec<String> = (0..layers).map(|layer| self.init(gain * factor(layer))).collect();
        Start { init: init.join("/"), factors, ..self.start(gain) }
    }

    /// The gains that are looked at first: every other one.
    pub(super) fn first(&self) -> impl Iterator<Item = f64> {
        self.gains.iter().map(|gain| gain.gain).step_by(2)
    }

    /// The gain that it was published with, if it is one that is tried.
    pub(super) fn own_gain(&self) -> Option<f64> {
        (self.has_own_gain && self.gains.iter().any(|gain| gain.gain == 1.0)).then_some(1.0)
    }
}

/// The ends of the range of the usual scheme's gains.
pub(super) const RANGE: [f64; 2] = [0.25, 4.0];

/// The loss of guessing of a part, in those of the whole, below which its targets are taken to be all the same.
const OF_PART: f64 = 1e-9;

/// Seeds of different starts are this far apart.
pub(super) const APART: u64 = 1 << 20;

/// Steps of a training, at most: what is counted exactly with a point.
const MOST_STEPS: u64 = 1 << 53;

impl Setting {
    /// A setting of trainings that are so many steps long, with one part to be held out that costs as much to guess as all samples do,
    /// without defaults, test set and layers; each field may be set otherwise then.
    ///
    /// `ground` says what starts are held against.
    pub fn new(name: &str, ground: Ground, schemes: Vec<Scheme>, held_out: usize, steps: u64, lr: f64) -> Self {
        let guessing_held = ground.guessing.map(|guessing| guessing.train);
        Self {
            name: name.to_owned(),
            ground,
            parts: vec![Part { samples: held_out, guessing: None, guessing_held }],
            range: schemes.first().map_or_else(Vec::new, |usual| RANGE.map(|gain| usual.start(gain)).to_vec()),
            schemes,
            defaults: Vec::new(),
            layers: 1,
            steps,
            lr,
            seed: 1,
            seeds: i64::MAX as u64,
            at_once: 1,
            scaling_helps: false,
            kept: 0.0,
        }
    }

    /// What is wrong with it.
    ///
    /// # Errors
    /// If nothing could be asked or judged with it: no parts, no schemes, gains that do not rise, no steps, a rate or a loss that is no
    /// number, too few seeds.
    pub fn check(&self) -> Result<(), Error> {
        let name = &self.name;
        let wrong = |problem: String| Err(Error::Usage(format!("{name}: {problem}")));
        if self.parts.is_empty() || self.parts.iter().any(|part| part.samples == 0) {
            return wrong("a part of the training samples has to be held out, and none may be empty".to_owned());
        }
        if self.schemes.is_empty() {
            return wrong("there is no scheme to be tried".to_owned());
        }
        for (i, Scheme { name, gains, .. }) in self.schemes.iter().enumerate() {
            if self.schemes[..i].iter().any(|other| other.name == *name) {
                return wrong(format!("the scheme {name} is there twice"));
            }
            let is_size =
                |gain: &Gain| gain.gain.is_finite() && gain.gain > 0.0 && gain.size.is_none_or(f64::is_finite);
            if gains.is_empty() || !gains.iter().all(is_size) || !gains.is_sorted_by(|a, b| a.gain < b.gain) {
                return wrong(format!(
                    "the gains of {name} have to be numbers above 0 that rise, and their sizes numbers"
                ));
            }
        }
        if self.steps == 0 || self.steps > MOST_STEPS {
            return wrong(format!(
                "a training of {} steps; it takes at least one step, and at most {MOST_STEPS}",
                self.steps
            ));
        }
        if !(self.lr.is_finite() && self.lr > 0.0) {
            return wrong(format!("{} is no learning rate", self.lr));
        }
        let of_parts = self.parts.iter().flat_map(|part| [part.guessing, part.guessing_held]);
        if self.ground.losses().into_iter().chain(of_parts).flatten().any(f64::is_nan) {
            return wrong("a loss of guessing is not a number; leave out what is not known".to_owned());
        }
        if !(0.0..=0.5).contains(&self.kept) {
            return wrong(format!("{} of a budget cannot be kept; at most half of it can", self.kept));
        }
        if self.seeds <= APART {
            return wrong(format!("{} seeds are too few: it takes more than {APART}", self.seeds));
        }
        Ok(())
    }

    /// A seed so far from the problem's; what is beyond the last one is counted from 0 on.
    pub(super) fn seed(&self, far: u64) -> u64 {
        // Room for as many seeds as are ever asked for from here on.
        ((u128::from(self.seed % self.seeds) + u128::from(far)) % u128::from(self.seeds - APART)) as u64
    }

    /// A share of the steps of a training.
    pub(super) fn steps_of(&self, share: f64) -> u64 {
        ((share * self.steps as f64).ceil() as u64).max(1)
    }

    /// What everybody would take: the first scheme with its own gain.
    pub(super) fn usual(&self) -> String {
        self.schemes[0].init(1.0)
    }

    /// Whether a start is somebody's default.
    pub(super) fn is_default(&self, init: &str) -> bool {
        self.defaults.iter().any(|default| default.init == init)
    }

    /// How many starts may be tried.
    pub(super) fn starts(&self) -> usize {
        self.schemes.iter().map(|scheme| scheme.gains.len()).sum()
    }

    /// The part that is held out for a repeat.
    pub(super) fn part(&self, repeat: usize) -> Part {
        self.parts[repeat % self.parts.len()]
    }

    /// The training loss of guessing of a repeat: numbers vary from part to part by more than what tells a training that has learned
    /// from one that guesses.
    pub(super) fn blind(&self, repeat: usize) -> Option<f64> {
        let whole = self.ground.blind;
        // A part may have one target only, of which guessing has no loss.
        let is_some = |blind: &f64| whole.is_none_or(|whole| *blind > OF_PART * whole);
        self.part(repeat).guessing.filter(is_some).or(whole)
    }

    /// Whether targets are classes.
    pub(super) fn classify(&self) -> bool {
        self.ground.classes.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> Setting {
        Setting::new("toy", Ground::of_losses(1.0), vec![Scheme::new("he", &[0.5, 1.0, 2.0])], 10, 100, 0.1)
    }

    #[test]
    fn starts_are_named_as_the_grammar_names_them() {
        let he = &setting().schemes[0];
        assert_eq!([he.init(1.0), he.init(0.5)], ["he", "he:0.5"]);
        let layered = he.start_by_layer(1.0, [0.25, 4.0], 3);
        assert_eq!((layered.init.as_str(), layered.factors), ("he:0.25/he/he:4", [0.25, 4.0]));
        let plain = Scheme { has_own_gain: false, ..Scheme::new("normal", &[1.0]) };
        assert_eq!(plain.init(1.0), "normal:1");
    }

    /// Makes a setting wrong.
    type Spoil = fn(&mut Setting);

    #[test]
    fn what_nothing_could_be_asked_with_is_refused_in_words() {
        setting().check().unwrap();
        let wrong: [(&str, Spoil); 9] = [
            ("held out", |setting| setting.parts.clear()),
            ("no scheme", |setting| setting.schemes.clear()),
            ("rise", |setting| setting.schemes[0].gains.reverse()),
            ("rise", |setting| setting.schemes[0].gains[0].gain = f64::NAN),
            ("twice", |setting| setting.schemes.push(setting.schemes[0].clone())),
            ("one step", |setting| setting.steps = 0),
            ("no learning rate", |setting| setting.lr = f64::NAN),
            ("half of it", |setting| setting.kept = 0.9),
            ("not a number", |setting| setting.parts[0].guessing = Some(f64::NAN)),
        ];
        for (word, spoil) in wrong {
            let mut setting = setting();
            spoil(&mut setting);
            let error = setting.check().unwrap_err().to_string();
            assert!(error.starts_with("toy: ") && error.contains(word), "{error}");
        }
    }

    #[test]
    fn the_last_seeds_are_followed_by_the_first() {
        let setting = Setting { seed: u64::from(u32::MAX) + 5, seeds: u64::from(u32::MAX), ..setting() };
        assert_eq!(setting.seed(7), 12);
        assert!(Setting { seed: u64::from(u32::MAX) - 1, ..setting }.seed(APART * 3) < 1 << 32);
    }
}
