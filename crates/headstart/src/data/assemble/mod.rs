//! From the content of files to samples with labels: which file, which column, which array is what.

mod arrays;
mod keys;
mod labels;
mod origin;
mod samples;
mod source;

use crate::data::content::{Content, Part, Values};
use crate::data::memory::Budget;
use crate::data::spec::DataSpec;
use crate::data::{DataError, read};
pub(crate) use samples::samples;

use arrays::{of_array, target};
use keys::{Keys, Role};
use origin::Origins;
use source::Source;

/// What the files of a specification hold.
pub(crate) struct Parts<'a> {
    pub train: Part<'a>,
    pub test: Option<Part<'a>>,
    pub notes: Vec<String>,
    /// Whether the samples are in columns, asked for or found.
    pub transposed: bool,
}

/// Reads all files that `spec` names.
pub(crate) fn parts<'a>(spec: &'a DataSpec, budget: &Budget) -> Result<Parts<'a>, DataError> {
    let Origins { data, labels, test_data, test_labels } = Origins::of(spec);
    if test_labels.is_some() && test_data.is_none() {
        return Err(DataError::Usage("--test-labels needs --test-data: labels alone are no test data".to_owned()));
    }
    let mut source = Source::new(spec, budget);
    let (train, in_file) = source.load(data, labels, Role::Train)?;
    let test = match test_data {
        None => in_file,
        Some(data) => Some(source.load(data, test_labels, Role::Test)?.0),
    };
    let transposed = spec.transpose || source.transposed;
    Ok(Parts { train, test, notes: source.notes, transposed })
}

/// Decodes all that a file's bytes hold, and hands over what could be samples with labels.
pub(crate) fn check(
    spec: &DataSpec,
    bytes: Vec<u8>,
    budget: &Budget,
    mut use_parts: impl FnMut(Parts) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = &spec.data;
    let mut source = Source::new(spec, budget);
    match read::read_bytes(file.clone(), bytes, budget)? {
        Content::Table(table) => {
            let train = source.table(file.clone(), table, None, Role::Train)?;
            use_parts(Parts { train, test: None, notes: source.notes, transposed: false })
        }
        Content::Array(array) => match array.values {
            Values::Numbers(_) => source.numbers(file, array).map(drop),
            Values::Text(_) => target(file.clone(), "labels".to_owned(), array).map(drop),
        },
        Content::Lent(_) => Ok(()),
        Content::Archive(mut archive) => {
            if let Ok(keys) = Keys::find(spec, file, &archive.names(), Role::Train) {
                let train = source.pair(file, archive.as_mut(), &keys.main)?;
                use_parts(Parts { train, test: None, notes: Vec::new(), transposed: false })?;
            }
            let left = budget.left();
            for name in archive.names() {
                let array = archive.array(&name)?;
                target(of_array(file, &name), "labels".to_owned(), array)?;
                budget.give_back(left - budget.left());
            }
            Ok(())
        }
    }
}
