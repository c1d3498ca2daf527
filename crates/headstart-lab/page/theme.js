/** The style sheet's colours, for what is drawn on canvases. */

/** @typedef {[red: number, green: number, blue: number]} Rgb */

const NAMES = /** @type {const} */ ([
    "paper",
    "wash",
    "grid",
    "quiet",
    "ink",
    "accent",
    "warn",
    "c0",
    "c1",
    "c2",
    "c3",
    "c5",
    "c6",
    "c7",
]);

/** @typedef {Record<typeof NAMES[number], string>} Colours */

/** Lines of starts: told apart by their dashes as well. */
const LINES = /** @type {const} */ (["c0", "c1", "c2", "c3", "c6", "c7"]);
const DASHES = [[], [9, 4], [2, 3], [10, 3, 2, 3], [5, 3], [16, 4]];

/** @returns {Colours} */
const read = () => {
    const style = getComputedStyle(document.documentElement);
    return /** @type {Colours} */ (Object.fromEntries(
        NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
    ));
};

export let colours = read();
/** @type {(() => void)[]} */
const listeners = [];
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours = read();
    listeners.forEach((call) => call());
});

/** @param {() => void} call */
export const onTheme = (call) => listeners.push(call);

/** @param {number} start */
export const lineOf = (start) => ({
    colour: colours[LINES[start % LINES.length]],
    dash: DASHES[start % DASHES.length],
});

/**
 * @param {string} hex  #rrggbb
 * @returns {Rgb}
 */
export function rgb(hex) {
    const number = Number.parseInt(hex.slice(1), 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
}

/**
 * @param {Rgb} from
 * @param {Rgb} to
 * @param {number} share
 * @returns {Rgb}
 */
export const mix = (from, to, share) => [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
];

/** A colour as the four bytes of a picture. @param {Rgb} colour */
export const packed = ([r, g, b]) => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;

/** Colours of classes: two are as far apart as can be. Beyond seven they are those of the first, darker. */
const CLASSES = /** @type {const} */ (["c1", "c0", "c2", "c3", "c7", "c6", "c5"]);
const DARKER = 0.45;

/** @param {number} k */
export function classColour(k) {
    const plain = colours[CLASSES[k % CLASSES.length]];
    return k < CLASSES.length ? plain : `#${mix(rgb(plain), rgb(colours.ink), DARKER).map(hex).join("")}`;
}

/** @param {number} x */
const hex = (x) => Math.round(x).toString(16).padStart(2, "0");

/** The same for style sheets. @param {number} k */
export function classStyle(k) {
    const plain = `var(--${CLASSES[k % CLASSES.length]})`;
    return k < CLASSES.length ? plain : `color-mix(in srgb, var(--ink) ${100 * DARKER}%, ${plain})`;
}
