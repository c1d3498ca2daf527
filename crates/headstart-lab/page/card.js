/** One start of a race: what it is, how it does, and its pictures. */

/** @import { Finding, Hello, RaceBegins, Start, StartFrame, StripMessage } from "./messages.js" */

import { Bars } from "./bars.js";
import { Boundary } from "./boundary.js";
import { choices } from "./controls.js";
import { button, make, tell, whole } from "./dom.js";
import { Layers } from "./layers.js";
import { swatch } from "./lines.js";
import { Network } from "./network.js";
import { Strip } from "./strip.js";
import { onTheme } from "./theme.js";

/** Schemes whose number is the weights' own size: it is always written. */
const OWN_SIZE = new Set(["normal", "uniform", "truncated-normal", "constant"]);
const OTHER = "";
const LEAST = 0.001;
const MOST = 30;

/** @param {number} along  the exponent on the slider */
const gainAt = (along) => Math.min(Math.max(Number((10 ** along).toPrecision(2)), LEAST), MOST);

export class Card {
    /** @type {Start} */
    start = { init: "", scheme: null, gain: null };
    isDragged = false;
    /** Starts are judged by how much is right, and not by their loss. */
    isShare = true;

    /**
     * @param {number} index
     * @param {Hello} hello
     * @param {{edit: (index: number, init: string, isOver: boolean) => void, remove: (index: number) => void}} acts
     * @param {(which: string, isOpen: boolean) => void} folded
     */
    constructor(index, hello, acts, folded) {
        this.index = index;
        this.hello = hello;
        const id = (/** @type {string} */ name) => `start-${index}-${name}`;
        const label = (/** @type {string} */ name, /** @type {string} */ text) =>
            make("label", { for: id(name), textContent: text });

        this.title = make("h3", { id: id("title") });
        this.state = make("span", { className: "state" });
        const mark = make("span", { className: "of-line" }, swatch(index));
        onTheme(() => mark.replaceChildren(swatch(index)));
        this.remove = button("\u00d7", () => acts.remove(index), { className: "button remove" });

        this.scheme = make("select", { id: id("scheme") });
        choices(this.scheme, [...hello.schemes.map(({ name }) => /** @type {[string, string]} */ ([name, name])), [
            OTHER,
            "as written",
        ]]);
        this.scheme.addEventListener("change", () => {
            if (this.scheme.value === OTHER) {
                this.reveal(null, this.start.init);
                this.written.focus();
            } else acts.edit(index, this.other(this.scheme.value), true);
        });
        this.written = make("input", { id: id("written"), type: "text", spellcheck: false });
        this.written.addEventListener("change", () => acts.edit(index, this.written.value.trim(), true));
        this.slider = make("input", {
            id: id("slider"),
            type: "range",
            min: String(Math.log10(LEAST)),
            max: String(Math.log10(MOST)),
            step: "0.01",
        });
        this.number = make("input", { id: id("gain"), type: "text", inputMode: "decimal", "aria-label": "Gain" });
        this.slider.addEventListener("input", () => {
            this.isDragged = true;
            const gain = gainAt(this.slider.valueAsNumber);
            this.showGain(gain);
            acts.edit(index, this.init(this.start.scheme ?? "he", gain), false);
        });
        this.slider.addEventListener("change", () => {
            this.isDragged = false;
            acts.edit(index, this.init(this.start.scheme ?? "he", gainAt(this.slider.valueAsNumber)), true);
        });
        this.number.addEventListener(
            "change",
            () => acts.edit(index, `${this.start.scheme}:${this.number.value.trim()}`, true),
        );
        this.strip = new Strip();
        this.gainLabel = label("slider", "Gain");
        this.gain = make(
            "div",
            { className: "field gain" },
            this.gainLabel,
            make(
                "span",
                { className: "with-number" },
                make("span", { className: "along" }, this.slider, this.strip.element),
                this.number,
            ),
        );
        this.free = make("div", { className: "field" }, label("written", "Written as"), this.written);

        this.figures = Object.fromEntries(
            ["loss", "train", "test"].map((name) => [name, make("dd", { textContent: "\u2013" })]),
        );
        this.names = Object.fromEntries(
            ["loss", "train", "test"].map((name) => [name, make("dt", { textContent: name })]),
        );
        const canvas = (/** @type {string} */ name) =>
            make("canvas", { className: name, role: "img", "aria-label": name });
        const canvases = {
            boundary: canvas("boundary"),
            network: canvas("network"),
            layers: canvas("layers"),
            bars: canvas("bars"),
        };
        this.boundary = new Boundary(canvases.boundary);
        this.network = new Network(canvases.network);
        this.layers = new Layers(canvases.layers);
        this.bars = new Bars(canvases.bars);
        this.cut = make("p", { className: "note" });
        this.findings = make("ul", { className: "of-start" });
        this.folds = {
            layers: make(
                "details",
                {},
                make("summary", { textContent: "Signal and gradient by layer" }),
                make(
                    "p",
                    { className: "note two" },
                    make("span", { className: "signal", textContent: "signal" }),
                    make("span", { className: "gradient", textContent: "gradient" }),
                ),
                canvases.layers,
            ),
            bars: make("details", {}, make("summary", { textContent: "Histograms" }), canvases.bars),
        };
        for (const [name, fold] of Object.entries(this.folds)) {
            fold.addEventListener("toggle", () => folded(name, fold.open));
        }

        this.element = make(
            "article",
            { className: "card", "aria-labelledby": id("title") },
            make("div", { className: "card-head" }, mark, this.title, this.state, this.remove),
            make(
                "div",
                { className: "start-fields" },
                make("div", { className: "field" }, label("scheme", "Scheme"), this.scheme),
                this.gain,
                this.free,
            ),
            make(
                "dl",
                { className: "figures-of" },
                ...["loss", "train", "test"].map((name) => make("div", {}, this.names[name], this.figures[name])),
            ),
            make("div", { className: "pictures" }, canvases.boundary, canvases.network),
            this.cut,
            this.findings,
            this.folds.layers,
            this.folds.bars,
        );
    }

    /**
     * In the grammar of the command line.
     * @param {string} scheme
     * @param {number} gain
     */
    init(scheme, gain) {
        const takesGain = this.hello.schemes.find(({ name }) => name === scheme)?.takes_gain;
        return !takesGain || (gain === 1 && !OWN_SIZE.has(scheme)) ? scheme : `${scheme}:${gain}`;
    }

    /**
     * With another scheme. A gain stays, and so does a scale, but none becomes the other.
     * @param {string} scheme
     */
    other(scheme) {
        const [was, is] = [this.start.scheme ?? "", scheme].map((each) => OWN_SIZE.has(each));
        return this.init(scheme, was === is ? this.start.gain ?? 1 : is ? 0.1 : 1);
    }

    /** @param {number} gain */
    showGain(gain) {
        this.slider.setAttribute("aria-valuetext", String(gain));
        if (document.activeElement !== this.number) this.number.value = String(gain);
    }

    /**
     * @param {string | null} scheme
     * @param {string} init
     */
    reveal(scheme, init) {
        this.scheme.value = scheme ?? OTHER;
        const takesGain = scheme !== null && this.start.gain !== null;
        this.gain.hidden = !takesGain;
        this.free.hidden = scheme !== null;
        this.written.value = init;
    }

    /**
     * A race begins.
     * @param {RaceBegins} race
     */
    begin(race) {
        this.start = race.starts[this.index];
        const { init, scheme, gain } = this.start;
        const isOffered = this.hello.schemes.some(({ name }) => name === scheme);
        tell(this.title, init);
        this.remove.hidden = race.starts.length < 2;
        this.remove.setAttribute("aria-label", `Remove ${init}`);
        if (!this.isDragged) {
            this.reveal(isOffered ? scheme : null, init);
            if (gain !== null) {
                // A gain is rounded: where the slider says it already, it stays between two of them.
                if (gainAt(this.slider.valueAsNumber) !== gain) {
                    this.slider.value = String(Math.log10(Math.max(gain, LEAST)));
                }
                this.showGain(gain);
            }
        }
        const name = OWN_SIZE.has(scheme ?? "") ? "Scale" : "Gain";
        tell(this.gainLabel, name);
        this.number.setAttribute("aria-label", name);
        this.isShare = race.judge.endsWith("accuracy");
        tell(this.names.loss, this.isShare ? "loss" : "training loss");
        tell(this.names.train, "train accuracy");
        tell(this.names.test, this.isShare ? "test accuracy" : "test loss");
        for (const [name, isTold] of [["train", this.isShare], ["test", race.judge.startsWith("test")]]) {
            this.figures[String(name)].parentElement?.toggleAttribute("hidden", !isTold);
        }
        this.findings.replaceChildren();
        this.boundary.begin(race.plane, init);
        tell(this.cut, this.network.begin(race.widths, init));
        this.layers.begin(init);
        this.bars.begin(init, race.widths.length - 1);
    }

    /** @param {StartFrame} frame */
    take(frame) {
        this.boundary.take(frame);
        this.network.take(frame);
        this.layers.take(frame.layers);
        this.bars.take(frame.layers);
    }

    /** @param {StartFrame} frame */
    tell({ status, step, figures }) {
        tell(this.state, status === "diverged" ? `diverged at ${whole(step)}` : status);
        this.state.dataset.status = status;
        tell(this.figures.loss, figures.loss ?? "\u2013");
        tell(this.figures.train, figures.train ?? "\u2013");
        tell(this.figures.test, (this.isShare ? figures.test : figures["test-loss"]) ?? "\u2013");
    }

    /** @param {StripMessage} message */
    takeStrip(message) {
        if (message.scheme === this.start.scheme) this.strip.take(message);
    }

    /** @param {Finding} finding */
    find({ name, sentence, advice }) {
        const item = make("li", {}, make("strong", { textContent: name }), ` ${sentence}`);
        if (advice) {
            item.append(make("span", { className: "do" }, make("strong", { textContent: "do:" }), ` ${advice}`));
        }
        this.findings.append(item);
    }
}
