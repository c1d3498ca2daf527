
"use strict";
(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  /** A command line that is broken between its words, and not at their hyphens. */
  const words = (line) => line.split(" ").flatMap((word, i) => [i > 0 ? " " : "", make("span", { className: "word", textContent: word })]);

  // What is done without being seen is said.
  const voice = make("p", { className: "unseen", id: "said" });
  voice.setAttribute("role", "status");
  (document.querySelector("footer") ?? document.body).append(voice);
  const say = (text) => {
    voice.textContent = "";
    setTimeout(() => (voice.textContent = text), 30);
  };

  // Tables: sorted by a column up, down, and as they were; what runs on is shown on request.
  const AT_FIRST = 200;
  const compare = ([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  };
  const keyOf = (cell, isNumeric) => {
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v.replace("inf", "Infinity"));
    const text = cell.textContent.trim();
    if (!isNumeric) return text;
    const number = Number.parseFloat(text.replace(/[,~]/g, ""));
    return Number.isNaN(number) ? null : number;
  };
  const sortable = (wrapper) => {
    const table = wrapper.querySelector("table");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    let isWhole = rows.length <= AT_FIRST;
    const show = (order) => {
      order.forEach((row, i) => (row.hidden = !isWhole && i >= AT_FIRST));
      body.append(...order);
    };
    let shown = rows;
    if (!isWhole) {
      show(rows);
      const more = make("button", { type: "button", className: "button more", textContent: `Show all ${rows.length.toLocaleString("en")} rows` });
      more.addEventListener("click", () => {
        isWhole = true;
        show(shown);
        more.remove();
        say(`All ${rows.length} rows are shown`);
      });
      wrapper.append(more);
    }
    const heads = all("thead th", table);
    if (rows.length > 1) {
      heads.forEach((head, column) => {
        const title = head.textContent.trim();
        if (head.querySelector(".unseen") || rows.every((row) => row.cells[column]?.textContent.trim() === "" && row.cells[column]?.dataset.v === undefined)) return;
        const button = make("button", { type: "button" }, ...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const was = head.getAttribute("aria-sort");
          const now = was === null ? "ascending" : was === "ascending" ? "descending" : null;
          heads.forEach((other) => other.removeAttribute("aria-sort"));
          shown = rows;
          if (now !== null) {
            head.setAttribute("aria-sort", now);
            const isNumeric = head.classList.contains("num");
            const keyed = rows.map((row, i) => [keyOf(row.cells[column], isNumeric), i, row]);
            const sign = now === "ascending" ? 1 : -1;
            // What has no number is last either way.
            const isNone = ([key]) => key === null;
            keyed.sort((a, b) => (isNone(a) || isNone(b) ? compare(a, b) : sign * compare(a, b)) || a[1] - b[1]);
            shown = keyed.map(([, , row]) => row);
          }
          show(shown);
          say(now === null ? "In the order it was in" : `Sorted by ${title}, ${now}`);
        });
      });
    }
  };
  // A region that does not scroll need not be stopped at.
  const scrolls = (region) => (region.scrollWidth > region.clientWidth ? (region.tabIndex = 0) : region.removeAttribute("tabindex"));
  const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => scrolls(target)));

  // Code: copied, and as tabs.
  const copy = async (text, from) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // A file may have no clipboard of this kind.
      getSelection().selectAllChildren(from);
      return document.execCommand("copy");
    }
  };
  const copyable = (box) => {
    const button = make("button", { type: "button", className: "button", textContent: "Copy" });
    const code = box.querySelector("code");
    button.setAttribute("aria-label", `Copy ${box.dataset.copy}`);
    button.addEventListener("click", async () => {
      const isDone = await copy(code.textContent, code);
      button.textContent = isDone ? "Copied" : "Selected";
      say(isDone ? `Copied ${box.dataset.copy}` : "Selected; copy it with the keyboard");
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    box.classList.add("has-button");
    box.append(button);
  };
  let tabbed = 0;
  const withTabs = (box) => {
    const sections = all("section", box);
    if (sections.length < 2) return;
    const n = tabbed++;
    const list = make("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", box.dataset.label);
    const tabs = sections.map((section, i) => {
      const title = section.querySelector("h3");
      const tab = make("button", { type: "button", id: `tab-${n}-${i}`, textContent: title.textContent });
      tab.setAttribute("role", "tab");
      section.id = `panel-${n}-${i}`;
      tab.setAttribute("aria-controls", section.id);
      section.setAttribute("role", "tabpanel");
      section.setAttribute("aria-labelledby", tab.id);
      title.classList.add("title-of-tab");
      return tab;
    });
    const select = (chosen, isFocused) => {
      tabs.forEach((tab, i) => {
        tab.setAttribute("aria-selected", String(i === chosen));
        tab.tabIndex = i === chosen ? 0 : -1;
        sections[i].hidden = i !== chosen;
      });
      if (isFocused) tabs[chosen].focus();
    };
    tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => select(i, false));
      tab.addEventListener("keydown", (event) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        select((to + tabs.length) % tabs.length, true);
      });
    });
    list.append(...tabs);
    box.prepend(list);
    select(0, false);
  };

  // On paper nothing is folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((each) => (each.open = true));
  });
  addEventListener("afterprint", () => folded.forEach((each) => (each.open = false)));

  // Charts: the point next to the pointer is told, and the arrow keys go from one to the next.
  const SVG = "http://www.w3.org/2000/svg";
  const readable = (svg) => {
    const series = all(".readings", svg).map((of) => ({
      name: of.dataset.name,
      points: of.dataset.points.split("|").map((point) => {
        const [x, y, ...words] = point.split(" ");
        return { x: Number(x), y: Number(y), words: words.join(" ") };
      }),
    }));
    if (series.length === 0) return;
    const figure = svg.closest("figure");
    const told = make("div", { className: "reading", hidden: true });
    figure.append(told);
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("class", "reading-dot");
    dot.setAttribute("r", "4");
    dot.setAttribute("visibility", "hidden");
    svg.append(dot);
    let at = [0, -1];
    const hide = () => {
      told.hidden = true;
      dot.setAttribute("visibility", "hidden");
    };
    const tell = (s, p) => {
      at = [s, p];
      const { x, y, words } = series[s].points[p];
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
      dot.setAttribute("visibility", "visible");
      told.textContent = [series[s].name, words].filter((part) => part !== "").join(": ");
      told.hidden = false;
      const place = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
      const frame = figure.getBoundingClientRect();
      const left = Math.min(Math.max(place.x - frame.left + 12, 0), Math.max(frame.width - told.offsetWidth, 0));
      const above = place.y - frame.top - told.offsetHeight - 10;
      told.style.left = `${left}px`;
      told.style.top = `${above < 0 ? place.y - frame.top + 12 : above}px`;
      return told.textContent;
    };
    svg.addEventListener("pointermove", (event) => {
      const here = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let best = [40 ** 2, -1, -1];
      series.forEach(({ points }, s) =>
        points.forEach(({ x, y }, p) => {
          const far = (x - here.x) ** 2 + (y - here.y) ** 2;
          if (far < best[0]) best = [far, s, p];
        }),
      );
      if (best[1] < 0) hide();
      else tell(best[1], best[2]);
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.tabIndex = 0;
    svg.addEventListener("keydown", (event) => {
      const [ds, dp] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [0, 0];
      if (ds === 0 && dp === 0) return;
      event.preventDefault();
      const s = Math.min(Math.max(at[0] + ds, 0), series.length - 1);
      const p = Math.min(Math.max(at[1] + dp, 0), series[s].points.length - 1);
      say(tell(s, p));
    });
  };

  /** What stands in this element is sorted, copied, told and turned over from now on; once for each element. */
  const enhance = (root) => {
    all(".table", root).forEach(sortable);
    all(".scroll, pre", root).forEach((region) => watch.observe(region));
    all(".code[data-copy]", root).forEach(copyable);
    all(".snippets", root).forEach(withTabs);
    all("figure svg", root).forEach(readable);
  };
  enhance(document);

  // For what single pages do beyond this.
  globalThis.headstart = { say, readable, words, enhance };
})();
