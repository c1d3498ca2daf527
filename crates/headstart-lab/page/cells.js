/** What the server says of a map's cells, unpacked, and their colours. */

/** @import { MapMessage, MapValue, MapView } from "./messages.js" */

import { bytes } from "./dom.js";

/** Of cells that have no such figure, and of those that are not run yet. */
const NOTHING = [0xc8, 0xc8, 0xc8];

export class Cells {
    /** @param {Pick<MapMessage, "map" | "over"> & {view?: MapView}} message */
    constructor({ map, view = { zoom: [0, 0], at: [0, 0] }, over }) {
        this.map = map;
        this.view = view;
        this.over = over;
        this.columns = map.x.values.length;
        this.rows = map.y.values.length;
        /** @type {Record<string, Float32Array>} */
        this.figures = {};
        for (const [name, text] of Object.entries(map.figures)) {
            this.figures[name] = new Float32Array(bytes(text).buffer);
        }
        this.sources = map.sources === null ? null : new Int32Array(bytes(map.sources).buffer);
        this.canvas = document.createElement("canvas");
        [this.canvas.width, this.canvas.height] = [this.columns, this.rows];
    }

    /**
     * The cell whose figures a cell is shown with; -1 where nothing was run.
     * @param {number} cell
     */
    source(cell) {
        if (this.sources) return this.sources[cell];
        return Number.isNaN(this.figures.runs?.[cell] ?? 0) ? -1 : cell;
    }

    /**
     * @param {string} name
     * @returns {MapValue}
     */
    value(name) {
        const { values, value } = this.map;
        return values.find((each) => each.name === name) ?? values.find((each) => each.name === value) ?? values[0];
    }

    /** @param {MapValue} value */
    paint(value) {
        const { columns, rows } = this;
        const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
        const picture = pen.createImageData(columns, rows);
        const figure = this.figures[value.name];
        const colour = colourOf(value);
        for (let cell = 0; cell < columns * rows; cell++) {
            // The first row is the lowest one.
            const at = 4 * ((rows - 1 - Math.floor(cell / columns)) * columns + (cell % columns));
            const source = this.source(cell);
            // What is not there yet lets the picture before be seen.
            if (source < 0 && !this.over) continue;
            const [r, g, b] = source < 0 || !figure || Number.isNaN(figure[source]) ? NOTHING : colour(figure[source]);
            picture.data[at] = r;
            picture.data[at + 1] = g;
            picture.data[at + 2] = b;
            picture.data[at + 3] = 255;
        }
        pen.putImageData(picture, 0, 0);
    }

    /**
     * The command that reruns a cell.
     * @param {number} x
     * @param {number} y
     */
    command(x, y) {
        const { base, both, ofX, ofY } = this.map.command;
        return base + (both ? both[y * this.columns + x] : (ofX[x] ?? "") + (ofY[y] ?? ""));
    }
}

/** @param {MapValue} value */
export function paletteOf({ palette }) {
    return Array.from({ length: palette.length / 6 }, (_, i) => {
        const number = Number.parseInt(palette.slice(6 * i, 6 * i + 6), 16);
        return [number >> 16, (number >> 8) & 255, number & 255];
    });
}

/** @param {MapValue} value */
function colourOf(value) {
    const along = (/** @type {number} */ x) => value.colours === "logarithmic" ? Math.log(Math.max(x, 0)) : x;
    const [low, high] = value.range.map(along);
    const all = paletteOf(value);
    // Infinity has no colour of its own: it is as large as the largest.
    return (/** @type {number} */ x) => {
        const share = Math.min(Math.max((along(x) - low) / (high - low || 1), 0), 1);
        return all[Math.round(share * (all.length - 1))];
    };
}
