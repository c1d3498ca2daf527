//! Elementary functions on vectors: exp, ln, tanh, erf and their kin, with stated error bounds.
