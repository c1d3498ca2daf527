/** What stands over a map's cells: axes, theory's lines, the cell one is at. */

/** @import { Cells } from "./cells.js" */
/** @import { MapAxis } from "./messages.js" */
/** @import { Box } from "./window.js" */

import { byId, short } from "./dom.js";
import { MARGIN } from "./map.js";

/** Letters that have room beside the map. */
const ROOMY = 7;

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 */
function svg(tag, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    made.append(...children);
    return made;
}

/**
 * Ticks that are in view: those of the whole axis, or of every cell where few are seen.
 * @param {MapAxis} of
 * @param {number} from
 * @param {number} to
 * @returns {[number, string][]}
 */
function ticks(of, from, to) {
    const seen = of.ticks.filter(([at]) => at >= from && at <= to);
    if (seen.length >= 3 || to - from >= of.values.length) return seen;
    const every = Math.ceil((to - from) / 8);
    return of.values
        .map((x, i) => /** @type {[number, string]} */ ([i + 0.5, short(x)]))
        .filter(([at], i) => at >= from && at <= to && i % every === 0);
}

/**
 * @param {Cells} cells
 * @param {Box} view
 * @param {{width: number, height: number}} frame
 * @param {{x: number, y: number} | null} here
 */
export function drawOver({ map }, view, frame, here) {
    const sx = (/** @type {number} */ x) => MARGIN.left + ((x - view.left) / (view.right - view.left)) * frame.width;
    const sy = (/** @type {number} */ y) =>
        MARGIN.top + (1 - (y - view.bottom) / (view.top - view.bottom)) * frame.height;
    const [bottom, left] = [MARGIN.top + frame.height, MARGIN.left];
    const parts = [];
    let last = -Infinity;
    for (const [at, text] of ticks(map.x, view.left, view.right)) {
        const x = sx(at);
        parts.push(svg("path", { class: "tick", d: `M${x} ${bottom}v5` }));
        // Names that would touch are left out.
        const half = text.length * 3.6;
        if (x - half < last + 6) continue;
        last = x + half;
        parts.push(svg("text", { x, y: bottom + 18, "text-anchor": "middle" }, text));
    }
    last = Infinity;
    for (const [at, text] of ticks(map.y, view.bottom, view.top)) {
        const y = sy(at);
        parts.push(svg("path", { class: "tick", d: `M${left} ${y}h-5` }));
        if (y > last - 14) continue;
        last = y;
        // Far in, neighbours differ in their last digits only.
        const end = text.length > ROOMY ? `\u2026${text.slice(-ROOMY + 1)}` : text;
        parts.push(svg("text", { x: left - 9, y: y + 4, "text-anchor": "end" }, end));
    }
    parts.push(
        svg(
            "text",
            { class: "name", x: left + frame.width / 2, y: bottom + 38, "text-anchor": "middle" },
            `${map.x.name} \u2192`,
        ),
    );
    parts.push(svg("text", { class: "name", x: 0, y: 14 }, `${map.y.name} \u2191`));
    const inside = svg("g", { "clip-path": "url(#map-frame)" });
    const clip = svg("rect", { x: left, y: MARGIN.top, width: frame.width, height: frame.height });
    parts.push(svg("clipPath", { id: "map-frame" }, clip), inside);
    for (const { name, pieces } of map.lines) {
        for (const piece of pieces) {
            const d = `M${piece.map(([x, y]) => `${sx(x)} ${sy(y)}`).join("L")}`;
            inside.append(svg("path", { class: "below", d }), svg("path", { class: "above", d }));
        }
        const seen = pieces.flat().filter(([x, y]) =>
            x >= view.left && x <= view.right && y >= view.bottom && y <= view.top
        );
        const end = seen.at(-1);
        if (!end || name === "") continue;
        const wide = name.length * 6.4 + 10;
        const right = Math.min(Math.max(sx(end[0]), left + wide + 2), left + frame.width - 2);
        const top = Math.min(Math.max(sy(end[1]) - 9, MARGIN.top + 2), bottom - 20);
        parts.push(svg(
            "g",
            { class: "label" },
            svg("rect", { x: right - wide, y: top, width: wide, height: 18, rx: 4 }),
            svg("text", { x: right - 5, y: top + 13, "text-anchor": "end" }, name),
        ));
    }
    if (here) {
        const [x, y] = [sx(here.x), sy(here.y + 1)];
        const box = { x, y, width: sx(here.x + 1) - x, height: sy(here.y) - y };
        inside.append(svg("rect", { class: "here-below", ...box }), svg("rect", { class: "here", ...box }));
    }
    byId("over").replaceChildren(...parts);
}
