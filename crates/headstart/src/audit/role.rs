//! What a tensor is for, by its name and its shape, and which fans its weights have.

use super::scan::Layout;
use serde::Serialize;
use std::collections::HashMap;

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Every output has a weight for every input.
    Dense,
    /// A kernel that is moved over places.
    Conv,
    /// Queries, keys and values of attention in one matrix.
    Attention,
    /// Gates of a recurrent layer in one matrix.
    Recurrent,
    /// A row for each token or place, which is looked up and not multiplied by.
    Embedding,
    /// The scale of a normalization.
    Norm,
    /// What is added.
    Bias,
    /// What normalizations count while they train.
    Statistic,
    /// Whole numbers and whatever else is no weight.
    Buffer,
    /// Something else.
    Other,
}

impl Role {
    /// Whether it is a matrix or a kernel that signals are multiplied by.
    pub fn multiplies(self) -> bool {
        matches!(self, Self::Dense | Self::Conv | Self::Attention | Self::Recurrent)
    }

    /// As it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::Conv => "conv",
            Self::Attention => "attention",
            Self::Recurrent => "recurrent",
            Self::Embedding => "embedding",
            Self::Norm => "norm",
            Self::Bias => "bias",
            Self::Statistic => "statistic",
            Self::Buffer => "buffer",
            Self::Other => "other",
        }
    }
}

/// Inputs of one output, and outputs of one input, each times the kernel's area; of one part where several are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fans {
    pub fan_in: usize,
    pub fan_out: usize,
}

/// Fans as they are often counted, and should not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Miscount {
    pub fans: Fans,
    /// What was done with them: `counted without the kernel's area`.
    pub how: &'static str,
    /// Who does so by default.
    pub usual: Option<&'static str>,
}

/// What is known of a tensor before its numbers are looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub role: Role,
    /// None where there are none, or where nothing says which way round the tensor is.
    pub fans: Option<Fans>,
    pub miscounts: Vec<Miscount>,
    pub layout: Layout,
}

/// The shapes of a model's tensors, by their names with dots.
pub(super) struct Shapes<'a> {
    of: HashMap<&'a str, &'a [usize]>,
    /// Whether the layers of GPT-2 are `inputs x outputs`, under the name that is the other way round elsewhere.
    has_conv1d: bool,
}

impl<'a> Shapes<'a> {
    pub fn new(tensors: impl Iterator<Item = (&'a str, &'a [usize])>) -> Self {
        // Lengths of what has no numbers may be any.
        let of: HashMap<_, _> = tensors.filter(|(_, shape)| !shape.contains(&0)).collect();
        let is_turned = |(name, shape): (&&str, &&[usize])| {
            name.ends_with("c_attn.weight") && matches!(shape, [n, m] if *m == 3 * n)
        };
        Self { has_conv1d: of.iter().any(is_turned), of }
    }

    fn beside(&self, name: &str, other: &str) -> Option<&'a [usize]> {
        let name = match name.rsplit_once('.') {
            Some((module, _)) => format!("{module}.{other}"),
            None => other.to_owned(),
        };
        self.of.get(name.as_str()).copied()
    }

    /// The length of the bias that belongs to a weight.
    fn bias(&self, name: &str) -> Option<usize> {
        let last = name.rsplit('.').next().unwrap_or(name);
        let pairs = [
            ("weights", "biases"),
            ("weight", "bias"),
            ("kernel", "bias"),
            ("coefs", "intercepts"),
            ("W", "b"),
            ("w", "b"),
        ];
        let shape = pairs
            .iter()
            .find_map(|(weight, bias)| self.beside(name, &format!("{bias}{}", last.strip_prefix(weight)?)))?;
        // Courses keep them as rows or columns.
        let length = shape.iter().product();
        shape.contains(&length).then_some(length)
    }

    /// What a tensor is.
    pub fn place(&self, name: &str, shape: &[usize], is_float: bool) -> Place {
        let role = if is_float { self.role(name, shape) } else { Role::Buffer };
        let mut place = Place { role, fans: None, miscounts: Vec::new(), layout: Layout::Flat };
        match role {
            Role::Embedding if shape.len() == 2 => place.layout = Layout::Rows(shape[1]),
            role if role.multiplies() && !shape.contains(&0) => self.measure(name, shape, &mut place),
            _ => {}
        }
        place
    }

    fn role(&self, name: &str, shape: &[usize]) -> Role {
        let lower = name.to_lowercase();
        let parts: Vec<&str> = lower.split('.').collect();
        let last = parts[parts.len() - 1];
        let module = if parts.len() > 1 { parts[parts.len() - 2] } else { "" };
        let any = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
        let of_batch_norm = parts.iter().any(|part| any(&["batch_normalization", "batch_stats"], part));
        let is_vector = shape.iter().filter(|length| **length != 1).count() < 2;
        if any(&["running_mean", "running_var", "moving_mean", "moving_var", "num_batches"], last)
            || of_batch_norm && ["2", "3", "mean", "var"].contains(&last)
        {
            return Role::Statistic;
        }
        let is_numbered = |stem: &str| last.strip_prefix(stem).is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
        let is_bias = last.starts_with("bias") || last.ends_with("_bias") || last.starts_with("intercept");
        if is_vector && (is_bias || last == "beta" || is_numbered("b")) {
            return Role::Bias;
        }
        let of_keras = parts.len() > 1 && module == "vars" && last == "2";
        // Those of a GRU are two rows.
        if of_keras && (is_vector || shape.len() == 2 && shape[0] == 2) {
            return Role::Bias;
        }
        let is_short = |word: &str, of: &str| {
            let rest = of.strip_prefix(word).or_else(|| of.strip_suffix(word));
            rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '_') || rest.starts_with('_'))
        };
        let is_norm = |part: &str| part.contains("norm") || is_short("ln", part) || is_short("bn", part);
        let lookup = ["embed", "wte", "wpe", "relative_attention_bias", "bias_table"];
        let has_token = |part: &str| part.starts_with("tok") || part.ends_with("_token") || part.ends_with("tokens");
        if any(&lookup, last) || has_token(last) {
            return Role::Embedding;
        }
        if shape.len() == 2 && (any(&lookup, module) || has_token(module)) && last != "kernel" {
            return Role::Embedding;
        }
        if is_vector && shape.len() < 2 {
            let is_scale = last == "gamma" || last == "scale" || is_norm(last) || is_norm(module);
            let beside = self.beside(name, "running_mean").is_some() || self.beside(name, "bias") == Some(shape);
            let has_name = ["weight", "kernel"].contains(&last);
            return if is_scale || has_name && beside { Role::Norm } else { Role::Other };
        }
        let is_recurrent = any(&["weight_ih", "weight_hh", "recurrent_kernel"], last)
            || self.beside(name, "recurrent_kernel").is_some()
            || parts.iter().any(|part| any(&["lstm", "gru", "simple_rnn"], part));
        if is_recurrent && shape.len() == 2 {
            return Role::Recurrent;
        }
        let packed = ["in_proj_weight", "qkv", "c_attn", "query_key_value"];
        if parts.iter().rev().take(2).any(|part| any(&packed, part)) {
            return Role::Attention;
        }
        // Of Keras; masks of attention are called so, too.
        let is_kernel = last == "bias" && self.beside(name, "kernel").is_some();
        let is_stack = parts.iter().any(|part| part.ends_with("experts")) && shape.len() > 2;
        match shape.len() {
            2 if last == "bias" && shape[0] == 2 => Role::Bias,
            2 => Role::Dense,
            3 if last == "kernel" && ["query", "key", "value", "out"].contains(&module) => Role::Dense,
            3..=5 if !is_stack && (last == "weight" || last.ends_with("kernel") || is_kernel) => Role::Conv,
            _ => Role::Other,
        }
    }

    /// Whether outputs come first; none where nothing says so.
    fn outputs_first(&self, name: &str, shape: &[usize]) -> Option<bool> {
        let mut parts = name.rsplit('.');
        let (last, module) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        // Where Keras numbers variables, the second one is called a bias here, and may be a kernel.
        if last.ends_with("kernel") || last == "bias" {
            return Some(false);
        }
        if shape.len() == 2 {
            if self.has_conv1d && ["c_attn", "c_proj", "c_fc", "q_attn"].contains(&module) {
                return Some(false);
            }
            match self.bias(name) {
                Some(bias) if shape[0] != shape[1] && bias == shape[1] => return Some(false),
                Some(bias) if shape[0] != shape[1] && bias == shape[0] => return Some(true),
                _ => {}
            }
        }
        if last.starts_with("coefs") {
            return Some(false);
        }
        (last.starts_with("weight") || last.ends_with("weight")).then_some(true)
    }

    /// Fans, how they are miscounted, and where the units lie.
    fn measure(&self, name: &str, shape: &[usize], place: &mut Place) {
        let last = name.rsplit('.').next().unwrap_or("");
        let Some(outputs_first) = self.outputs_first(name, shape) else { return };
        let rank = shape.len();
        let of_depthwise = ["separable_conv", "depthwise_conv"].iter().any(|layer| name.contains(layer));
        let is_depthwise_kernel = rank > 2 && (last == "depthwise_kernel" || of_depthwise && last == "kernel");
        let (mut outputs, inputs, area) = if outputs_first {
            (shape[0], shape[1], shape[2..].iter().product::<usize>())
        } else if place.role == Role::Dense && rank == 3 {
            // Heads and their widths are one axis: behind the inputs, or before the outputs.
            if name.ends_with("out.kernel") {
                (shape[2], shape[0] * shape[1], 1)
            } else {
                (shape[1] * shape[2], shape[0], 1)
            }
        } else if is_depthwise_kernel {
            (shape[rank - 1] * shape[rank - 2], 1, shape[..rank - 2].iter().product())
        } else {
            (shape[rank - 1], shape[rank - 2], shape[..rank - 2].iter().product())
        };
        place.layout = if outputs_first { Layout::Rows(inputs * area) } else { Layout::Columns(outputs) };
        let mut miscount = |fan_in, fan_out, how, usual| {
            place.miscounts.push(Miscount { fans: Fans { fan_in, fan_out }, how, usual });
        };
        let whole = outputs;
        let is_depthwise = place.role == Role::Conv && inputs == 1 && outputs > 1;
        match place.role {
            Role::Attention if whole == 3 * inputs => {
                outputs = whole / 3;
                let usual = (last == "in_proj_weight").then_some("PyTorch's MultiheadAttention");
                miscount(inputs, whole, "counted over queries, keys and values together", usual);
            }
            Role::Recurrent => {
                let Some(units) = self.recurrent_units(name, shape, outputs_first) else { return };
                outputs = units;
                if whole > units {
                    let usual = (!outputs_first).then_some("Keras");
                    miscount(inputs, whole, "counted over all gates together", usual);
                }
            }
            Role::Conv if area > 1 => {
                miscount(inputs, outputs, "counted without the kernel's area", None);
                if is_depthwise {
                    let how = "counted over all groups";
                    miscount(outputs * area, outputs * area, how, Some("torchvision's MobileNets and Keras"));
                }
            }
            _ => {}
        }
        let of_group = if is_depthwise { 1 } else { outputs };
        place.fans = Some(Fans { fan_in: inputs * area, fan_out: of_group * area });
    }

    /// The units of a recurrent layer, of which there are as many in each of one, three or four gates.
    fn recurrent_units(&self, name: &str, shape: &[usize], outputs_first: bool) -> Option<usize> {
        let (outputs, inputs) = if outputs_first { (shape[0], shape[1]) } else { (shape[1], shape[0]) };
        let (module, last) = name.rsplit_once('.').unwrap_or(("", name));
        let other = match last {
            "kernel" => {
                let recurrent = self.beside(name, "recurrent_kernel").or_else(|| self.beside(name, "bias"));
                recurrent.filter(|shape| shape.len() == 2).map(|shape| shape[0])
            }
            "recurrent_kernel" | "bias" => Some(inputs),
            last if last.contains("weight_hh") => Some(inputs),
            last => {
                let hidden = last.replace("weight_ih", "weight_hh");
                let hidden = if module.is_empty() { hidden } else { format!("{module}.{hidden}") };
                self.of.get(hidden.as_str()).filter(|shape| shape.len() == 2).map(|shape| shape[1])
            }
        }?;
        [1, 3, 4].iter().any(|gates| gates * other == outputs).then_some(other)
    }
}
