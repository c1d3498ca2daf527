//! Names of tensors: their order, and which of them are one layer after the other.

/// A name with a `*` in the place of the number of the layer, and that number.
///
/// The number is the first part of the name that is one (`h.3.attn.weight`), and if there is none the first one at the end of a part
/// (`Dense_3.kernel`, `fc2.weight`). Experts of one layer are siblings, too.
pub(super) fn siblings(name: &str) -> (String, Option<u64>) {
    let separators = |c: char| c == '.' || c == '/';
    let parts: Vec<&str> = name.split_inclusive(separators).collect();
    let bare = |part: &str| part.trim_end_matches(separators).to_owned();
    let number = |part: &str| bare(part).parse::<u64>().ok();
    let ends: Vec<(String, Option<u64>)> = parts
        .iter()
        .map(|part| {
            let stem = bare(part).trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
            let number = bare(part)[stem.len()..].parse().ok();
            (stem, number)
        })
        .collect();
    let layer = parts
        .iter()
        .position(|part| number(part).is_some())
        .or_else(|| ends.iter().position(|(stem, number)| !stem.is_empty() && number.is_some()));
    let Some(layer) = layer else { return (name.to_owned(), None) };
    let mut pattern = String::new();
    for (i, part) in parts.iter().enumerate() {
        let is_expert = i > 0 && number(part).is_some() && bare(parts[i - 1]).ends_with("experts");
        if i == layer || is_expert {
            let stem = if number(part).is_some() { "" } else { &ends[i].0 };
            pattern = format!("{pattern}{stem}*{}", &part[bare(part).len()..]);
        } else {
            pattern.push_str(part);
        }
    }
    (pattern, ends[layer].1)
}

/// What names are ordered by: text as it is, numbers by their size.
pub(super) fn order(name: &str) -> Vec<(String, u64)> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let behind = &rest[digits..];
        let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        pieces.push((rest[..digits].to_owned(), behind[..end].parse().unwrap_or(u64::MAX)));
        rest = &behind[end..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_layer_is_what_siblings_differ_in() {
        for (name, pattern, layer) in [
            ("h.3.attn.c_attn.weight", "h.*.attn.c_attn.weight", Some(3)),
            ("layer1.0.conv1.weight", "layer1.*.conv1.weight", Some(0)),
            ("encoder.layers.11.mlp.0.weight", "encoder.layers.*.mlp.0.weight", Some(11)),
            ("layers.2.experts.7.w1.weight", "layers.*.experts.*.w1.weight", Some(2)),
            ("params/Dense_3/kernel", "params/Dense_*/kernel", Some(3)),
            ("fc2.weight", "fc*.weight", Some(2)),
            ("W12", "W*", Some(12)),
            ("head.weight", "head.weight", None),
            ("7", "*", Some(7)),
            ("", "", None),
        ] {
            assert_eq!(siblings(name), (pattern.to_owned(), layer), "{name}");
        }
    }

    #[test]
    fn layers_are_in_the_order_of_their_numbers() {
        let mut names = ["h.10.w", "h.9.w", "a", "h.9.b", "h"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["a", "h", "h.9.b", "h.9.w", "h.10.w"]);
    }
}
