//! The Deep Learning Specialization's networks, and the learner's thread that this project began with.

use super::{Case, Claim, Experiment, Measure, guessing, loss, nothing_more, test_accuracy, train_accuracy};
use std::path::Path;

/// The learner's table.
pub const THREAD: Experiment = Experiment {
    name: "dls-thread",
    title: "circles, 2-10-5-1 relu: N(0,1) weights times 10, 0.1 and 0.01, 15,000 steps",
    source: "DeepLearning.AI community, a learner's question on the assignment \"Initialization\" (Deep Learning \
             Specialization, course 2, week 1)",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| {
        Ok(vec![
            circles("x 10", "normal:10", "0.83", "0.86"),
            circles("x 0.1", "normal:0.1", "0.60", "0.57"),
            circles("x 0.01", "normal:0.01", "0.46", "0.48"),
        ])
    },
    judge: nothing_more,
};

/// The assignment's own table.
pub const INIT: Experiment = Experiment {
    name: "dls-init",
    title: "circles, 2-10-5-1 relu: zeros, large random weights and He, 15,000 steps",
    source: "Deep Learning Specialization, course 2, week 1, assignment \"Initialization\"",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| {
        Ok(vec![
            circles("zeros", "zeros", "0.5", "0.5"),
            circles("random x 10", "normal:10", "0.83", "0.86"),
            circles("He", "he", "0.9933333", "0.96"),
        ])
    },
    judge: nothing_more,
};

/// The flower.
pub const PLANAR: Experiment = Experiment {
    name: "dls-planar",
    title: "flower, 2-4-1 tanh: N(0,1) weights times 0.01, lr 1.2, 10,000 steps",
    source: "Deep Learning Specialization, course 1, week 3, assignment \"Planar data classification with one hidden \
             layer\"",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| {
        let task = "[data]\ndata = \"flower\"\n[network]\nlayers = [2, 4, 1]\nactivation = \"tanh\"\n\
                    [init]\ninit = \"normal:0.01\"\nrng = \"numpy\"\nseed = 2\n\
                    [training]\nlr = 1.2\nsteps = 10000\nrecord-every = 1000\n";
        let claims = vec![
            loss("loss at step 0", 0, "0.693048"),
            loss("loss at step 1,000", 1_000, "0.288083"),
            loss("loss at step 2,000", 2_000, "0.254385"),
            Claim {
                what: "train accuracy",
                published: "90%",
                measure: Measure::WholePercent(|run| run.train.accuracy),
            },
        ];
        Ok(vec![Case { claims, ..Case::new("4 hidden units", task) }])
    },
    judge: nothing_more,
};

/// The cats.
pub const CATS: Experiment = Experiment {
    name: "dls-cats",
    title: "cat or not, from 64 x 64 pixels: two-layer and deep relu networks, lr 0.0075, 2,500 steps",
    source: "Deep Learning Specialization, course 1, week 4, assignment \"Deep neural network for image \
             classification\"; for x 0.01 the remark of the course's mentors that convergence is terrible",
    files: &["train_catvnoncat.h5", "test_catvnoncat.h5"],
    pixels: None,
    page: None,
    cases: |setting| {
        let folder = setting.folder();
        let deep = "[12288, 20, 7, 5, 1]";
        Ok(vec![
            Case {
                claims: vec![
                    loss("loss at step 0", 0, "0.693050"),
                    loss("loss at step 100", 100, "0.646432"),
                    loss("loss at step 2,400", 2_400, "0.048555"),
                    train_accuracy("1.0"),
                    test_accuracy("0.72"),
                ],
                ..Case::new("two-layer, x 0.01", cats(folder, "[12288, 7, 1]", "normal:0.01"))
            },
            Case {
                claims: vec![
                    loss("loss at step 0", 0, "0.771749"),
                    loss("loss at step 100", 100, "0.672053"),
                    loss("loss at step 2,400", 2_400, "0.092878"),
                    train_accuracy("0.98564593"),
                    test_accuracy("0.8"),
                ],
                ..Case::new("deep, 1/sqrt(fan-in)", cats(folder, deep, "lecun"))
            },
            Case {
                claims: vec![Claim {
                    what: "convergence",
                    published: "terrible",
                    measure: Measure::Words(|run, task| {
                        let agrees = !learns(run.train.loss, guessing(task));
                        (format!("loss {:.4} at the end", run.train.loss), agrees)
                    }),
                }],
                ..Case::new("deep, x 0.01", cats(folder, deep, "normal:0.01"))
            },
        ])
    },
    judge: nothing_more,
};

fn circles(name: &'static str, init: &str, train: &'static str, test: &'static str) -> Case {
    let task = format!(
        "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\n\
         [init]\ninit = \"{init}\"\nrng = \"numpy\"\nseed = 3\n\
         [training]\nlr = 0.01\nsteps = 15000\nrecord-every = 1000\n"
    );
    Case { claims: vec![train_accuracy(train), test_accuracy(test)], ..Case::new(name, task) }
}

/// Whether a training loss is more than 1% below that of guessing.
pub fn learns(loss: f64, guessing: f64) -> bool {
    loss < 0.99 * guessing
}

/// A cat network's task, with the course's training.
pub fn cats(folder: &Path, layers: &str, init: &str) -> String {
    let file = |name: &str| toml::Value::from(folder.join(name).display().to_string()).to_string();
    format!(
        "[data]\ndata = {}\ntest-data = {}\npreprocess = \"pixels\"\n[network]\nlayers = {layers}\n\
         [init]\ninit = \"{init}\"\nrng = \"numpy\"\nseed = 1\n\
         [training]\nlr = 0.0075\nsteps = 2500\nrecord-every = 100\n",
        file("train_catvnoncat.h5"),
        file("test_catvnoncat.h5"),
    )
}
