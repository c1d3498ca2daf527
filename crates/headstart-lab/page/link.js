/** The page's whole state, which is in its link: `#race?data=circles&init=he,normal:0.1`. */

/** @import { Flags, MapView } from "./messages.js" */

/** @typedef {"race" | "map" | "advise" | "story"} View */

/** @type {readonly View[]} */
export const VIEWS = ["race", "map", "advise", "story"];

const TASK =
    "data samples noise data-seeds centers classes class-sep set-features informative preprocess layers activation output loss bias output-bias seed rng optimizer lr lr-schedule warmup momentum beta1 nesterov weight-decay dropout clip label-smoothing batch steps epochs target precision"
        .split(" ");

/** Every key that a link may have, once: what it means to which part of the page. */
export const KEYS = {
    /** The data, the network and the training: all views. */
    task: new Set(TASK),
    /** What a race starts from. */
    race: new Set(["init"]),
    /** What a map is of. `start` is the one scheme whose gain, say, is varied. */
    map: new Set(["x", "y", "value", "start", "seeds", "zoom", "at"]),
    advise: new Set(["budget"]),
    /** The page's own: steps a second, where the tour is, and whether the chart goes on to where plateaus should end. */
    page: new Set(["speed", "step", "ahead"]),
};
const KNOWN = new Set(Object.values(KEYS).flatMap((keys) => [...keys]));

/** @typedef {{view: View, keys: Flags}} State */

/**
 * @param {string} hash
 * @returns {State}
 */
export function parse(hash) {
    const [name, query = ""] = hash.replace(/^#/, "").split("?", 2);
    const view = VIEWS.find((each) => each === name) ?? "race";
    /** @type {Flags} */
    const keys = {};
    for (const pair of query.split("&")) {
        const [key, ...rest] = pair.split("=");
        if (!KNOWN.has(key)) continue;
        try {
            keys[key] = decodeURIComponent(rest.join("="));
        } catch {
            // A link that was cut off in the middle of a character.
        }
    }
    return { view, keys };
}

/** @param {State} state */
export function format({ view, keys }) {
    const plain = (/** @type {string} */ text) =>
        encodeURIComponent(text).replace(/%(2C|3A|2F|3D)/g, decodeURIComponent);
    const pairs = Object.entries(keys).map(([key, value]) => `${key}=${plain(value)}`);
    return `#${view}${pairs.length > 0 ? "?" : ""}${pairs.join("&")}`;
}

/** @type {State} */
let now = parse(location.hash);
/** @type {(() => void)[]} */
const listeners = [];

export const state = () => now;

/**
 * @param {string} key
 * @param {string} [otherwise]
 */
export const get = (key, otherwise = "") => now.keys[key] ?? otherwise;

/**
 * Changes some of it; null takes a key away. What one would not go back from replaces what was.
 * @param {Record<string, string | null>} changes
 * @param {{view?: View, replace?: boolean, quiet?: boolean}} [how]  quiet: nobody is told
 */
export function set(changes, { view = now.view, replace = false, quiet = false } = {}) {
    const keys = { ...now.keys };
    for (const [key, value] of Object.entries(changes)) {
        if (value === null) delete keys[key];
        else keys[key] = value;
    }
    go({ view, keys }, { replace, quiet });
}

/**
 * @param {State} next
 * @param {{replace?: boolean, quiet?: boolean}} [how]
 */
export function go(next, { replace = false, quiet = false } = {}) {
    now = next;
    const hash = format(now);
    if (hash !== location.hash) {
        if (replace) history.replaceState(null, "", hash);
        else history.pushState(null, "", hash);
    }
    if (!quiet) listeners.forEach((each) => each());
}

/**
 * The state when a drag began is what one goes back to, not its last but one value.
 * @param {Record<string, string>} changes
 * @param {string} before
 */
export function settle(changes, before) {
    history.replaceState(null, "", before);
    set(changes, { quiet: true });
}

/** @param {() => void} call */
export const onChange = (call) => listeners.push(call);

const read = () => {
    if (format(now) === location.hash) return;
    now = parse(location.hash);
    listeners.forEach((each) => each());
};
addEventListener("popstate", read);
addEventListener("hashchange", read);

/** @param {...Set<string>} groups */
function flagsOf(...groups) {
    /** @type {Flags} */
    const flags = {};
    for (const [key, value] of Object.entries(now.keys)) {
        if (groups.some((group) => group.has(key))) flags[key] = value;
    }
    return flags;
}

/** What a race is told. */
export const raceFlags = () => flagsOf(KEYS.task, KEYS.race);

/** What a map is told. */
export function mapFlags() {
    const { start = "he", zoom: _, at: __, ...flags } = flagsOf(KEYS.task, KEYS.map);
    return { ...flags, init: start };
}

export const adviseFlags = () => flagsOf(KEYS.task, KEYS.advise);

/** @returns {MapView} */
export function mapView() {
    /** @type {(text: string) => [number, number]} */
    const pair = (text) => {
        const [a, b] = text.split(",").map((part) => Math.max(Number.parseInt(part, 10) || 0, 0));
        return [a ?? 0, b ?? 0];
    };
    return { zoom: pair(get("zoom")), at: pair(get("at")) };
}
