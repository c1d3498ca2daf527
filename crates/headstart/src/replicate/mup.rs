//! Which learning rate is the best at which width, in the standard parametrization and in the maximal update parametrization.

use super::{Case, CaseRuns, Experiment, Judgement, Row, median};
use crate::heat::{Axis, Colours, Map, Panel};
use crate::words::{count, rough};

/// Rates over widths.
pub const MUP: Experiment = Experiment {
    name: "mup-2022",
    title: "two hidden layers of 64 to 1,024: how does the best learning rate go with the width, in the standard and in the \
            maximal update parametrization?",
    source: "G. Yang, E. J. Hu and others 2022, \"Tensor Programs V\" (arXiv:2203.03466), sections 3 and 4, figure 3, table 3",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| Ok(GRID.cases()),
    judge: |cases| GRID.judge(cases),
};

/// An update rule and a loss, and the rates that are tried: each twice the one before.
#[derive(Clone, Copy)]
struct Rule {
    name: &'static str,
    optimizer: &'static str,
    /// What else the section of the network has.
    loss: &'static str,
    /// Adam and squared errors need no more to tell rates apart; narrow networks learn from cross-entropy for longer.
    steps: usize,
    rates: &'static [f64],
}

/// What is tried.
struct Grid {
    /// Units of both hidden layers; at the first both parametrizations are the same.
    widths: &'static [usize],
    rules: [Rule; 3],
    seeds: usize,
}

const GRID: Grid = Grid {
    widths: &[64, 256, 1024],
    rules: [
        Rule {
            name: "adam",
            optimizer: "adam",
            loss: "",
            steps: 150,
            rates: &[0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032],
        },
        Rule {
            name: "sgd",
            optimizer: "sgd",
            loss: "",
            steps: 300,
            rates: &[0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2],
        },
        Rule {
            name: "sgd, squared error",
            optimizer: "sgd",
            loss: "output = \"identity\"\nloss = \"mse\"\n",
            steps: 150,
            rates: &[0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12],
        },
    ],
    seeds: 3,
};

const PARAMETRIZATIONS: [&str; 2] = ["standard", "mup"];

/// The best rate may differ by this factor between widths and count as the same: a step of the rates.
const SAME: f64 = 2.0;

/// Published: the rate "shifts by roughly an order of magnitude as the width increases from 256 to 8192" (section 3), that is, like this
/// power of the width.
const POWER: f64 = -2.0 / 3.0;

/// How much worse a wide network may be than the narrow one at its rate and not count as worse: seeds differ as much.
const WORSE: f64 = 1.1;

/// Losses of one rule in one parametrization, by width and rate.
type Losses = Vec<Vec<f64>>;

impl Grid {
    /// By rule, parametrization, width and rate.
    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for Rule { name, optimizer, loss, steps, rates } in &self.rules {
            for parametrization in PARAMETRIZATIONS {
                for width in self.widths {
                    cases.extend(rates.iter().map(|rate| {
                        let task = format!(
                            "[data]\ndata = \"digits\"\npreprocess = \"standardize\"\ntest-share = 0.0\n\
                             [network]\nlayers = \"_,{width}x2,_\"\nparametrization = \"{parametrization}\"\nbase-width = {}\n{loss}\
                             [init]\ninit = \"lecun\"\nseeds = {}\n\
                             [training]\noptimizer = \"{optimizer}\"\nbatch = 32\nlr = {rate}\nsteps = {steps}\nrecord-every = 25\n\
                             precision = \"f32\"\n",
                            self.widths[0], self.seeds
                        );
                        Case::new(format!("{name}, {parametrization}, width {width}, lr {rate}"), task)
                    }));
                }
            }
        }
        cases
    }

    fn judge(&self, cases: &[CaseRuns]) -> Judgement {
        let loss = |case: &CaseRuns| {
            // What has diverged has no loss.
            median(case.runs.iter().map(|run| if run.status == "finished" { run.train.loss } else { f64::INFINITY }))
        };
        let mut losses = cases.iter().map(loss);
        let mut of_rule = |rule: &Rule| -> [Losses; 2] {
            [(); 2].map(|()| self.widths.iter().map(|_| losses.by_ref().take(rule.rates.len()).collect()).collect())
        };
        let all: Vec<[Losses; 2]> = self.rules.iter().map(&mut of_rule).collect();
        let mut rows = Vec::new();
        let mut answers = Vec::new();
        for (rule, both) in self.rules.iter().zip(&all) {
            let (of_rule, answer) = self.compare(rule, both);
            rows.extend(of_rule);
            answers.push(answer);
        }
        Judgement { rows, answer: Some(answers.join(" ")), map: Some(self.map(&all)) }
    }

    /// Of the losses in the standard parametrization and in that of maximal updates.
    fn compare(&self, rule: &Rule, both: &[Losses; 2]) -> (Vec<Row>, String) {
        let best: Vec<Vec<f64>> = both.iter().map(|losses| losses.iter().map(|row| rule.best(row)).collect()).collect();
        let [first, last] = [self.widths[0], self.widths[self.widths.len() - 1]];
        let ratio = |rates: &[f64]| rates[0] / rates[rates.len() - 1];
        let name = rule.name;
        let in_words = |rates: &[f64]| rates.iter().map(|rate| rough(*rate)).collect::<Vec<_>>().join(", ");
        let expected = libm::pow(last as f64 / first as f64, -POWER);
        let shift = ratio(&best[0]);
        let spread = |rates: &[f64]| {
            let (low, high) = rates.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));
            high / low
        };
        let steady = spread(&best[1]);
        // At the rate that is the best one of the narrowest.
        let narrow = rule.rates.iter().position(|rate| *rate == best[1][0]).unwrap_or(0);
        let at_narrow = |losses: &Losses| -> Vec<f64> { losses.iter().map(|row| row[narrow]).collect() };
        let is_better = |losses: &[f64]| losses[losses.len() - 1] <= WORSE * losses[0];
        let [standard, mup] = [at_narrow(&both[0]), at_narrow(&both[1])];
        let rows = vec![
            Row {
                what: format!("{name}, standard: best lr at {first} over that at {last}"),
                published: format!("{expected:.1}, roughly"),
                measured: format!("{shift:.1} ({})", in_words(&best[0])),
                // "Roughly", and rates are a factor of 2 apart.
                agrees: Some((0.5 * expected..=2.0 * expected).contains(&shift)),
            },
            Row {
                what: format!("{name}, mup: largest best lr over smallest"),
                published: "stable".to_owned(),
                measured: format!("{steady:.1} ({})", in_words(&best[1])),
                agrees: Some(steady <= SAME),
            },
            Row {
                what: format!("{name}, mup: loss at the best lr of {first}, by width"),
                published: "wider is better".to_owned(),
                measured: in_words(&mup),
                agrees: Some(is_better(&mup)),
            },
            Row {
                what: format!("{name}, standard: loss at the best lr of {first}, by width"),
                published: "wider is not".to_owned(),
                measured: in_words(&standard),
                agrees: Some(!is_better(&standard)),
            },
        ];
        let of_first = |rates: &[f64]| match ratio(rates) {
            1.0 => "the same".to_owned(),
            shift if shift > 1.0 => format!("1/{} of it", rough(shift)),
            shift => format!("{} times it", rough(1.0 / shift)),
        };
        let answer = format!(
            "With {name} the best learning rate at {} units is, by that at {first}, {} in the standard parametrization and {} in mup, \
             where the rate of the narrow network takes the wide one to a loss of {} (standard: {}).",
            count(last as u64),
            of_first(&best[0]),
            of_first(&best[1]),
            rough(mup[mup.len() - 1]),
            rough(standard[standard.len() - 1])
        );
        (rows, answer)
    }

    /// Losses over rate and width: first those in the standard parametrization.
    fn map(&self, all: &[[Losses; 2]]) -> Map {
        let axes = |rule: &Rule| {
            [
                Axis::new("learning rate", rule.rates.to_vec()),
                Axis::new("width", self.widths.iter().map(|width| *width as f64).collect()),
            ]
        };
        let of = |i: usize| {
            self.rules.iter().zip(all).map(move |(rule, both)| Panel {
                title: format!("{}, {}", rule.name, PARAMETRIZATIONS[i]),
                axes: Some(axes(rule)),
                cells: both[i].iter().map(|row| over_best(row)).collect(),
            })
        };
        let [x, y] = axes(&self.rules[0]);
        Map {
            x,
            y,
            value: "training loss over the smallest at that width".to_owned(),
            range: [1.0, 10.0],
            colours: Colours::Logarithmic,
            small_is_best: true,
            outline: None,
            lines: Vec::new(),
            panels: of(0).chain(of(1)).collect(),
        }
    }
}

/// Losses as multiples of the smallest.
fn over_best(losses: &[f64]) -> Vec<f64> {
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    losses.iter().map(|loss| loss / best).collect()
}

impl Rule {
    /// The rate with the smallest loss.
    fn best(&self, losses: &[f64]) -> f64 {
        let best = losses.iter().zip(self.rates).min_by(|a, b| a.0.total_cmp(b.0));
        best.map_or(f64::NAN, |(_, rate)| *rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    /// Losses with the best rate at these places, by width, each better than the one before by `better`.
    fn losses(best: [usize; 3], better: f64) -> Losses {
        let row = |(i, best): (usize, usize)| {
            let loss = |rate: usize| libm::pow(better, i as f64) * libm::pow(2.0, rate.abs_diff(best) as f64);
            (0..8).map(loss).collect()
        };
        best.into_iter().enumerate().map(row).collect()
    }

    #[test]
    fn rates_may_be_steady_or_not() {
        let says = |standard: Losses, mup: Losses| -> Vec<Option<bool>> {
            GRID.compare(&GRID.rules[0], &[standard, mup]).0.iter().map(|row| row.agrees).collect()
        };
        let published = says(losses([5, 4, 2], 0.9), losses([5, 5, 5], 0.9));
        assert_eq!(published, [Some(true); 4]);
        assert_eq!(says(losses([5, 5, 5], 0.9), losses([5, 4, 2], 1.0)), [Some(false); 4]);
        // What diverges is never the best.
        let mut diverged = losses([5, 5, 5], 1.0);
        diverged[2][5] = f64::INFINITY;
        assert_eq!(GRID.rules[0].best(&diverged[2]), 0.004);
    }

    #[test]
    fn at_base_width_the_two_are_the_same_and_a_small_grid_is_judged() {
        const SMALL: Grid = Grid {
            widths: &[16, 256],
            rules: [
                Rule { steps: 60, rates: &[0.001, 0.004, 0.016], ..GRID.rules[0] },
                Rule { steps: 60, rates: &[0.1, 0.2], ..GRID.rules[1] },
                Rule { steps: 60, rates: &[0.2, 0.4], ..GRID.rules[2] },
            ],
            seeds: 1,
        };
        let small = Experiment { cases: |_| Ok(SMALL.cases()), judge: |cases| SMALL.judge(cases), ..MUP };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        let panels = &replication.map.as_ref().unwrap().panels;
        assert_eq!(panels.len(), 6);
        let (standard, mup) = panels.split_at(3);
        for (standard, mup) in standard.iter().zip(mup) {
            assert_eq!(standard.cells[0], mup.cells[0]);
            assert_ne!(standard.cells[1], mup.cells[1]);
        }
        assert_eq!(replication.rows.len(), 12);
    }
}
