//! Headstart finds the weights a neural network should start from, and shows why.

pub mod data;
