//! What comes of a set: a table that is split, or samples that are drawn.

use super::asked::{MOST, check_samples, usage};
use super::problems::{Classification, Regression};
use super::set::BuiltIn;
use super::{planar, tables};
use crate::data::content::listed;
use crate::data::{DataError, DataSpec, Kind, Samples, Targets, check_test_share, divided, said_of_split, split};
use ndarray::Axis;

/// Training and test samples, what their labels are, and what a person should know.
pub type Loaded = (Samples, Option<Samples>, Kind, Vec<String>);

/// A table, of which a part is held out as of a file, and the names of its columns.
pub fn table(which: BuiltIn, spec: &DataSpec) -> Result<(Loaded, Option<Vec<String>>), DataError> {
    check_test_share(spec)?;
    let tables::Table { columns, all, kind } = tables::read(which);
    let labels = match &kind {
        Kind::Classes(names) => format!("{} classes ({})", names.len(), listed(names)),
        Kind::Regression { .. } => "numbers, regression".to_owned(),
    };
    let mut notes = vec![format!("labels: {labels}")];
    if spec.test_share == 0.0 {
        return Ok(((all, None, kind, notes), Some(columns)));
    }
    let held = split::held_out(&all.y, spec.test_share, spec.split_seed);
    let note = said_of_split(&held, &all.y, spec);
    let (train, test) = divided(all, &held);
    let test = held.contains(&true).then_some(test);
    notes.push(note);
    Ok(((train, test, kind, notes), Some(columns)))
}

/// Samples as a seed draws them.
pub fn drawn(which: BuiltIn, spec: &DataSpec) -> Result<Loaded, DataError> {
    let noise = match (which.default_noise(), spec.noise) {
        (None, Some(_)) => return usage(format!("--noise: {which} is drawn without noise")),
        (_, Some(noise)) if which == BuiltIn::Classification && !(0.0..=1.0).contains(&noise) => {
            return usage(format!(
                "--noise {noise}: of classification, it is the share of samples whose class is drawn at random, from 0 to 1"
            ));
        }
        (_, Some(noise)) if !(noise >= 0.0 && noise.is_finite()) => {
            return usage(format!("--noise {noise}: a standard deviation of at least 0 is needed"));
        }
        (default, noise) => noise.or(default).unwrap_or(0.0),
    };
    let sizes = spec.samples.or(which.default_samples()).unwrap_or_default();
    if let Some(too_many) = sizes.into_iter().find(|&samples| samples > MOST) {
        return usage(format!("--samples {too_many}: at most {MOST} can be drawn"));
    }
    let seeds = spec.data_seeds.unwrap_or(which.default_seeds());
    let [Ok(train_seed), Ok(test_seed)] = seeds.map(u32::try_from) else {
        return usage(format!("--data-seeds {},{}: seeds go from 0 to 4294967295", seeds[0], seeds[1]));
    };
    if which.is_problem() {
        if train_seed != test_seed {
            return usage(format!(
                "--data-seeds {train_seed},{test_seed}: the training and the test samples of {which} are of one draw, as another seed \
                 draws another problem; give one seed twice"
            ));
        }
        return problem(which, spec, noise, sizes, train_seed);
    }
    let [train, test] = sizes;
    let centers = if which == BuiltIn::Blobs { spec.centers.unwrap_or(6) } else { 0 };
    if which == BuiltIn::Blobs && centers < 2 {
        return usage(format!("--centers {centers}: at least 2 are needed to have something to tell apart"));
    }
    let classes = if which == BuiltIn::Blobs { centers } else { 2 };
    check_samples(which, sizes, classes)?;
    let mut notes = Vec::new();
    if which == BuiltIn::Blobs && test > 0 && train_seed != test_seed {
        notes.push(format!(
            "the seeds {train_seed} and {test_seed} draw different centers, so the test figures say nothing about \
             these blobs; use --data-seeds {train_seed},{train_seed}"
        ));
    }
    let samples = |n: usize, seed: u32| {
        let planar::Drawn { x, y } = planar::draw(which, n, noise, centers, seed);
        Samples { x, y: Targets::Classes(y) }
    };
    Ok((samples(train, train_seed), (test > 0).then(|| samples(test, test_seed)), numbered(classes), notes))
}

/// One draw of a problem of any size: its first samples to train on, the others to test on.
fn problem(which: BuiltIn, spec: &DataSpec, noise: f64, sizes: [usize; 2], seed: u32) -> Result<Loaded, DataError> {
    let is_regression = which == BuiltIn::Regression;
    let features = spec.set_features.unwrap_or(if is_regression { 100 } else { 20 });
    let informative = spec.informative.unwrap_or(if is_regression { features.min(10) } else { features.min(2) });
    if features == 0 {
        return usage("--set-features 0: at least 1 is needed".to_owned());
    }
    if informative == 0 || informative > features {
        return usage(format!(
            "--informative {informative}: of {features} features, 1 to {features} can say something"
        ));
    }
    let [train, test] = sizes;
    let all = train + test;
    // The draw has a matrix of the informative features for every cluster, too.
    let largest = features.saturating_mul(all).max(informative.saturating_mul(informative));
    if largest > 2 * MOST {
        return usage(format!(
            "--set-features {features}: {all} samples of so many features are more than can be drawn"
        ));
    }
    let (x, y, kind) = if is_regression {
        check_samples(which, sizes, 1)?;
        let (x, y) = Regression { features, informative, noise }.draw(all, seed);
        (x, Targets::Values(y.insert_axis(Axis(1))), Kind::Regression { outputs: 1 })
    } else {
        let (classes, clusters) = (spec.classes.unwrap_or(2), spec.centers.unwrap_or(2));
        if classes < 2 {
            return usage(format!("--classes {classes}: at least 2 are needed to have something to tell apart"));
        }
        if clusters < 1 {
            return usage(format!("--centers {clusters}: every class has at least 1 cluster"));
        }
        check_samples(which, sizes, classes.saturating_mul(clusters))?;
        let vertices = u32::try_from(informative).ok().and_then(|n| 1usize.checked_shl(n)).unwrap_or(usize::MAX);
        if classes * clusters > vertices {
            return usage(format!(
                "--classes {classes}: {clusters} clusters (--centers) of each are on vertices of a cube, which has {vertices} of them \
                 with --informative {informative}; give more informative features, or fewer classes or clusters"
            ));
        }
        let separation = spec.class_sep.unwrap_or(1.0);
        if !separation.is_finite() {
            return usage(format!("--class-sep {separation}: a number is needed, half of the cube's side"));
        }
        let like = Classification { features, informative, classes, clusters, flipped: noise, separation };
        let (x, y) = like.draw(all, seed);
        (x, Targets::Classes(y), numbered(classes))
    };
    let mut marked = vec![false; train];
    marked.resize(all, true);
    let (train, held) = divided(Samples { x, y }, &marked);
    Ok((train, (test > 0).then_some(held), kind, Vec::new()))
}

/// So many classes, called by their numbers.
fn numbered(classes: usize) -> Kind {
    Kind::Classes((0..classes).map(|class| class.to_string()).collect())
}
