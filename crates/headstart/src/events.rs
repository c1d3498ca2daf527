//! What happens while work goes on, told to whoever watches: a terminal, a notebook, a page.
//!
//! Results are what calls return; events are for watching. They are one stream, in one shape: [`Event`] is plain data, and JSON as it
//! stands.

use crate::executor::Crew;
use crate::run::{Row, Run};
use serde::Serialize;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    /// A stage of the work begins.
    Stage {
        /// What is done in it, in a few words; empty where there is one only.
        name: &'a str,
        /// Updates of parameters that it takes, about, and at the most.
        steps: u64,
    },
    /// How far the stage is; a few times a second.
    Progress(Progress),
    /// A training has ended.
    Run(&'a Run),
    /// A run of a study has ended.
    Row(&'a Row),
    /// What can be said so far.
    Partial(Partial<'a>),
    /// Something that a person should know, in a sentence.
    Warning {
        /// The sentence.
        text: &'a str,
    },
    /// The work is over.
    Done {
        /// Whether it was told to stop: what it returned is what there was by then.
        is_stopped: bool,
    },
}

/// How far a stage is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// The stage's name.
    pub stage: String,
    /// The share that is done, from 0 to 0.99: what takes longer than was thought is never quite done.
    pub share: f64,
    /// Updates of parameters that it takes, about; none where the work goes on until a time is over.
    pub steps: Option<u64>,
    /// Updates in a second, since the work began.
    pub rate: f64,
    /// Seconds that are left of the stage; of work with a time until that is over. None where more was done than was thought, and as
    /// long as nothing was.
    pub left: Option<f64>,
    /// Who works, where that is not this process alone.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub crew: Option<Crew>,
}

impl Progress {
    /// The same, made by these.
    #[must_use]
    pub fn by(self, crew: Option<Crew>) -> Self {
        Self { crew, ..self }
    }
}

/// What can be said before the work is over.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Partial<'a> {
    /// How starts do so far, best first.
    Standings {
        /// What they are judged by.
        figure: &'a str,
        /// One for each.
        starts: Vec<Standing>,
    },
    /// How many cells of a study or a map have all their runs, and how many shall have.
    Cells {
        /// So many have.
        done: usize,
        /// So many shall.
        wanted: usize,
    },
}

/// How a start does so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The initialization, in the grammar.
    pub init: String,
    /// Runs that ended.
    pub runs: usize,
    /// The mean of the figure over those that have one; none if none has.
    pub mean: Option<f64>,
    /// Whether it takes part no more.
    pub is_out: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_json_as_they_stand() {
        let json = |event| serde_json::to_string(&event).unwrap();
        assert_eq!(json(Event::Stage { name: "race", steps: 7 }), r#"{"event":"stage","name":"race","steps":7}"#);
        assert_eq!(json(Event::Done { is_stopped: true }), r#"{"event":"done","is_stopped":true}"#);
        let standings = Partial::Standings {
            figure: "accuracy",
            starts: vec![Standing { init: "he".to_owned(), runs: 2, mean: Some(0.5), is_out: false }],
        };
        assert_eq!(
            json(Event::Partial(standings)),
            r#"{"event":"partial","what":"standings","figure":"accuracy","starts":[{"init":"he","runs":2,"mean":0.5,"is_out":false}]}"#
        );
        assert_eq!(
            json(Event::Progress(Progress::default())),
            r#"{"event":"progress","stage":"","share":0.0,"steps":null,"rate":0.0,"left":null}"#
        );
        let elsewhere = Progress::default().by(Some(Crew { nodes: 3, workers: 12 }));
        assert_eq!(
            json(Event::Progress(elsewhere)),
            r#"{"event":"progress","stage":"","share":0.0,"steps":null,"rate":0.0,"left":null,"nodes":3,"workers":12}"#
        );
    }
}
