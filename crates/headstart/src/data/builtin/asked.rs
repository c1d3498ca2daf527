//! Whether what is asked of a set makes sense for it.

use super::set::BuiltIn;
use crate::data::{DataError, DataSpec, Kind, LabelKind, spec};

/// More samples than this are surely a slip of the fingers, and would not fit into memory.
pub const MOST: usize = 100_000_000;

/// Refuses what was asked for.
pub fn usage<T>(message: String) -> Result<T, DataError> {
    Err(DataError::Usage(message))
}

/// Refuses flags that are for other data.
pub fn check_flags(which: BuiltIn, spec: &DataSpec) -> Result<(), DataError> {
    let for_files = [
        ("test-data", spec.test_data.is_some()),
        ("labels", spec.labels.is_some()),
        ("test-labels", spec.test_labels.is_some()),
        ("label", spec.label.is_some()),
        ("features", spec.features.is_some()),
        ("drop", spec.drop.is_some()),
        ("columns", !spec.columns.is_empty()),
        ("x-key", spec.x_key.is_some()),
        ("y-key", spec.y_key.is_some()),
        ("transpose", spec.transpose),
        ("missing", spec.missing.is_some()),
        ("drop-missing", spec.drop_missing),
    ];
    if let Some((flag, _)) = for_files.iter().find(|(_, given)| *given) {
        return usage(format!("--{flag} is for data from files, and {which} is built in; leave it out"));
    }
    // What a configuration file says by itself, the usual share and seed, says nothing here.
    let of_split =
        [("test-share", spec.test_share != spec::TEST_SHARE), ("split-seed", spec.split_seed != spec::SPLIT_SEED)];
    if let Some((flag, _)) = of_split.iter().find(|(_, given)| *given && !which.is_table()) {
        let samples = "--samples 300,100 says how many samples are drawn to train and to test on, and --data-seeds by which seeds";
        return usage(format!("--{flag} is for tables, of which a part is held out, and {which} is drawn: {samples}"));
    }
    // Of what is drawn only the targets of regression are scaled.
    if spec.strict && !which.is_table() && which != BuiltIn::Regression {
        return usage(format!(
            "--strict is for tables, and {which} is drawn, of which nothing is refused or scaled; leave it out"
        ));
    }
    let (classification, regression) = (BuiltIn::Classification, BuiltIn::Regression);
    let for_some: [(_, _, &[BuiltIn]); 5] = [
        ("centers", spec.centers.is_some(), &[BuiltIn::Blobs, classification]),
        ("classes", spec.classes.is_some(), &[classification]),
        ("class-sep", spec.class_sep.is_some(), &[classification]),
        ("set-features", spec.set_features.is_some(), &[classification, regression]),
        ("informative", spec.informative.is_some(), &[classification, regression]),
    ];
    for (flag, given, sets) in for_some {
        if given && !sets.contains(&which) {
            let sets: Vec<&str> = sets.iter().map(|set| set.name()).collect();
            return usage(format!("--{flag} is for {}, and {which} has none", sets.join(" and ")));
        }
    }
    let for_drawn = [
        ("samples", spec.samples.is_some()),
        ("noise", spec.noise.is_some()),
        ("data-seeds", spec.data_seeds.is_some()),
    ];
    match for_drawn.iter().find(|(_, given)| *given && which.is_table()) {
        Some((flag, _)) => {
            usage(format!("--{flag} is for data that is drawn, and {which} is a table of what was measured"))
        }
        None => Ok(()),
    }
}

pub fn check_task(which: BuiltIn, spec: &DataSpec, kind: &Kind) -> Result<(), DataError> {
    match (spec.task, kind) {
        (None, _)
        | (Some(LabelKind::Classes), Kind::Classes(_))
        | (Some(LabelKind::Regression), Kind::Regression { .. }) => Ok(()),
        (Some(LabelKind::Binary), Kind::Classes(names)) if names.len() == 2 => Ok(()),
        (Some(LabelKind::Binary), Kind::Classes(_)) => usage(format!("--task: {which} has classes, not just two")),
        (Some(_), Kind::Classes(_)) => usage(format!("--task: {which} has classes")),
        (Some(_), Kind::Regression { .. }) => usage(format!("--task: {which} has numbers, not classes")),
    }
}

pub fn check_samples(which: BuiltIn, sizes: [usize; 2], groups: usize) -> Result<(), DataError> {
    for (name, samples) in ["training", "test"].into_iter().zip(sizes) {
        if samples < groups && (samples > 0 || name == "training") {
            let groups = match which {
                BuiltIn::Regression => "be fitted".to_owned(),
                BuiltIn::Classification => format!("have {groups} clusters"),
                _ => format!("have {groups} classes"),
            };
            return usage(format!("--samples: {samples} {name} samples of {which} cannot {groups}"));
        }
    }
    Ok(())
}
