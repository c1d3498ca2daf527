//! Version 7.3, which is HDF5.

use super::said::{NAME, SPARSE};
use crate::data::DataError;
use crate::data::content::{Archive, Array, Values};
use crate::data::read::npy::to_c_order;
use crate::data::read::unreadable;
use crate::words;
use std::collections::HashSet;

pub fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MATLAB 7.3 MAT-file")
        && bytes.get(512..).is_some_and(|rest| rest.starts_with(b"\x89HDF\r\n\x1a\n"))
}

/// Version 7.3: HDF5, in which every array's axes are in the opposite order, and a sparse one is a group: of its numbers (`data`),
/// their rows (`ir`), and where each column begins among them (`jc`).
pub struct Mat73 {
    pub file: String,
    pub inner: Box<dyn Archive>,
}

impl Archive for Mat73 {
    fn names(&self) -> Vec<String> {
        let own = |name: &String| !name.starts_with("#refs#") && !name.starts_with("#subsystem#");
        let names: Vec<String> = self.inner.names().into_iter().filter(own).collect();
        let known: HashSet<&str> = names.iter().map(String::as_str).collect();
        let whole = |name: &String| match name.rsplit_once('/') {
            Some((group, part @ ("data" | "ir" | "jc"))) if parts(group).iter().all(|part| known.contains(&**part)) => {
                (part == "jc").then(|| group.to_owned())
            }
            _ => Some(name.clone()),
        };
        names.iter().filter_map(whole).collect()
    }

    fn note(&self) -> Option<String> {
        self.inner.note()
    }

    fn array(&mut self, name: &str) -> Result<Array, DataError> {
        let known = self.inner.names();
        if !known.iter().any(|known| known == name) && parts(name).iter().all(|part| known.contains(part)) {
            return Err(DataError::content(format!("{}, {}", self.file, words::foreign(name)), SPARSE));
        }
        let Array { mut shape, values, rounded } = self.inner.array(name)?;
        shape.reverse();
        let values = match values {
            Values::Numbers(values) if !values.is_empty() => {
                Values::Numbers(to_c_order(values, &shape).map_err(|error| unreadable(name, NAME, &error))?)
            }
            values => values,
        };
        Ok(Array { shape, values, rounded })
    }
}

/// The datasets that every sparse array of version 7.3 has: one of zeros only has no others.
fn parts(sparse: &str) -> [String; 2] {
    [format!("{sparse}/ir"), format!("{sparse}/jc")]
}
