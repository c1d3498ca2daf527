//! Built-in data sets: some that are drawn, and some that come as tables.

mod asked;
mod loaded;
mod planar;
mod problems;
mod set;
mod tables;
#[cfg(test)]
mod tests;

pub use set::BuiltIn;

use super::preprocess::About;
use super::{DataError, DataSpec, Dataset, Preprocess, ScaleTargets, Scaling, Transform, preprocess, scale_targets};
use asked::{check_flags, check_task};
use loaded::{drawn, table};

/// Draws or reads the built-in set `which` as `spec` asks for.
///
/// # Errors
/// If the specification makes no sense for it.
pub(crate) fn load(which: BuiltIn, spec: &DataSpec, meets_any_number: bool) -> Result<Dataset, DataError> {
    check_flags(which, spec)?;
    let ((mut train, mut test, kind, mut notes), columns) =
        if which.is_table() { table(which, spec)? } else { (drawn(which, spec)?, None) };
    check_task(which, spec, &kind)?;
    let about = About { columns: columns.as_deref(), are_images: false, strict: spec.strict };
    // What is drawn has the size that it is drawn with, unless somebody asks for another one.
    let scaled = match (which.is_table(), spec.preprocess) {
        (false, Preprocess::Auto | Preprocess::None) => Transform::Identity,
        (_, how) => preprocess(how, which.name(), about, &mut train, test.as_mut(), &mut notes)?,
    };
    // Targets of regression are hundreds, which no output meets in the steps that one trains for.
    let is_scaled = which.has_own_units();
    let targets = match (is_scaled && meets_any_number, spec.scale_targets) {
        (false, ScaleTargets::Auto | ScaleTargets::None) => Transform::Identity,
        _ => scale_targets(spec, which.name(), ("targets", &[]), &mut train, test.as_mut(), &mut notes)?,
    };
    let (scaling, features) = (Scaling { features: scaled, targets }, columns.unwrap_or_default());
    Ok(Dataset { features, shape: which.shape(), scaling, notes, ..Dataset::of(which.name(), kind, train, test) })
}
