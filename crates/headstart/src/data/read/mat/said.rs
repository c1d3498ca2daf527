//! What is said of arrays and files that are not read.

/// The format's name.
pub const NAME: &str = "MAT";

/// What cannot be read but has to be named, as it may be the samples.
pub const SPARSE: &str = "it is a sparse matrix, which is not supported: save it as a full one, as by X = full(X) in MATLAB or \
                      X.toarray() in SciPy";
