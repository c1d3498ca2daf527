/** Small helpers around elements, words and numbers. */

/**
 * The element of this id, which the page has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no #${id}`);
    return found;
}

/**
 * The same, where the kind of element matters.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function theOne(id, kind) {
    const found = byId(id);
    if (!(found instanceof kind)) throw new Error(`#${id} is not a ${kind.name}`);
    return found;
}

/**
 * A new element: properties are set as they are, and names with a hyphen as attributes.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
        if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, String(value));
        else Reflect.set(made, name, value);
    }
    made.append(...children);
    return made;
}

/**
 * Sets a text that is not there already: what is set anew is laid out anew.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function tell(element, text) {
    if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} label
 * @param {(event: MouseEvent) => void} act
 * @param {Record<string, unknown>} [properties]
 */
export function button(label, act, properties = {}) {
    const made = make("button", { type: "button", className: "button", textContent: label, ...properties });
    made.addEventListener("click", act);
    return made;
}

/** What the script of the static pages offers. */
const pages =
    /** @type {{say: (text: string) => void, words: (line: string) => (Node | string)[], enhance: (root: Element) => void}} */ (
        Reflect.get(globalThis, "headstart")
    );

/**
 * Says something that changed to those who do not see it.
 * @param {string} text
 */
export const say = (text) => pages.say(text);

/**
 * Tables that sort, code that copies, tabs that turn, in what was put into the page just now.
 * @param {Element} root
 */
export const enhance = (root) => pages.enhance(root);

/**
 * Shows a command line, broken between its words only.
 * @param {string} id
 * @param {string} line
 */
export function showCommand(id, line) {
    const code = byId(id);
    if (code.textContent === line) return;
    code.replaceChildren(...pages.words(line));
}

/**
 * Shows what went wrong beside what caused it; nothing where nothing did.
 * @param {string} id
 * @param {string} text
 */
export function showError(id, text) {
    const place = byId(id);
    place.hidden = text === "";
    tell(place, text);
}

/** @param {number} x */
export const whole = (x) => Math.round(x).toLocaleString("en");

/**
 * A number in the digits that say enough.
 * @param {number} x
 * @param {number} [digits]
 */
export function short(x, digits = 4) {
    if (Number.isNaN(x)) return "\u2013";
    if (!Number.isFinite(x)) return "inf";
    if (Number.isInteger(x) && Math.abs(x) < 1e7) return x.toLocaleString("en");
    return Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6 ? x.toExponential(2) : Number(x.toPrecision(digits)).toString();
}

/**
 * The bytes of a text in base64.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytes(text) {
    const raw = atob(text);
    const all = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) all[i] = raw.charCodeAt(i);
    return all;
}

/**
 * Calls at most once in so many milliseconds; the last call is always made.
 * @template {unknown[]} A
 * @param {number} milliseconds
 * @param {(...values: A) => void} call
 */
export function throttled(milliseconds, call) {
    let last = -Infinity;
    let timer = 0;
    /** @param {A} values */
    return (...values) => {
        clearTimeout(timer);
        const wait = last + milliseconds - performance.now();
        const now = () => {
            last = performance.now();
            call(...values);
        };
        if (wait <= 0) now();
        else timer = setTimeout(now, wait);
    };
}

export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
