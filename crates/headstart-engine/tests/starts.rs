//! Schemes against draws of the frameworks themselves: `bench/golden_starts.py` wrote down what those are like.

use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::rng::Rng;

/// What is known of some numbers.
#[derive(Debug)]
struct Moments {
    count: f64,
    mean: f64,
    square: f64,
    least: f64,
    most: f64,
    zeros: f64,
}

impl Moments {
    fn of(numbers: &[f64]) -> Self {
        let count = numbers.len() as f64;
        let mean = |of: &dyn Fn(f64) -> f64| numbers.iter().map(|&x| of(x)).sum::<f64>() / count;
        Self {
            count,
            mean: mean(&|x| x),
            square: mean(&|x| x * x),
            least: numbers.iter().copied().fold(f64::INFINITY, f64::min),
            most: numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            zeros: mean(&|x| f64::from(u8::from(x == 0.0))),
        }
    }

    fn read(fields: &[f64]) -> Self {
        let [count, mean, square, least, most, zeros] = fields.try_into().expect("six numbers of every draw");
        Self { count, mean, square, least, most, zeros }
    }

    /// Whether two samples are of one distribution, as far as five standard errors of their difference tell. A cut or a bound shows in
    /// the least and the largest; these come near to it by a share of their distance that depends on how many there are.
    fn agrees(&self, numbers: &[f64]) -> bool {
        let own = Self::of(numbers);
        let variance = |of: &dyn Fn(f64) -> f64, mean: f64| {
            numbers.iter().map(|&x| (of(x) - mean) * (of(x) - mean)).sum::<f64>() / own.count
        };
        // Five errors of a difference; theirs are rounded to nine digits, those of some to float32.
        let within =
            |a: f64, b: f64, variance: f64| (a - b).abs() <= 5.0 * (2.0 * variance / own.count).sqrt() + 1e-7 * a.abs();
        let sd = variance(&|x| x, own.mean).sqrt();
        let is_bounded = |end: f64| (end - own.mean).abs() < 3.0 * sd;
        let near = if own.count > 1000.0 { 0.03 } else { 0.1 } * (own.most - own.least);
        let ends = [(own.least, self.least), (own.most, self.most)];
        own.count == self.count
            && within(self.mean, own.mean, sd * sd)
            && within(self.square, own.square, variance(&|x| x * x, own.square))
            && (own.zeros - self.zeros).abs() < 1e-8
            && ends.iter().all(|(own, theirs)| !is_bounded(*theirs) || (own - theirs).abs() <= near)
    }
}

#[test]
fn schemes_draw_what_their_frameworks_draw() {
    let mut lines = 0;
    for line in include_str!("golden/starts.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, activation) = fields[0].split_once('@').unwrap_or((fields[0], "tanh"));
        let activation: Activation = activation.parse().unwrap();
        let widths = [2, 3].map(|field| fields[field].parse::<usize>().unwrap());
        let moments: Vec<f64> = fields[4..].iter().map(|field| field.parse().unwrap()).collect();
        // One more layer, so that the activation is that of the first one's units.
        let widths = [widths[0], widths[1], 1];
        let network = Network::new(&widths, &[activation], Output::Identity, Loss::MeanSquaredError, true).unwrap();
        let init: Initialization = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(init.to_string().parse::<Initialization>().unwrap(), init, "{name}");
        let first = init.draw(&network, Rng::Native, 3).unwrap().parameters.0.swap_remove(0);
        let weights = Moments::read(&moments[..6]);
        let own = first.weights.as_slice().unwrap();
        assert!(weights.agrees(own), "{line}: {:?}", Moments::of(own));
        if moments.len() > 6 {
            let (biases, own) = (Moments::read(&moments[6..]), first.biases.as_slice().unwrap());
            assert!(biases.agrees(own), "biases of {line}: {:?}", Moments::of(own));
        } else {
            assert!(first.biases.iter().all(|&b| b == 0.0), "{line}");
        }
        lines += 1;
    }
    assert!(lines > 70, "{lines}");
}
