//! Evidence that cannot be, of whoever measured it: refused with a sentence before anything is said of it.

use super::evidence::{Evidence, Look, Place};
use super::prediction::Outlook;
use crate::error::Error;

/// More units than this are a slip: pairs of them are counted.
const MOST_UNITS: usize = u32::MAX as usize;

impl Evidence {
    /// Whether it can be what it says. What is left out, or is not a number where one is due, is not known and no mistake.
    ///
    /// # Errors
    /// If there is no place, a share is not from 0 to 1, a second moment is below 0, there are more pairs of units than units have, or
    /// something was run and has no losses.
    pub fn check(&self) -> Result<(), Error> {
        self.look.check()?;
        self.outlook.as_ref().map_or(Ok(()), Outlook::check)
    }
}

impl Look {
    /// The same of what can be seen without taking a step.
    ///
    /// # Errors
    /// As [`Evidence::check`].
    pub fn check(&self) -> Result<(), Error> {
        if self.places.is_empty() {
            return refused("has no place where anything was measured; the last place is that of the logits");
        }
        is_share("of the outputs the share at their ends", self.saturated)?;
        self.places.iter().try_for_each(check_place)
    }
}

impl Outlook {
    /// The same of first steps.
    ///
    /// # Errors
    /// If there are no losses.
    pub fn check(&self) -> Result<(), Error> {
        if self.trace.is_empty() { refused("has first steps without losses") } else { Ok(()) }
    }
}

fn check_place(place: &Place) -> Result<(), Error> {
    let Place { name, width, identical, .. } = place;
    is_share(&format!("of {name} the share of dead units"), place.dead)?;
    is_share(&format!("of {name} the share of flat units"), place.saturated)?;
    for (what, moment) in
        [("signal", place.signal), ("gradient", place.gradient), ("weights' gradient", place.weight_gradient)]
    {
        if moment < 0.0 {
            return refused(&format!("has a {what} of {moment} in {name}, and squares are not below 0"));
        }
    }
    if *width > MOST_UNITS {
        return refused(&format!("has {width} units in {name}, which is more than can be counted in pairs"));
    }
    let pairs = width * width.saturating_sub(1) / 2;
    if *identical > pairs {
        return refused(&format!(
            "has {identical} pairs of identical units in {name}, and {width} units are {pairs} pairs"
        ));
    }
    Ok(())
}

fn is_share(what: &str, share: Option<f64>) -> Result<(), Error> {
    match share {
        Some(share) if !(0.0..=1.0).contains(&share) => {
            refused(&format!("says that {what} is {share}; a share is from 0 to 1, and what is not known is left out"))
        }
        _ => Ok(()),
    }
}

fn refused(problem: &str) -> Result<(), Error> {
    Err(Error::Usage(format!("evidence {problem}")))
}
