/** Below a slider: what trainings all along it came to, a row for each seed. */

/** @import { StripMessage } from "./messages.js" */

import { Cells } from "./cells.js";
import { make } from "./dom.js";
import { Sheet } from "./sheet.js";

/** What a slider keeps free at its ends for half of its thumb. */
const END = 8;

export class Strip {
    /** @type {Cells | null} */
    cells = null;

    constructor() {
        this.element = make("canvas", { className: "strip", role: "img", "aria-label": "Nothing was run yet" });
        this.sheet = new Sheet(this.element, (pen, { width, height }) => {
            if (!this.cells) return;
            // The first and the last gain are the slider's ends: half of their cells is beyond.
            const cell = (width - 2 * END) / (this.cells.columns - 1);
            pen.imageSmoothingEnabled = false;
            pen.drawImage(this.cells.canvas, END - cell / 2, 0, cell * this.cells.columns, height);
        });
    }

    clear() {
        this.cells = null;
        this.sheet.label("Nothing was run yet");
        this.sheet.draw();
    }

    /** @param {StripMessage} message */
    take({ map, over, scheme }) {
        this.cells = new Cells({ map, over });
        const value = this.cells.value(map.value);
        this.cells.paint(value);
        const ends = value.range.map((each) => each.toPrecision(3));
        this.sheet.label(
            `${value.title} of ${scheme} all along the slider, at ${this.cells.columns} gains and ${this.cells.rows} ` +
                `seeds, between ${ends[0]} and ${ends[1]}; bright is best`,
        );
        this.sheet.draw();
    }
}
