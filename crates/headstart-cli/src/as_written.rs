//! Values that keep the text they were written as.

use serde::{Serialize, Serializer};
use std::str::FromStr;

/// A value of the grammar and the text that it was written as. The text goes on, so that a note can be told of its names.
#[derive(Clone, Debug)]
pub struct AsWritten<T> {
    pub text: String,
    pub value: T,
}

impl<T: FromStr> FromStr for AsWritten<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        Ok(Self { text: text.to_owned(), value: text.parse()? })
    }
}

impl<T> Serialize for AsWritten<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.text)
    }
}
