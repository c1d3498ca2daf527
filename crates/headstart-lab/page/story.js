/** The tour: a course says that small is right and large is wrong, and what is behind it, in six steps. */

/** @import { Flags } from "./messages.js" */
/** @import { Race } from "./race.js" */

import { button, byId, make, tell } from "./dom.js";
import * as link from "./link.js";

const TASK = { data: "circles", layers: "2,10,5,1", lr: "0.01", steps: "15000", rng: "numpy", seed: "3" };

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string[]} text
 * @property {Flags} flags
 * @property {string} [unfold]  What of the cards is opened.
 * @property {{label: string, flags: Flags, view?: link.View}[]} [more]
 */

/** @type {Step[]} */
const STEPS = [
    {
        title: "Ten times too large?",
        text: [
            "Somebody trains a small network on two circles, from weights drawn from N(0, 1) and multiplied by 10. The published result: 0.83 of the training samples and 0.86 of the test samples are right.",
            "Watch the loss: it begins at 1,774, because the outputs are saturated and wrong with full conviction. Then it comes down.",
        ],
        flags: { ...TASK, init: "normal:10" },
    },
    {
        title: "Smaller is worse",
        text: [
            "The same network from weights times 0.1 and times 0.01. Published after 15,000 steps: 0.60 / 0.57 and 0.46 / 0.48, hardly better than guessing.",
            "The course had told them that small is right and large is wrong. Here it looks the other way round. Their lines hardly move.",
        ],
        flags: { ...TASK, init: "normal:10,normal:0.1,normal:0.01" },
    },
    {
        title: "Worse, or later?",
        text: [
            "Both small starts stand at a loss of ln 2: what a network pays that answers one half to everything. That is a plateau, and a plateau has an end.",
            "When it ends can be predicted from the start alone, and the chart now goes on to where: 0.1 near step 36,000, 0.01 near step 310,000, farther than can be drawn. Both lie beyond the 15,000 steps that were given.",
        ],
        flags: { ...TASK, init: "normal:0.1,normal:0.01", ahead: "1" },
    },
    {
        title: "Run on",
        text: [
            "So let 0.1 go on, to 60,000 steps. The loss leaves the plateau about 30,000 steps in, within the band that was predicted, and then it is quick: 0.997 of the training samples and 0.96 of the test samples are right.",
            "The small start was not worse. It was later, and the notebook had stopped looking.",
        ],
        flags: { ...TASK, init: "normal:0.1", steps: "60000" },
        more: [{ label: "Go on to 100,000 steps", flags: { ...TASK, init: "normal:0.1", steps: "100000" } }],
    },
    {
        title: "Why",
        text: [
            "A network passes its signal through every layer, and its gradient back. Look at both, layer by layer, in the charts of the cards: with small weights each layer makes the signal smaller, so that little of the input reaches the output, and little of the error comes back.",
            "With weights ten times too large it is the other way round: the signal grows from layer to layer until the output is saturated. He's start keeps the size of the signal about the same. It is in between, and done early.",
        ],
        flags: { ...TASK, init: "normal:10,normal:0.1,he", speed: "1000" },
        unfold: "layers",
    },
    {
        title: "Deeper, and where to start",
        text: [
            "Here the network has three layers more. With every layer the signal is multiplied once more, and what was merely slow is hopeless: 10 begins at a loss of 18 million, throws its units dead and stays at guessing, and 0.1 does not move. He's start still learns, but later than before.",
            "Which start is right depends on the data and on the network. It need not be guessed: it can be measured.",
        ],
        flags: { ...TASK, layers: "2,10,10,10,10,5,1", init: "normal:10,normal:0.1,he" },
        unfold: "layers",
        more: [
            {
                label: "Still deeper",
                flags: { ...TASK, layers: "2,10,10,10,10,10,10,10,10,5,1", init: "normal:10,normal:0.1,he" },
            },
            {
                label: "Ask where this network should start",
                flags: { ...TASK, layers: "2,10,10,10,10,5,1" },
                view: "advise",
            },
            { label: "See the whole map", flags: TASK, view: "map" },
        ],
    },
];

export class Story {
    shown = 0;

    /** @param {Race} race */
    constructor(race) {
        this.race = race;
    }

    /** The link says which step it is; its own flags beat the step's. */
    update() {
        const said = Math.round(Number(link.get("step", "1"))) || 1;
        const number = Math.min(Math.max(said, 1), STEPS.length);
        if (!link.get("init")) {
            link.go({ view: "story", keys: { step: String(number), ...STEPS[number - 1].flags } }, {
                replace: true,
                quiet: true,
            });
        }
        this.race.update();
        const step = STEPS[number - 1];
        if (this.shown !== number) this.show(number, step);
        if (step.unfold) this.race.unfold(step.unfold);
    }

    /**
     * @param {number} number
     * @param {Step} step
     */
    show(number, { title, text, more = [] }) {
        this.shown = number;
        tell(byId("story-count"), `Step ${number} of ${STEPS.length}`);
        tell(byId("story-title"), title);
        byId("story-text").replaceChildren(...text.map((textContent) => make("p", { textContent })));
        const to = (/** @type {number} */ next) => () => {
            link.go({ view: "story", keys: { step: String(next), ...STEPS[next - 1].flags } });
            byId("story-title").focus({ preventScroll: true });
            byId("story").scrollIntoView({ block: "start" });
        };
        const buttons = more.map(({ label, flags, view = "story" }) =>
            button(label, () => link.go({ view, keys: view === "story" ? { step: String(number), ...flags } : flags }))
        );
        if (number > 1) buttons.unshift(button("Back", to(number - 1)));
        if (number < STEPS.length) buttons.push(button("Next", to(number + 1), { className: "button main" }));
        buttons.push(button("Leave the tour, keep this race", () => {
            const { step: _, ...keys } = link.state().keys;
            link.go({ view: "race", keys });
        }));
        byId("story-buttons").replaceChildren(...buttons);
    }
}
