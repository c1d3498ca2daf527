//! The evidence: the start that was found beside those that need no search, on all training samples and from fresh seeds.

use super::super::evidence::{Evidence, Funds, LOOK};
use super::super::setting::Scheme;
use super::super::trainer::{Answer, Probe, Samples, Start, Trial};
use super::batch::{Done, Wanted};
use super::verdict::Found;
use super::{Race, Stage};

/// The first seed of the evidence is this far from the problem's; those of the race are much farther.
pub(in crate::advise) const FRESH: u64 = 1_000;

impl Race {
    /// The start that was found, the usual one, what frameworks start with, the best of the others, and one whose layers have gains of
    /// their own: of a small budget the first ones. Nothing goes on any more from where it was paused.
    pub(super) fn begin_evidence(&mut self) -> Vec<Wanted> {
        self.candidates.iter_mut().for_each(|candidate| candidate.paused = Vec::new());
        let Some(Found { winner, other, .. }) = self.found() else { return Vec::new() };
        let of = |i: usize| self.start(i);
        let mut starts = vec![of(winner)];
        let usual = self.setting.schemes[0].start(1.0);
        let defaults = self.setting.defaults.iter().map(|default| Start::named(&default.init));
        let others = other.map(of).into_iter().chain(self.layered.clone());
        for start in std::iter::once(usual).chain(defaults).chain(others) {
            if !starts.iter().any(|known| known.init == start.init) {
                starts.push(start);
            }
        }
        let evidence = Evidence::new(&self.setting, starts).within(self.purse.of_evidence());
        self.evidence = Some(evidence);
        self.gather()
    }

    /// A look that is worth taking once it is over, at the starts of the evidence: how signal and gradient go through the layers. None
    /// where it is not over, or was stopped.
    pub fn probe(&self) -> Option<Probe> {
        let evidence = self.evidence.as_ref().filter(|_| self.is_over() && !self.is_stopped())?;
        Some(Probe { starts: evidence.starts.clone(), seed: self.setting.seed(FRESH), lr: self.lr })
    }

    /// A candidate as a start.
    fn start(&self, i: usize) -> Start {
        let candidate = &self.candidates[i];
        let scheme: &Scheme = &self.setting.schemes[candidate.scheme];
        scheme.start(candidate.gain)
    }

    /// Goes on with the evidence until it is settled; then, where nearly all starts do alike, the ends of the range have to.
    pub(super) fn end_evidence(&mut self, done: Vec<Done>) -> Vec<Wanted> {
        if let Some(evidence) = &mut self.evidence {
            evidence.take(parts(done));
        }
        self.gather()
    }

    fn gather(&mut self) -> Vec<Wanted> {
        let Some(Found { ends, winner, .. }) = self.found() else { return Vec::new() };
        let are_alike = self.are_alike(&ends, winner);
        let later = if are_alike { (LOOK * self.setting.range.len()) as f64 } else { 0.0 };
        let funds = Funds { of_evidence: self.purse.of_evidence(), left: self.purse.left() - later };
        let Some(evidence) = &mut self.evidence else { return Vec::new() };
        let which = evidence.next(funds);
        if !which.is_empty() {
            let starts = evidence.starts.clone();
            self.stage = Stage::Evidence;
            return self.on_all(&starts, &which);
        }
        let evidence = &self.evidence;
        let why_not = evidence.as_ref().and_then(|evidence| self.why_not(winner, evidence));
        if !are_alike || why_not.is_some() || self.purse.left() < later || later == 0.0 {
            return Vec::new();
        }
        let range = Evidence::new(&self.setting, self.setting.range.clone());
        let which = range.look();
        let wanted = self.on_all(&range.starts, &which);
        self.range = Some(range);
        self.stage = Stage::Range;
        wanted
    }

    /// The ends of the range, in figures.
    pub(super) fn end_range(&mut self, done: Vec<Done>) -> Vec<Wanted> {
        if let Some(range) = &mut self.range {
            range.take(parts(done));
            range.settle_all();
        }
        Vec::new()
    }

    /// Some starts, each with the number of a fresh seed.
    fn on_all(&mut self, starts: &[Start], which: &[(usize, usize)]) -> Vec<Wanted> {
        self.purse.show(which.len() as f64);
        let fresh = self.setting.seed(FRESH);
        let of_one = |&(start, repeat): &(usize, usize)| {
            let trial = self.trial(starts[start].clone(), fresh + repeat as u64, Samples::All);
            Wanted { trial, start, repeat }
        };
        which.iter().map(of_one).collect()
    }
}

/// What the evidence takes of trainings that were done.
pub(super) fn parts(done: Vec<Done>) -> impl Iterator<Item = (usize, Trial, Answer)> {
    done.into_iter().map(|done| (done.start, done.trial, done.answer))
}
