//! What is found at the starts of a race, one after the other.

use crate::messages::{Band, Finding, Told};
use crate::outbox::Outbox;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::explain;
use headstart::host::Host;
use headstart::live::Ground;
use headstart::spec::TaskSpec;

/// Numbers of all units for all samples: beyond, what is measured takes half a gigabyte, which is not let go of in a moment.
const MOST: usize = 12_000_000;

/// Tells the first finding of every start, and when it is left; what cannot be explained is left out.
pub fn findings(race: u64, (spec, ground): (&TaskSpec, Ground), watch: &Watch, outbox: &Outbox) {
    if let Err(error) = explain_all(race, (spec, &ground), watch, outbox)
        && !watch.is_stopped()
    {
        outbox.say(&Told::Error { what: "finding", id: None, text: error.to_string() });
    }
}

fn explain_all(race: u64, (spec, ground): (&TaskSpec, &Ground), watch: &Watch, outbox: &Outbox) -> Result<(), Error> {
    // The race counts its own steps.
    let aside = watch.aside();
    let host = Host::here(1).watched_by(&aside);
    let units = ground.task().network().widths().iter().sum::<usize>();
    if units.saturating_mul(ground.task().dataset.train.x.nrows()) > MOST {
        return Err(Error::Usage(
            "the samples are too many to be explained beside a race of this network; headstart explain does it"
                .to_owned(),
        ));
    }
    for (start, task) in explain::tasks_on(spec, Some(ground.task()))?.iter().enumerate() {
        let Some(explanation) = explain::explain(task, &host)? else { return Ok(()) };
        let Some(first) = explanation.findings.first() else { continue };
        let prediction = &explanation.prediction;
        let has_band = prediction.step.is_some() || prediction.from.is_some();
        outbox.say(&Told::Finding(Finding {
            race,
            start,
            name: first.name.to_string(),
            sentence: first.sentence.clone(),
            advice: first.advice.clone(),
            plateau: prediction.plateau,
            band: has_band.then_some(Band { from: prediction.from, to: prediction.to, step: prediction.step }),
        }));
    }
    Ok(())
}
