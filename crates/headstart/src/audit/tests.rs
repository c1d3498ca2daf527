//! Healthy starts have nothing wrong, whatever their seed and size, and each fault is named first.

use super::*;
use crate::host::Host;
use half::bf16;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::path::Path;

/// A model that is being put together.
struct Made {
    rng: ChaCha8Rng,
    tensors: Vec<(String, Vec<usize>, Vec<f64>)>,
}

impl Made {
    fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), tensors: Vec::new() }
    }

    /// Between 0 and 1.
    fn share(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    fn put(&mut self, name: &str, shape: &[usize], mut number: impl FnMut(&mut Self) -> f64) -> &mut Self {
        let numbers = (0..shape.iter().product()).map(|_| number(self)).collect();
        self.tensors.push((name.to_owned(), shape.to_vec(), numbers));
        self
    }

    fn drawn(&mut self, name: &str, shape: &[usize], sd: f64) -> &mut Self {
        self.put(name, shape, |made| sd * made.normal())
    }

    fn uniform(&mut self, name: &str, shape: &[usize], bound: f64) -> &mut Self {
        self.put(name, shape, |made| bound * (2.0 * made.share() - 1.0))
    }

    fn truncated(&mut self, name: &str, shape: &[usize], sd: f64) -> &mut Self {
        self.put(name, shape, |made| {
            loop {
                let x = made.normal();
                if x.abs() < 2.0 {
                    break sd * x / 0.879_625_661;
                }
            }
        })
    }

    fn filled(&mut self, name: &str, shape: &[usize], x: f64) -> &mut Self {
        self.put(name, shape, |_| x)
    }

    /// As training leaves them: with heavier tails than anything that is drawn.
    fn trained(&mut self, name: &str, shape: &[usize], sd: f64) -> &mut Self {
        self.put(name, shape, |made| {
            let x = made.normal();
            sd * x * (0.3 + 0.5 * x.abs())
        })
    }

    fn numbers(&mut self, name: &str) -> &mut Vec<f64> {
        &mut self.tensors.iter_mut().find(|(other, ..)| other == name).expect("it was put there").2
    }

    fn write(&self, path: &Path, dtype: Dtype) {
        let bytes = |numbers: &[f64]| -> Vec<u8> {
            match dtype {
                Dtype::BF16 => numbers.iter().flat_map(|x| bf16::from_f64(*x).to_le_bytes()).collect(),
                Dtype::F64 => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
                _ => numbers.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect(),
            }
        };
        let all: Vec<(&String, &Vec<usize>, Vec<u8>)> =
            self.tensors.iter().map(|(name, shape, numbers)| (name, shape, bytes(numbers))).collect();
        let views =
            all.iter().map(|(name, shape, bytes)| (*name, TensorView::new(dtype, (*shape).clone(), bytes).unwrap()));
        std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
    }

    fn audit_as(&self, dtype: Dtype) -> Audit {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        self.write(&path, dtype);
        run(&[path], &Host::here(2)).unwrap().unwrap()
    }

    fn audit(&self) -> Audit {
        self.audit_as(Dtype::F32)
    }
}

fn wrong(audit: &Audit) -> Vec<&str> {
    audit
        .findings
        .iter()
        .filter(|finding| finding.level != Level::Note)
        .map(|finding| finding.sentence.as_str())
        .collect()
}

/// The blocks of a GPT-2 of so many layers, as its authors' code draws it.
fn gpt2(seed: u64, layers: usize, width: usize) -> Made {
    let mut made = Made::new(seed);
    made.drawn("wte.weight", &[300, width], 0.02).drawn("wpe.weight", &[40, width], 0.01);
    for layer in 0..layers {
        let of = |what: &str| format!("h.{layer}.{what}");
        made.filled(&of("ln_1.weight"), &[width], 1.0).filled(&of("ln_1.bias"), &[width], 0.0);
        made.drawn(&of("attn.c_attn.weight"), &[width, 3 * width], 0.02).filled(
            &of("attn.c_attn.bias"),
            &[3 * width],
            0.0,
        );
        let end = 0.02 / (2.0 * layers as f64).sqrt();
        made.drawn(&of("attn.c_proj.weight"), &[width, width], end).filled(&of("attn.c_proj.bias"), &[width], 0.0);
        made.drawn(&of("mlp.c_fc.weight"), &[width, 4 * width], 0.02);
        made.drawn(&of("mlp.c_proj.weight"), &[4 * width, width], end);
    }
    let embedding = made.numbers("wte.weight").clone();
    made.tensors.push(("lm_head.weight".to_owned(), vec![300, width], embedding));
    made
}

/// `nn.Linear` and `nn.Conv2d` as `PyTorch` draws them, with normalizations between.
fn pytorch(seed: u64, width: usize) -> Made {
    let mut made = Made::new(seed);
    let bound = |fan_in: usize| 1.0 / (fan_in as f64).sqrt();
    made.uniform("features.0.weight", &[width, 3, 3, 3], bound(27)).uniform("features.0.bias", &[width], bound(27));
    made.filled("features.1.weight", &[width], 1.0).filled("features.1.bias", &[width], 0.0);
    made.filled("features.1.running_mean", &[width], 0.0).filled("features.1.running_var", &[width], 1.0);
    for layer in 2..8 {
        made.uniform(&format!("features.{layer}.weight"), &[width, width, 3, 3], bound(9 * width));
    }
    made.uniform("features.8.weight", &[width, 1, 3, 3], bound(9));
    made.uniform("classifier.0.weight", &[100, 4 * width], bound(4 * width)).uniform(
        "classifier.0.bias",
        &[100],
        bound(4 * width),
    );
    made.uniform("classifier.2.weight", &[10, 100], 0.1).uniform("classifier.2.bias", &[10], 0.1);
    made.uniform("rnn.weight_ih_l0", &[4 * width, 20], bound(width)).uniform(
        "rnn.weight_hh_l0",
        &[4 * width, width],
        bound(width),
    );
    // MultiheadAttention's own.
    made.uniform("attn.in_proj_weight", &[3 * width, width], (6.0 / (4.0 * width as f64)).sqrt());
    made.drawn("embedding.weight", &[50, width], 1.0);
    made
}

/// Dense layers and kernels by a rule, as Keras and Flax call them.
fn by_rule(seed: u64, width: usize, flax: bool) -> Made {
    let mut made = Made::new(seed);
    for (layer, widths) in [[width, 2 * width], [2 * width, 50], [50, 50], [50, 10]].into_iter().enumerate() {
        let name = if flax { format!("params/Dense_{layer}/kernel") } else { format!("layers/dense_{layer}/vars/0") };
        let [fan_in, fan_out] = widths.map(|n| n as f64);
        if flax {
            made.truncated(&name, &widths, (1.0 / fan_in).sqrt());
        } else {
            made.uniform(&name, &widths, (6.0 / (fan_in + fan_out)).sqrt());
        }
    }
    let shape = [3, 3, width, width];
    if flax {
        made.truncated("params/Conv_0/kernel", &shape, (1.0 / (9.0 * width as f64)).sqrt());
    } else {
        made.uniform("layers/conv2d/vars/0", &shape, (6.0 / (18.0 * width as f64)).sqrt());
    }
    made
}

fn he(seed: u64, width: usize) -> Made {
    let mut made = Made::new(seed);
    let widths = [784, width, width, width, width, width, width, 10];
    for (layer, pair) in widths.windows(2).enumerate() {
        made.drawn(&format!("{}.weight", 2 * layer), &[pair[1], pair[0]], (2.0 / pair[0] as f64).sqrt());
        made.filled(&format!("{}.bias", 2 * layer), &[pair[1]], 0.0);
    }
    made
}

#[test]
fn healthy_starts_have_nothing_wrong_and_are_recognized() {
    for seed in 0..12 {
        let width = [16, 24, 48][seed as usize % 3];
        let starts = [
            ("gpt-2", gpt2(seed, 6, width), "h.2.attn.c_proj.weight", "GPT-2's"),
            ("pytorch", pytorch(seed, width), "features.3.weight", "PyTorch's default"),
            ("keras", by_rule(seed, width, false), "layers/dense_1/vars/0", "glorot uniform"),
            ("flax", by_rule(seed, width, true), "params/Dense_1/kernel", "lecun truncated"),
            ("he", he(seed, 2 * width), "2.weight", "he normal"),
        ];
        for (name, made, weight, like) in starts {
            let audit = made.audit();
            assert_eq!(wrong(&audit), Vec::<&str>::new(), "{name} {seed}");
            assert!(audit.verdict.starts_with("nothing looks wrong in "), "{}", audit.verdict);
            let weight = audit.weights.iter().find(|other| other.name == weight).unwrap();
            let looks = weight.looks_like.as_deref().unwrap_or_default();
            assert!(looks.starts_with(like), "{name} {seed}: {} looks like {looks:?}", weight.name);
        }
    }
}

#[test]
fn masks_and_frequencies_are_no_copies() {
    let mut made = a_trained_model();
    for layer in 0..8 {
        made.put(&format!("layers.{layer}.attn.bias"), &[1, 1, 9, 9], |_| 1.0);
        made.numbers(&format!("layers.{layer}.attn.bias"))[3] = 0.0;
        let mut at = 1.0;
        made.put(&format!("layers.{layer}.rotary_emb.inv_freq"), &[32], |_| {
            at *= 0.7;
            at
        });
    }
    assert_eq!(wrong(&made.audit()), Vec::<&str>::new());
}

#[test]
fn what_is_usual_is_a_note_and_said_so() {
    let audit = gpt2(1, 4, 16).audit();
    let tied = audit.findings.iter().find(|finding| finding.name == "copied").unwrap();
    assert_eq!((tied.level, tied.weights.len()), (Level::Note, 2));
    assert!(tied.sentence.contains("tied"), "{}", tied.sentence);
    let mut made = he(1, 32);
    made.filled("base.q.lora_B.weight", &[64, 4], 0.0).filled("h.0.out_proj.weight", &[32, 32], 0.0);
    let audit = made.audit();
    assert!(wrong(&audit).is_empty(), "{:?}", wrong(&audit));
    assert_eq!(audit.findings.iter().filter(|finding| finding.name == "zero").count(), 2);
}

/// A model that was trained: eight layers, a trend in one of its weights.
fn a_trained_model() -> Made {
    let mut made = Made::new(5);
    made.trained("embed_tokens.weight", &[200, 32], 0.05);
    for layer in 0..8 {
        let of = |what: &str| format!("layers.{layer}.{what}.weight");
        made.trained(&of("q_proj"), &[32, 32], 0.1 * 1.2_f64.powi(layer));
        made.trained(&of("up_proj"), &[64, 32], 0.1).trained(&of("down_proj"), &[32, 64], 0.08);
        made.trained(&of("norm"), &[32], 1.0);
    }
    made
}

#[test]
fn a_trained_model_has_nothing_wrong_and_a_trend_is_told_as_one() {
    let audit = a_trained_model().audit();
    assert_eq!(wrong(&audit), Vec::<&str>::new());
    let [trend] = audit.findings.as_slice() else { panic!("{:?}", audit.findings) };
    assert!(
        trend.sentence.starts_with("the scale of layers.*.q_proj.weight rises by layer, from 0."),
        "{}",
        trend.sentence
    );
}

#[test]
fn each_fault_is_named_first() {
    type Fault = fn(&mut Made);
    let up = "layers.3.up_proj.weight";
    let faults: [(&str, Fault); 11] = [
        ("not-finite", |made| made.numbers("layers.3.up_proj.weight")[77] = f64::NAN),
        ("not-finite", |made| made.numbers("layers.3.up_proj.weight")[5] = f64::NEG_INFINITY),
        ("constant", |made| made.numbers("layers.3.up_proj.weight").fill(0.1)),
        ("zero", |made| made.numbers("layers.3.up_proj.weight").fill(0.0)),
        ("twins", |made| made.numbers("layers.3.up_proj.weight").copy_within(0..32, 320)),
        ("copied", |made| {
            let copy = made.numbers("layers.2.up_proj.weight").clone();
            *made.numbers("layers.3.up_proj.weight") = copy;
        }),
        ("out-of-line", |made| made.numbers("layers.3.up_proj.weight").iter_mut().for_each(|x| *x *= 3.0)),
        ("out-of-line", |made| made.numbers("layers.3.up_proj.weight").iter_mut().for_each(|x| *x *= 0.3)),
        ("untouched", |made| {
            let drawn: Vec<f64> = (0..2048).map(|_| (2.0 * made.share() - 1.0) / 32_f64.sqrt()).collect();
            *made.numbers("layers.3.up_proj.weight") = drawn;
        }),
        ("dead-units", |made| made.numbers("layers.3.up_proj.weight")[64..96].fill(0.0)),
        ("dead-units", |made| made.numbers("layers.3.up_proj.weight")[64..96].fill(-0.0)),
    ];
    for (name, fault) in faults {
        let mut made = a_trained_model();
        fault(&mut made);
        let audit = made.audit();
        let first = &audit.findings[0];
        assert_eq!(first.name, name, "{:#?}", audit.findings);
        assert!(first.weights.iter().any(|weight| weight == up), "{first:?}");
        assert_eq!(wrong(&audit).len(), 1, "{:?}", wrong(&audit));
        assert!(audit.verdict.starts_with(&first.sentence), "{}", audit.verdict);
    }
}

#[test]
fn a_layer_that_was_copied_is_one_finding() {
    let mut made = a_trained_model();
    for what in ["q_proj", "up_proj", "down_proj", "norm"] {
        let copy = made.numbers(&format!("layers.2.{what}.weight")).clone();
        *made.numbers(&format!("layers.5.{what}.weight")) = copy;
    }
    let audit = made.audit();
    let copied = audit.findings.iter().find(|finding| finding.name == "copied").unwrap();
    assert_eq!(copied.sentence, "layers.5 is a copy of layers.2: 4 tensors are the same, number by number");
}

#[test]
fn fans_that_were_counted_wrong_and_scales_that_are_far_off_are_named() {
    let mut made = Made::new(3);
    made.drawn("conv1.weight", &[64, 32, 3, 3], (2.0 / 32_f64).sqrt());
    let first = &made.audit().findings[0];
    assert_eq!(first.name, "miscounted-fan");
    assert!(
        first.sentence.contains("he normal with fans counted without the kernel's area: 0.251, where"),
        "{first:?}"
    );
    let mut made = Made::new(3);
    made.drawn("qkv.weight", &[192, 64], (2.0 / 256_f64).sqrt());
    assert_eq!(made.audit().findings[0].name, "miscounted-fan");
    let mut made = Made::new(3);
    made.drawn("0.weight", &[64, 50], 10.0).drawn("2.weight", &[10, 64], 10.0);
    let audit = made.audit();
    assert_eq!((audit.findings[0].name, audit.findings[0].level), ("scale", Level::Suspect));
    // PyTorch's own count over three blocks is a note.
    let mut made = Made::new(3);
    made.uniform("attn.in_proj_weight", &[192, 64], (6.0 / 256_f64).sqrt());
    assert_eq!((made.audit().findings[0].name, made.audit().findings[0].level), ("miscounted-fan", Level::Note));
}

#[test]
fn roles_and_fans_are_told_by_names_and_shapes() {
    let mut made = Made::new(1);
    for (name, shape) in [
        ("conv.weight", &[8, 4, 3, 3][..]),
        ("dw.weight", &[8, 1, 3, 3]),
        ("h.0.attn.c_attn.weight", &[8, 24]),
        ("h.0.mlp.c_fc.weight", &[8, 32]),
        ("blocks.0.attn.qkv.weight", &[24, 8]),
        ("rnn.weight_ih_l0", &[32, 5]),
        ("rnn.weight_hh_l0", &[32, 8]),
        ("layers/lstm/cell/kernel", &[5, 32]),
        ("layers/lstm/cell/recurrent_kernel", &[8, 32]),
        ("sep/depthwise_kernel", &[3, 3, 8, 2]),
        ("attn/query/kernel", &[8, 2, 4]),
        ("attn/out/kernel", &[2, 4, 8]),
        ("W1", &[6, 5]),
        ("b1", &[6, 1]),
        ("embeddings.token_type_embeddings.weight", &[2, 8]),
        ("patch_embed.proj.weight", &[8, 3, 4, 4]),
        ("encoder.norm1.weight", &[8]),
        ("scalar", &[]),
        ("layers/conv/separable_conv1d/vars/0", &[3, 8, 2]),
        ("layers/conv/separable_conv1d/vars/1", &[1, 16, 5]),
        ("layers/gru/cell/vars/0", &[5, 24]),
        ("layers/gru/cell/vars/1", &[8, 24]),
        ("layers/gru/cell/vars/2", &[2, 24]),
        ("h.0.attn.bias", &[1, 1, 4, 4]),
        ("nothing.weight", &[0, 3]),
        ("none.weight", &[0, 1 << 40, 1 << 40]),
    ] {
        made.drawn(name, shape, 1.0);
    }
    let audit = made.audit();
    let told: Vec<(&str, &str, Option<usize>, Option<usize>)> =
        audit.weights.iter().map(|w| (w.name.as_str(), w.role.name(), w.fan_in, w.fan_out)).collect();
    for expected in [
        ("conv.weight", "conv", Some(36), Some(72)),
        ("dw.weight", "conv", Some(9), Some(9)),
        ("h.0.attn.c_attn.weight", "attention", Some(8), Some(8)),
        ("h.0.mlp.c_fc.weight", "dense", Some(8), Some(32)),
        ("blocks.0.attn.qkv.weight", "attention", Some(8), Some(8)),
        ("rnn.weight_ih_l0", "recurrent", Some(5), Some(8)),
        ("rnn.weight_hh_l0", "recurrent", Some(8), Some(8)),
        ("layers/lstm/cell/kernel", "recurrent", Some(5), Some(8)),
        ("layers/lstm/cell/recurrent_kernel", "recurrent", Some(8), Some(8)),
        ("attn/query/kernel", "dense", Some(8), Some(8)),
        ("layers/conv/separable_conv1d/vars/0", "conv", Some(3), Some(3)),
        ("layers/conv/separable_conv1d/vars/1", "conv", Some(16), Some(5)),
        ("layers/gru/cell/vars/0", "recurrent", Some(5), Some(8)),
        ("layers/gru/cell/vars/1", "recurrent", Some(8), Some(8)),
        ("layers/gru/cell/vars/2", "bias", None, None),
        ("h.0.attn.bias", "other", None, None),
        ("attn/out/kernel", "dense", Some(8), Some(8)),
        ("W1", "dense", Some(5), Some(6)),
        ("b1", "bias", None, None),
        ("embeddings.token_type_embeddings.weight", "embedding", None, None),
        ("patch_embed.proj.weight", "conv", Some(48), Some(128)),
        ("encoder.norm1.weight", "norm", None, None),
        ("scalar", "other", None, None),
        ("nothing.weight", "dense", None, None),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:#?}");
    }
    assert_eq!(audit.findings.iter().filter(|finding| finding.name == "empty").count(), 2);
}

#[test]
fn types_and_threads_change_nothing() {
    let made = a_trained_model();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    made.write(&path, Dtype::F32);
    let told = |threads| {
        serde_json::to_string(&run(std::slice::from_ref(&path), &Host::here(threads)).unwrap().unwrap()).unwrap()
    };
    assert_eq!(told(1), told(3));
    for dtype in [Dtype::BF16, Dtype::F64] {
        let audit = gpt2(7, 6, 48).audit_as(dtype);
        assert!(wrong(&audit).is_empty(), "{:?}", wrong(&audit));
        let of = |name: &str| audit.weights.iter().find(|weight| weight.name == name).unwrap().looks_like.clone();
        assert_eq!(of("h.1.mlp.c_fc.weight").unwrap(), "normal:0.02: normal(0.02)", "{dtype:?}");
    }
}

#[test]
fn bad_files_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    he(1, 16).write(&path, Dtype::F32);
    let bytes = std::fs::read(&path).unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        run(&[path], &Host::here(1)).unwrap_err().to_string()
    };
    let cut = bytes.len() - 5;
    for (bytes, part) in [
        (&b""[..], "it is empty"),
        (&bytes[..cut], "cut off"),
        (&bytes[..4], "damaged"),
        (b"hello, these are no weights", "no file of weights"),
        (&[0x80, 2, b'c', b'a', b'b'][..], "PyTorch wrote before"),
        (b"PK\x03\x04....", "cannot be read"),
    ] {
        let sentence = refused("bad", bytes);
        assert!(sentence.contains(part) && sentence.contains("bad: "), "{sentence}");
    }
    let header = br#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,900]}}"#;
    let wrong = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 16]].concat();
    assert!(refused("bad", &wrong).contains("cannot be read"));
    for end in 0..bytes.len().min(600) {
        refused("bad", &bytes[..end]);
    }
    let whole = &bytes[..400];
    for (at, bit) in (0..whole.len()).flat_map(|at| [(at, 1), (at, 128)]) {
        let mut damaged = bytes.clone();
        damaged[at] ^= bit;
        let path = folder.path().join("damaged");
        std::fs::write(&path, damaged).unwrap();
        // A name that is another one is no damage that could be seen.
        let _ = run(&[path], &Host::here(1));
    }
    let gone = run(&[folder.path().join("none")], &Host::here(1)).unwrap_err().to_string();
    assert!(gone.contains("cannot be read"), "{gone}");
    let of_folder = run(&[folder.path().to_owned()], &Host::here(1)).unwrap_err().to_string();
    assert!(of_folder.contains("it is a folder"), "{of_folder}");
    let twice = run(&[path.clone(), path], &Host::here(1)).unwrap_err().to_string();
    assert!(twice.contains("given twice"), "{twice}");
}

#[test]
fn a_model_in_several_files_is_one_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut first = Made::new(1);
    first.drawn("a.weight", &[8, 8], 0.1).write(&at("1.safetensors"), Dtype::F32);
    let mut second = Made::new(2);
    second.drawn("b.weight", &[8, 8], 0.1).write(&at("2.safetensors"), Dtype::F32);
    let index = |map: &str| {
        let path = at("model.safetensors.index.json");
        std::fs::write(&path, format!("{{\"metadata\": {{}}, \"weight_map\": {map}}}")).unwrap();
        run(&[path], &Host::here(1))
    };
    let both = index(r#"{"a.weight": "1.safetensors", "b.weight": "2.safetensors"}"#).unwrap().unwrap();
    assert_eq!(both.weights.iter().map(|weight| weight.name.as_str()).collect::<Vec<_>>(), ["a.weight", "b.weight"]);
    for (map, part) in [
        (r#"{"a.weight": "1.safetensors", "c.weight": "2.safetensors"}"#, "c.weight is to be in it"),
        (r#"{"a.weight": "../1.safetensors"}"#, "not a file beside it"),
        (r#"{"a.weight": "3.safetensors"}"#, "3.safetensors: cannot be read"),
        ("{}", "names no files"),
        ("[1]", "no index"),
    ] {
        let refused = index(map).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    second.tensors[0].0 = "a.weight".to_owned();
    second.write(&at("2.safetensors"), Dtype::F32);
    let same = run(&[at("1.safetensors"), at("2.safetensors")], &Host::here(1)).unwrap_err().to_string();
    assert!(same.contains("a.weight is in") && same.contains("files of one model"), "{same}");
}
