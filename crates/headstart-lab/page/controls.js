/** The form of the task: data, network and training. A change is a change of the link. */

/** @import { Hello } from "./messages.js" */

import { button, byId, make, theOne } from "./dom.js";
import * as link from "./link.js";

/**
 * @typedef {object} Field
 * @property {string} key
 * @property {string} label
 * @property {string} [usual]  What an empty field means.
 * @property {"decimal" | "numeric" | "text"} [mode]
 * @property {"short" | "long"} [size]
 */

/** @type {Field[]} */
const FIRST = [
    { key: "data", label: "Data" },
    { key: "layers", label: "Layers", mode: "text", size: "long" },
    { key: "activation", label: "Activation", usual: "relu" },
    { key: "optimizer", label: "Optimizer", usual: "gd" },
    { key: "lr", label: "Rate", mode: "decimal", size: "short" },
    { key: "steps", label: "Steps", mode: "numeric", size: "short" },
    { key: "seed", label: "Seed", mode: "numeric", size: "short", usual: "1" },
];
/** @type {Field[]} */
const MORE = [
    { key: "batch", label: "Batch", mode: "numeric", size: "short" },
    { key: "rng", label: "Random stream", usual: "native" },
    { key: "samples", label: "Samples", mode: "text", size: "short" },
    { key: "noise", label: "Noise", mode: "decimal", size: "short" },
    { key: "loss", label: "Loss", mode: "text", size: "short" },
    { key: "bias", label: "Biases", mode: "text", size: "short" },
    { key: "momentum", label: "Momentum", mode: "decimal", size: "short" },
    { key: "lr-schedule", label: "Rate's schedule", mode: "text" },
    { key: "weight-decay", label: "Weight decay", mode: "decimal", size: "short" },
    { key: "dropout", label: "Dropout", mode: "text", size: "short" },
    { key: "target", label: "Target", mode: "decimal", size: "short" },
    { key: "precision", label: "Precision", usual: "f64" },
];

/** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
const inputs = new Map();

/**
 * @param {HTMLSelectElement} select
 * @param {[value: string, label: string][]} options
 */
export function choices(select, options) {
    select.replaceChildren(...options.map(([value, label]) => new Option(label, value)));
}

/**
 * Selects a value, which may be one that is not offered.
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
export function choose(select, value) {
    if (![...select.options].some((each) => each.value === value)) select.add(new Option(value, value));
    select.value = value;
}

/** @param {Hello} hello */
export function fill(hello) {
    /** @type {Record<string, [string, string][]>} */
    const offered = {
        data: hello.data.map(({ name, label }) => [name, label]),
        activation: hello.activations.map((name) => [name, name]),
        optimizer: hello.optimizers.map((name) => [name, name]),
        rng: [["native", "native"], ["numpy", "numpy"]],
        precision: [["f64", "f64"], ["f32", "f32"]],
    };
    const form = theOne("task-form", HTMLFormElement);
    const field = (/** @type {Field} */ { key, label, usual, mode, size }) => {
        const id = `task-${key}`;
        const input = offered[key]
            ? make("select", { id })
            : make("input", { id, type: "text", inputMode: mode, placeholder: usual ?? "usual", spellcheck: false });
        if (input instanceof HTMLSelectElement) choices(input, offered[key]);
        inputs.set(key, input);
        input.addEventListener("change", () => changed(key, input.value.trim(), usual));
        const parts = key === "layers"
            ? [make("span", { className: "with-buttons" }, input, ...depthButtons())]
            : [input];
        return make(
            "div",
            { className: `field ${size ?? ""}` },
            make("label", { for: id, textContent: label }),
            ...parts,
        );
    };
    const more = make(
        "details",
        { className: "more" },
        make("summary", { textContent: "More" }),
        make("div", { className: "fields" }, ...MORE.map(field)),
    );
    const wasOpen = form.querySelector("details")?.open ?? false;
    form.replaceChildren(make("div", { className: "fields" }, ...FIRST.map(field)), more);
    more.open = wasOpen;
    show();
}

/** A hidden layer more, as wide as the last one, or one fewer. */
function depthButtons() {
    const change = (/** @type {1 | -1} */ by) => () => {
        const widths = link.get("layers", "_,10,5,_").split(",");
        if (by > 0) widths.splice(-1, 0, widths.at(-2) ?? "10");
        else if (widths.length > 2) widths.splice(-2, 1);
        link.set({ layers: widths.join() });
    };
    return [
        button("\u2212", change(-1), { "aria-label": "A hidden layer fewer" }),
        button("+", change(1), { "aria-label": "A hidden layer more" }),
    ];
}

/**
 * @param {string} key
 * @param {string} value
 * @param {string} [usual]
 */
function changed(key, value, usual) {
    /** @type {Record<string, string | null>} */
    const changes = { [key]: value === "" || value === usual ? null : value };
    // The widths of inputs and outputs are the data's.
    if (key === "data") changes.layers = ["_", ...link.get("layers", "_,10,5,_").split(",").slice(1, -1), "_"].join();
    link.set(changes);
}

/** Shows what the link says. */
export function show() {
    for (const { key, usual = "" } of [...FIRST, ...MORE]) {
        const input = inputs.get(key);
        if (!input) continue;
        if (input instanceof HTMLSelectElement) choose(input, link.get(key, usual));
        else input.value = link.get(key);
    }
}

byId("task-form").addEventListener("submit", (event) => event.preventDefault());
