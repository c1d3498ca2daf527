//! Data: built-in sets and files.
