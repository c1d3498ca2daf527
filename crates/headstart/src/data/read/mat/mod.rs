//! MATLAB's files: the arrays of numbers, characters and cells of text in versions 4 and 5 (to which 6 and 7 belong), and in
//! version 7.3, which is HDF5.
//!
//! Source: The `MathWorks`, "MAT-File Format", <https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf>.

mod archive;
mod elements;
mod reading;
mod said;
#[cfg(test)]
pub(super) mod tests;
mod version_4;
mod version_5;
mod version_7_3;

use super::{Format, hdf5};
use crate::data::content::Content;
use said::NAME;
use version_7_3::Mat73;

pub(super) const FORMAT: Format = Format {
    name: NAME,
    endings: &["mat"],
    recognises: |bytes| version_5::is_one(bytes) || version_7_3::is_one(bytes),
    read: |input| {
        if version_7_3::is_one(&input.bytes) {
            let file = input.file.clone();
            let Content::Archive(inner) = (hdf5::FORMAT.read)(input)? else {
                unreachable!("HDF5 holds several arrays")
            };
            return Ok(Content::Archive(Box::new(Mat73 { file, inner })));
        }
        let open = if version_5::is_one(&input.bytes) { version_5::open } else { version_4::open };
        open(input).map(|archive| Content::Archive(Box::new(archive)))
    },
};
