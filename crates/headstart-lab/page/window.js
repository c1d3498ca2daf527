/** Which part of a map is looked at, and how parts lie to one another. */

/** @import { MapView } from "./messages.js" */

/** @typedef {{left: number, right: number, bottom: number, top: number}} Box  In cells of the map that is shown. */

export class Window {
    /** Doublings of each axis. @type {[number, number]} */
    zoom = [0, 0];
    /** The first column and row; between two whole numbers while it is dragged. @type {[number, number]} */
    at = [0, 0];
    /** @type {[number, number]} */
    size = [64, 64];
    /** @type {[number, number]} */
    deepest = [0, 0];

    /** @param {MapView} view */
    take({ zoom, at }) {
        this.zoom = [...zoom];
        this.at = [...at];
    }

    /** @returns {MapView} */
    view() {
        return { zoom: [...this.zoom], at: [Math.round(this.at[0]), Math.round(this.at[1])] };
    }

    /** @param {0 | 1} axis */
    most(axis) {
        return this.size[axis] * 2 ** this.zoom[axis] - this.size[axis];
    }

    /**
     * @param {number} columns
     * @param {number} rows
     */
    move(columns, rows) {
        this.at = /** @type {[number, number]} */ (
            [columns, rows].map((by, axis) =>
                Math.min(Math.max(this.at[axis] + by, 0), this.most(/** @type {0 | 1} */ (axis)))
            )
        );
    }

    /**
     * Closer or farther by two, and what is at this place of the window (0 to 1) stays there.
     * @param {1 | -1} by
     * @param {[number, number]} around
     * @returns {boolean} whether anything changed
     */
    scale(by, around) {
        let isNew = false;
        for (const axis of /** @type {const} */ ([0, 1])) {
            const zoom = Math.min(Math.max(this.zoom[axis] + by, 0), this.deepest[axis]);
            if (zoom === this.zoom[axis]) continue;
            isNew = true;
            const place = around[axis] * this.size[axis];
            const factor = 2 ** (zoom - this.zoom[axis]);
            this.zoom[axis] = zoom;
            this.at[axis] = Math.min(
                Math.max(Math.round((this.at[axis] + place) * factor - place), 0),
                this.most(axis),
            );
        }
        return isNew;
    }

    /**
     * This window in the cells of another.
     * @param {MapView} other
     * @returns {Box}
     */
    within(other) {
        const [[left, right], [bottom, top]] = /** @type {const} */ ([0, 1]).map((axis) => {
            const factor = 2 ** (other.zoom[axis] - this.zoom[axis]);
            const from = this.at[axis] * factor - other.at[axis];
            return [from, from + this.size[axis] * factor];
        });
        return { left, right, bottom, top };
    }

    /** @param {MapView} other */
    is(other) {
        return [0, 1].every((axis) => this.zoom[axis] === other.zoom[axis] && this.at[axis] === other.at[axis]);
    }
}
