use super::{Axis, Level};
use crate::spec::{Block, OptimizerName, TaskSpec};
use headstart_engine::init::BranchScale;

fn levels(text: &str) -> Vec<String> {
    text.parse::<Axis>().unwrap().levels().unwrap().iter().map(ToString::to_string).collect()
}

/// The points of it are numbers, though the distance and the ratio of its ends are none.
#[test]
fn a_range_may_be_as_wide_as_numbers_are() {
    assert_eq!(levels("lr=1e-300..1e300:log:5"), ["1e-300", "1e-150", "1", "1e150", "1e300"]);
    assert_eq!(levels("noise=-1.5e308..1.5e308:linear:3"), ["-1.5e308", "0", "1.5e308"]);
    let close = "noise=1.7e308..1.7976931348623157e308:linear:9".parse::<Axis>().unwrap();
    assert!(close.levels().unwrap().iter().all(|level| level.number().is_finite()));
    for over in ["lr=1e-300..1e300:log", "noise=-1.5e308..1.5e308:linear"] {
        let axis: Axis = over.parse().unwrap();
        for share in [0.0, 0.1, 0.5, 0.999] {
            assert!(axis.over.at(share).number().is_finite(), "{over} at {share}");
        }
    }
}

#[test]
fn a_long_list_is_read_in_a_moment() {
    let numbers: Vec<String> = (0..200_000).map(|i| i.to_string()).collect();
    let begin = std::time::Instant::now();
    assert_eq!(levels(&format!("seed={}", numbers.join(","))).len(), 200_000);
    assert!(begin.elapsed().as_secs() < 5);
    assert!("seed=3,1,2,1,3".parse::<Axis>().unwrap_err().to_string().contains("1 stands there twice"));
    assert!("noise=0,-0".parse::<Axis>().unwrap_err().to_string().contains("twice"));
}

#[test]
fn ranges_and_lists_are_written_as_they_are_meant() {
    assert_eq!(levels("gain=0.01..100:log:5"), ["0.01", "0.1", "1", "10", "100"]);
    assert_eq!(levels("gain=0.01..100:5"), levels("gain=0.01..100:log:5"));
    assert_eq!(levels("noise=0..1:5"), ["0", "0.25", "0.5", "0.75", "1"]);
    assert_eq!(levels("lr=0.001..1:linear:2"), ["0.001", "1"]);
    // Whole numbers come but once.
    assert_eq!(levels("depth=1..4:log:9"), ["1", "2", "3", "4"]);
    assert_eq!(levels("init=he, he:2,orthogonal/he"), ["he", "he:2", "orthogonal/he"]);
    assert_eq!("lr=0.1..1".parse::<Axis>().unwrap().levels(), None);
    assert_eq!("lr=0.1..1:3".parse::<Axis>().unwrap().to_string(), "lr=0.1..1:3");
}

#[test]
fn a_window_has_the_values_that_all_of_the_range_have_there() {
    let all = levels("gain=0.01..30:log:4096");
    assert_eq!(levels("gain=0.01..30:log:4096:1000-1063"), all[1000..1064]);
    assert_eq!(levels("gain=0.01..30:4095-4095:4096"), ["30"]);
    let deep = levels("lr=0.001..1:log:67108864:33554400-33554463");
    assert!(deep.windows(2).all(|pair| pair[0] != pair[1]) && deep[0].len() < 16, "{deep:?}");
    for (wrong, why) in [
        ("gain=0.1..1:8:3-8", "counted from 0 to 7"),
        ("gain=0.1..1:8:5-3", "no window"),
        ("gain=0.1..1:3-5", "needs the number of all values"),
        ("gain=0.1..1:99999999999999:3-5", "no room"),
        ("gain=0.1..1:99999999999:3-99999999", "a window of more than"),
    ] {
        let error = wrong.parse::<Axis>().unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_finer_window_of_an_axis_is_written_as_one() {
    let window =
        |text: &str, finer, first| text.parse::<Axis>().unwrap().window(finer, first).map(|axis| axis.to_string());
    assert_eq!(window("gain=0.01..30:log:64", 0, 0).unwrap(), "gain=0.01..30:log:64");
    assert_eq!(window("gain=0.01..30:64:log", 20, 700).unwrap(), "gain=0.01..30:67108864:log:700-763");
    assert_eq!(window("gain=0.01..30:log:64", 3, 449), None);
    for none in ["depth=1..4:4", "gain=0.1,1,10", "gain=0.01..30:log:4096:1000-1063", "init=he,glorot"] {
        assert_eq!(window(none, 1, 0), None, "{none}");
    }
}

#[test]
fn names_are_those_of_this_program_and_the_same_one_comes_once() {
    let axis: Axis = "init=he_normal, Xavier,nn.init.kaiming_uniform_:2 ,ones".parse().unwrap();
    assert_eq!(axis.to_string(), "init=he-truncated,glorot,he-uniform:2,constant:1");
    assert_eq!(axis.levels().unwrap()[1], Level::Name("glorot".to_owned()));
    assert_eq!("activation=ReLU,swish/Tanh".parse::<Axis>().unwrap().to_string(), "activation=relu,silu/tanh");
    assert_eq!(levels("optimizer=Adam,torch.optim.SGD"), ["adam", "sgd"]);
    for twice in ["init=he,kaiming", "init=normal:0.1,Normal:.10", "activation=swish,silu", "optimizer=Adam,adam"] {
        let error = twice.parse::<Axis>().unwrap_err().to_string();
        assert!(error.contains("stands there twice, in whatever words"), "{error}");
    }
}

#[test]
fn values_are_short_enough_to_be_typed_and_far_enough_apart() {
    let coarse = levels("lr=0.001..1:64");
    assert!(coarse.iter().all(|x| x.len() <= 10), "{coarse:?}");
    let fine = levels("lr=0.5000000001..0.5000000002:linear:1000");
    assert!(fine.windows(2).all(|pair| pair[0] != pair[1]));
    // Two numbers that are next to one another have none between them.
    assert_eq!(levels("lr=1..1.0000000000000002:5").len(), 2);
}

#[test]
fn whole_numbers_of_a_random_design_are_equally_likely() {
    for (text, ends) in [("depth=1..4:linear", [1.0, 4.0]), ("samples=0..3", [0.0, 3.0])] {
        let axis: Axis = text.parse().unwrap();
        let numbers: Vec<f64> = (0..100).map(|i| axis.over.at((f64::from(i) + 0.5) / 100.0).number()).collect();
        for k in 0..4 {
            let wanted = ends[0] + f64::from(k);
            assert_eq!(numbers.iter().filter(|x| **x == wanted).count(), 25, "{text}: {wanted}");
        }
        assert!(numbers.iter().all(|x| x.is_sign_positive() && (ends[0]..=ends[1]).contains(x)));
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (text, says) in [
        ("gian=1,2", "did you mean \"gain\"?"),
        ("gain", "as in lr=0.001..1"),
        ("gain=", "not a number"),
        ("gain=1..x:3", "\"x\" is not a number"),
        ("gain=2..1:3", "from a smaller number"),
        ("gain=0..1:log:3", "above 0"),
        ("gain=1..2:lgo:3", "neither log"),
        ("gain=1..2:0", "at least 1"),
        ("gain=1,1", "twice"),
        ("gain=inf", "finite"),
        ("depth=1.5", "whole"),
        ("seed=-1,2", "whole"),
        ("init=hee", "did you mean \"he\"?"),
        ("activation=rleu", "did you mean \"relu\"?"),
        ("block=rsidual", "did you mean \"residual\"?"),
        ("norm=bacth", "did you mean \"batch\"?"),
        ("parametrization=mpu", "did you mean \"mup\"?"),
        ("branch-scale=1/n", "1/sqrt(L)"),
        ("branch-scale=-1", "from 0 on"),
        ("branch-scale=0,zero", "twice"),
    ] {
        let message = text.parse::<Axis>().unwrap_err().to_string();
        assert!(message.contains(says), "{text}: {message}");
    }
}

#[test]
fn values_change_the_task_they_are_applied_to() {
    let changed = |text: &str| {
        let axis: Axis = text.parse().unwrap();
        let mut spec = TaskSpec::default();
        axis.quantity.apply(&axis.levels().unwrap()[0], &mut spec).unwrap();
        spec
    };
    assert_eq!(changed("gain=0.5").init.init.to_string(), "he:0.5");
    assert_eq!(changed("scale=0.5").init.init.to_string(), "normal:0.5");
    assert_eq!(changed("scale=0").init.init.to_string(), "zeros");
    assert_eq!(changed("bias-scale=2").init.bias.to_string(), "normal:2");
    assert_eq!(changed("depth=3").network.layers.to_string(), "_,10,10,10,_");
    assert_eq!(changed("depth=0").network.layers.to_string(), "_,_");
    assert_eq!(changed("width=7").network.layers.to_string(), "_,7,7,_");
    assert_eq!(changed("samples=50").data.samples, Some([50, 100]));
    assert_eq!(changed("steps=9").training.steps, Some(9));
    assert_eq!(changed("seed=9").init.seed, 9);
    assert_eq!(changed("block=pre-norm").network.block, Block::PreNorm);
    assert_eq!(changed("norm=batch").network.norm.to_string(), "batch");
    assert_eq!(changed("branch-scale=0.5").init.branch_scale, BranchScale::Times(0.5));
    assert_eq!(changed("branch-scale=1/sqrt(L)").init.branch_scale, BranchScale::OverRoot);
    assert_eq!(changed("parametrization=mup").network.parametrization.to_string(), "mup");
    assert_eq!(changed("optimizer=adam").training.optimizer, OptimizerName::Adam);
}

#[test]
fn branch_scales_are_numbers_and_names_and_a_range_of_them_is_one_of_factors() {
    assert_eq!(levels("branch-scale=ZERO, 0.25,1/sqrt(l),1/L"), ["0", "0.25", "1/sqrt(L)", "1/L"]);
    assert_eq!(levels("branch-scale=0.01..1:3"), ["0.01", "0.1", "1"]);
    assert_eq!(levels("parametrization=sp,\u{3bc}P"), ["standard", "mup"]);
}

/// What says all layers leaves nothing of them to an axis.
#[test]
fn axes_of_layers_are_none_of_a_network_given_piece_by_piece() {
    let network = "[network]\nnetwork = 'dense 8 | [ relu | dense 8 ] x3 | relu | dense _'\n";
    for text in ["depth=3", "width=16", "activation=tanh", "block=residual", "norm=batch"] {
        let axis: Axis = text.parse().unwrap();
        let mut spec = TaskSpec::from_toml(network).unwrap();
        let error = axis.quantity.apply(&axis.levels().unwrap()[0], &mut spec).unwrap_err().to_string();
        let name = axis.quantity.name();
        assert!(error.contains(&format!("there is no {name} to vary; give the widths by --layers")), "{error}");
    }
    let axis: Axis = "branch-scale=1/L".parse().unwrap();
    axis.quantity.apply(&axis.levels().unwrap()[0], &mut TaskSpec::from_toml(network).unwrap()).unwrap();
}
