//! What several tests of the engine go over.

use headstart_engine::network::{Loss, Output};

/// Outputs and losses that go together.
pub const ENDS: [(Output, Loss); 30] = [
    (Output::Identity, Loss::BinaryCrossEntropy),
    (Output::Sigmoid, Loss::BinaryCrossEntropy),
    (Output::Tanh, Loss::BinaryCrossEntropy),
    (Output::Identity, Loss::CrossEntropy),
    (Output::Softmax, Loss::CrossEntropy),
    (Output::Identity, Loss::MeanSquaredError),
    (Output::Sigmoid, Loss::MeanSquaredError),
    (Output::Tanh, Loss::MeanSquaredError),
    (Output::Softmax, Loss::MeanSquaredError),
    (Output::Relu, Loss::MeanSquaredError),
    (Output::Softplus, Loss::MeanSquaredError),
    (Output::Exp, Loss::MeanSquaredError),
    (Output::Identity, Loss::MeanAbsoluteError),
    (Output::Sigmoid, Loss::MeanAbsoluteError),
    (Output::Identity, Loss::Huber(0.3)),
    (Output::Tanh, Loss::Huber(1.0)),
    (Output::Softplus, Loss::Huber(2.0)),
    (Output::Identity, Loss::LogCosh),
    (Output::Relu, Loss::LogCosh),
    (Output::Sigmoid, Loss::LogCosh),
    (Output::Identity, Loss::Hinge),
    (Output::Tanh, Loss::Hinge),
    (Output::Identity, Loss::SquaredHinge),
    (Output::Tanh, Loss::SquaredHinge),
    (Output::Sigmoid, Loss::Focal(2.0)),
    (Output::Sigmoid, Loss::Focal(0.5)),
    (Output::Softmax, Loss::Focal(2.0)),
    (Output::Softmax, Loss::Focal(0.5)),
    (Output::Softplus, Loss::Poisson),
    (Output::Exp, Loss::Poisson),
];
