use super::*;
use headstart_engine::network::{Loss, Output};
use headstart_engine::optimizer::Schedule;

#[test]
fn a_file_says_what_the_flags_say() {
    let spec = TaskSpec::from_toml(
        "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\nactivation = \"tanh\"\n\
         [init]\ninit = [\"he\", \"he:0.5\", \"normal:0.01\"]\nbias = 0.1\nrng = \"numpy\"\n\
         [training]\nlr = 0.01\nsteps = 15000\noptimizer = \"sgd\"\nmomentum = 0.9\n",
    )
    .unwrap();
    assert_eq!(spec.network.layers, "2,10,5,1".parse().unwrap());
    assert_eq!(spec.init.init, "he/he:0.5/normal:0.01".parse().unwrap());
    assert_eq!(spec.init.bias, "0.1".parse().unwrap());
    assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
}

#[test]
fn commas_within_a_scheme_stay_in_lists_and_files() {
    let text = "he,variance-scaling:2,fan-out,uniform/he/lecun,variance-scaling:1,fan-in,truncated,glorot";
    let inits: Inits = text.parse().unwrap();
    assert_eq!((inits.0.len(), inits.to_string().as_str()), (4, text));
    let spec = TaskSpec::from_toml("[init]\ninit = [\"variance-scaling:2,fan-out,uniform\", \"he\"]\n").unwrap();
    assert_eq!(spec.init.init, "variance-scaling:2,fan-out,uniform/he".parse().unwrap());
    assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
    // The words of a scheme are no names of others.
    let table = "[init]\ninit = \"VarianceScaling:2,fan_in,truncated_normal,he\"\n".parse().unwrap();
    let notes = notes(&table);
    assert!(notes.len() == 1 && notes[0].starts_with("VarianceScaling:2,fan_in,truncated_normal: "), "{notes:?}");
}

#[test]
fn unknown_keys_and_bad_values_are_met_with_their_line() {
    for (text, says) in [
        ("[training]\nlr = 0.1\nstep = 5\n", ["line 3", "step"]),
        ("[network]\nactivation = \"rleu\"\n", ["line 2", "did you mean \"relu\"?"]),
        ("[netwrok]\n", ["line 1", "netwrok"]),
        ("[network]\nlayers = [2, _, 1]\n", ["line 2", "_"]),
    ] {
        let message = TaskSpec::from_toml(text).unwrap_err().to_string();
        assert!(says.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn layers_are_written_in_several_ways() {
    let widths =
        |text: &str| text.parse::<Layers>().map(|layers| layers.to_string()).map_err(|error| error.to_string());
    assert_eq!(widths("2,100x3,1").unwrap(), "2,100,100,100,1");
    assert_eq!(widths("2, 4 x 2 ,3*2,_").unwrap(), "2,4,4,3,3,_");
    assert_eq!(widths("[2, 10, 1]").unwrap(), "2,10,1");
    assert_eq!(Layers::hidden("64,32").unwrap().to_string(), "_,64,32,_");
    assert_eq!(Layers::hidden("(100,)").unwrap().to_string(), "_,100,_");
    assert_eq!(Layers::hidden("8x2").unwrap().to_string(), "_,8,8,_");
    for bad in ["2,x3,1", "2,3x,1", "2,3x0,1", "2,3x-1,1", "2,axb,1", "2,3x4x5,1", "2,,1", "-1,2"] {
        assert!(widths(bad).unwrap_err().contains("is not a width"), "{bad}");
    }
    for bad in ["_x2,1", "2,_x3,1", "2,_,1"] {
        assert!(widths(bad).unwrap_err().contains("by _"), "{bad}");
    }
    for bad in ["2,9x18446744073709551615,1", "2,9x99999,9x2,1", "3x100001"] {
        assert!(widths(bad).unwrap_err().contains("the most"), "{bad}");
    }
    assert!(Layers::hidden("_,3").is_err() && Layers::hidden("").is_err() && widths("7").is_err());
    let spec = TaskSpec::from_toml("[network]\nlayers = [2, \"100x50\", 1]\n").unwrap();
    assert_eq!(spec.network.layers.0.len(), 52);
    assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
}

#[test]
fn names_of_others_are_taken_and_told() {
    let spec = TaskSpec::from_toml(
        "[network]\nactivation = [\"ReLU\", \"Swish\"]\nloss = \"MSELoss\"\noutput = \"linear\"\n\
         [init]\ninit = \"HeNormal,xavier_uniform_/kaiming_normal_/he,he\"\nbias = \"Zeros\"\n\
         [training]\noptimizer = \"Adam\"\nlr-schedule = \"CosineAnnealingLR\"\nprecision = \"float32\"\n",
    )
    .unwrap();
    assert_eq!(spec.network.activation.to_string(), "relu/silu");
    assert_eq!((spec.network.output, spec.network.loss), (Some(Output::Identity), Some(Loss::MeanSquaredError)));
    assert_eq!(spec.init.init.to_string(), "he-truncated,glorot-uniform/he/he,he");
    assert_eq!(spec.init.bias.to_string(), "0");
    assert_eq!((spec.training.optimizer, spec.training.lr_schedule), (OptimizerName::Adam, Schedule::Cosine));
    let told: Vec<&str> = spec.notes.iter().map(|note| note.split(':').next().unwrap()).collect();
    assert_eq!(told, ["HeNormal", "kaiming_normal_", "CosineAnnealingLR"]);
    // What is printed has this program's names, and is the same task.
    let again = TaskSpec::from_toml(&spec.to_toml()).unwrap();
    assert_eq!(again, TaskSpec { notes: Vec::new(), ..spec });
    let table = "[study]\naxes = [\"init=he_normal,glorot\", \"lr=0.1,1\"]\n".parse().unwrap();
    assert_eq!(notes(&table).len(), 1);
}

#[test]
fn biases_are_said_for_all_layers_or_for_each() {
    let spec = |keys: &str| TaskSpec::from_toml(&format!("[network]\nlayers = [2, 9, 9, 1]\n[init]\n{keys}"));
    let bias = |keys: &str| match spec(keys).unwrap().bias() {
        Ok(bias) => bias.to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!((bias("").as_str(), bias("bias = 0.1").as_str()), ("auto", "0.1"));
    assert_eq!(bias("bias = [0, 0, 'prior']"), "0/0/prior");
    assert_eq!(bias("output-bias = 'prior'"), "auto/auto/prior");
    assert_eq!(bias("bias = 0.1\noutput-bias = -2"), "0.1/0.1/-2");
    assert!(bias("bias = 'auto/prior'").contains("2 kinds of biases for 3 layers"));
    assert!(bias("bias = 'none'\noutput-bias = 'prior'").contains("no biases"));
    assert!(bias("bias = '0/0/0'\noutput-bias = 'prior'").contains("both say"));
    assert!(spec("bias = '0/none/0'").unwrap_err().to_string().contains("none is for the whole network"));
    let written = spec("bias = '0/normal:2/prior'").unwrap();
    assert_eq!(TaskSpec::from_toml(&written.to_toml()).unwrap(), written);
}

#[test]
fn class_weights_are_balanced_or_numbers() {
    let weights = |value: &str| TaskSpec::from_toml(&format!("[training]\nclass-weights = {value}\n"));
    for (value, text) in [("'balanced'", "balanced"), ("[1, 0.5]", "1,0.5"), ("'1,10'", "1,10"), ("'none'", "none")] {
        let spec = weights(value).unwrap();
        assert_eq!(spec.training.class_weights.to_string(), text);
        assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
    }
    for value in ["'1,0'", "'-1,2'", "'1,x'", "'inf,1'", "''"] {
        assert!(weights(value).unwrap_err().to_string().contains("a positive number for each class"), "{value}");
    }
}

#[test]
fn numbers_of_another_rule_are_refused() {
    let spec = TrainingSpec { optimizer: OptimizerName::Adam, momentum: Some(0.9), ..TrainingSpec::default() };
    assert!(spec.optimizer().unwrap_err().to_string().contains("--momentum is for --optimizer gd or sgd"));
    let spec = TrainingSpec { nesterov: true, ..TrainingSpec::default() };
    assert!(spec.optimizer().unwrap_err().to_string().contains("needs --momentum"));
}

#[test]
fn a_gpu_computes_in_float32_and_a_text_says_so() {
    let training = |keys: &str| TaskSpec::from_toml(&format!("[training]\n{keys}\n")).unwrap().training;
    let text = |keys: &str| {
        let spec = TaskSpec::from_toml(&format!("[training]\n{keys}\n")).unwrap();
        let text = spec.to_toml();
        assert_eq!(TaskSpec::from_toml(&text).unwrap(), spec, "{keys}");
        let said = text.lines().filter(|line| line.starts_with("precision") || line.starts_with("device"));
        said.collect::<Vec<_>>().join(", ")
    };
    // What was written before there were devices is written still, and means the same.
    assert_eq!(text(""), "precision = \"f64\"");
    assert_eq!(text("precision = 'f32'"), "precision = \"f32\"");
    assert_eq!(training("precision = 'f64'"), training("device = 'cpu'"));
    assert_eq!(text("device = 'gpu'"), "precision = \"f32\", device = \"gpu\"");
    assert_eq!(training("device = 'cuda'\nprecision = 'float32'"), training("device = 'gpu'"));
    // What is open stays open, and what is asked for is kept with it.
    assert_eq!(text("device = 'auto'"), "device = \"auto\"");
    assert_eq!(text("device = 'auto'\nprecision = 'f64'"), "precision = \"f64\", device = \"auto\"");
    let error = TaskSpec::from_toml("[training]\ndevice = 'tpu'\n").unwrap_err().to_string();
    assert!(error.contains("cpu, gpu, auto"), "{error}");
}
