// Rectangles on a picture: shown, dragged, resized and moved by keys.

import { element, say } from "./dom.js";
import { percent } from "./times.js";

const EDGES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const STEP = 0.01;
const LEAST = 0.02;
const FRESH = [0.1, 0.78, 0.8, 0.17];
const ARROWS = {
  ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP],
};

const within = (value, least, most) => Math.min(most, Math.max(least, value));

export class RegionEditor {
  /** Over ``picture``; calls ``changed`` when a person changes something. */
  constructor(picture, changed) {
    this.node = element("div", { class: "regions" });
    this.isTouched = false;
    this._picture = picture;
    this._changed = changed;
    this._regions = [];
  }

  /** [x, y, width, height] of each, as fractions of the picture. */
  get regions() {
    return this._regions.map(({ box }) => box);
  }

  show(boxes, isTouched = false) {
    this.isTouched = isTouched;
    this._regions = [];
    this.node.replaceChildren();
    boxes.forEach((box) => this._append(box));
  }

  reset() {
    this.show([]);
    this._changed();
  }

  add() {
    this._append([...FRESH]).node.focus();
    this._touch();
  }

  _append(box) {
    const handles = EDGES.map((edge) => element("span", { class: `edge ${edge}`, "data-edge": edge }));
    const node = element(
      "div",
      { class: "region", tabindex: 0, role: "group", "aria-roledescription": "region" },
      ...handles,
    );
    const region = { box, node };
    node.addEventListener("pointerdown", (event) => this._drag(event, region));
    node.addEventListener("keydown", (event) => this._key(event, region));
    this._regions.push(region);
    this.node.append(node);
    this._place(region);
    return region;
  }

  _place({ box: [x, y, width, height], node }) {
    const style = { left: x, top: y, width, height };
    for (const [name, share] of Object.entries(style)) node.style[name] = `${100 * share}%`;
    const label = `Region from ${percent(x)}, ${percent(y)}, ${percent(width)} wide, ${percent(height)} high`;
    node.setAttribute("aria-label", label);
  }

  _touch() {
    this.isTouched = true;
    this._changed();
  }

  _set(region, [x, y, width, height]) {
    region.box = [x, y, width, height];
    this._place(region);
    this._touch();
  }

  _key(event, region) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Delete" || event.key === "Backspace") this._remove(region);
    else if (event.key in ARROWS) {
      const [dx, dy] = ARROWS[event.key];
      this._set(region, event.shiftKey ? resized(region.box, "se", dx, dy) : moved(region.box, dx, dy));
      say(region.node.getAttribute("aria-label"));
    } else return;
    event.preventDefault();
  }

  _remove(region) {
    this._regions = this._regions.filter((each) => each !== region);
    region.node.remove();
    this._touch();
    say("Region removed");
  }

  _drag(event, region) {
    if (event.button) return;
    event.preventDefault();
    region.node.focus();
    const { width, height } = this._picture.getBoundingClientRect();
    const edge = event.target.dataset.edge;
    const [from, { clientX, clientY }] = [region.box, event];
    const move = (now) => {
      const [dx, dy] = [(now.clientX - clientX) / width, (now.clientY - clientY) / height];
      this._set(region, edge ? resized(from, edge, dx, dy) : moved(from, dx, dy));
    };
    const { node } = region;
    node.setPointerCapture(event.pointerId);
    node.addEventListener("pointermove", move);
    const end = () => node.removeEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) node.addEventListener(kind, end, { once: true });
  }
}

function moved([x, y, width, height], dx, dy) {
  return [within(x + dx, 0, 1 - width), within(y + dy, 0, 1 - height), width, height];
}

function resized([x, y, width, height], edge, dx, dy) {
  let [x0, y0, x1, y1] = [x, y, x + width, y + height];
  if (edge.includes("w")) x0 = within(x0 + dx, 0, x1 - LEAST);
  if (edge.includes("e")) x1 = within(x1 + dx, x0 + LEAST, 1);
  if (edge.includes("n")) y0 = within(y0 + dy, 0, y1 - LEAST);
  if (edge.includes("s")) y1 = within(y1 + dy, y0 + LEAST, 1);
  return [x0, y0, x1 - x0, y1 - y0];
}
