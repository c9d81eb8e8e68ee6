// The list of cues: which are shown, in which order, and the one that is looked at.

import { cardOf, doubt, isDoubtful, picturesOf, readings } from "./cards.js";
import { button, element, select } from "./dom.js";
import { counted } from "./times.js";

const FILTERS = [
  ["all", "All", () => true],
  ["doubtful", "Doubtful", isDoubtful],
  ["open", "Not accepted", (cue) => !cue.accepted],
  ["flagged", "Flagged", (cue) => cue.flags.length > 0],
];
const folded = (text) => text.normalize("NFKC").toLowerCase();

export class List {
  /** ``chosen(cue)`` is called when another cue is looked at. */
  constructor(job, originals, chosen) {
    Object.assign(this, { key: null, isEditing: false, filter: "all", order: "worst" });
    this.isDrawing = false; // fields that are taken away then say that they were left
    this._job = job;
    this._originals = originals;
    this._chosen = chosen;
    this._cues = [];
    this._cards = new Map();
    this._kept = new Set(); // shown until the next choice of what to show, whatever becomes of them
    this._ranks = new Map();
    this.search = element("input", {
      type: "search", placeholder: "Search", "aria-label": "Search in texts", "aria-keyshortcuts": "/",
      autocomplete: "off", input: () => this.arrange(),
    });
    this._order = select([["worst", "Worst first"], ["time", "In time"]], "worst", {
      "aria-label": "Order", change: () => this.setOrder(this._order.value),
    });
    this._chips = FILTERS.map(([name]) =>
      button("", () => this.setFilter(name), { value: name, "aria-pressed": "false" }),
    );
    this._status = element("p", { class: "status", role: "status" });
    this._none = element("p", { class: "none", hidden: true });
    this.node = element("ul", { class: "cues", "aria-label": "Cues" });
    this.head = element(
      "div",
      { class: "tools sifting" },
      this.search, this._order,
      element("div", { class: "chips", role: "group", "aria-label": "Which cues" }, ...this._chips),
      this._status,
    );
    this.foot = this._none;
  }

  get cue() {
    return this._cues.find(({ key }) => key === this.key) || null;
  }

  /** Texts that may be taken for a cue. */
  others(cue) {
    return readings(cue, this._originals);
  }

  setFilter(name) {
    this.filter = name;
    this.arrange();
  }

  setOrder(order) {
    this.order = this._order.value = order;
    this.arrange();
  }

  /** Show other cues: choose and order them anew. */
  arrange() {
    this._kept.clear();
    this._ranks.clear();
    this.render();
  }

  setCues(cues, key) {
    this._cues = cues;
    if (!cues.some((cue) => cue.key === key)) key = cues[0]?.key ?? null;
    if (key !== this.key) this.isEditing = false;
    this.key = key;
    if (key !== null) this._kept.add(key);
    this.render();
  }

  /** Look at a cue; one that is hidden shows all again. */
  choose(key, goThere = true) {
    if (key === null) return;
    if (key !== this.key) this.isEditing = false;
    this.key = key;
    if (!this._shown().some((cue) => cue.key === key)) {
      this.search.value = "";
      this.filter = "all";
      this._kept.clear();
    }
    this.render();
    const { node } = this._cards.get(key);
    if (goThere) node.focus({ preventScroll: true });
    if (goThere) node.scrollIntoView({ block: "nearest" });
    this._chosen(this.cue);
  }

  /** The key of the cue ``by`` further down the list. */
  beside(by) {
    const shown = this._shown();
    const at = shown.findIndex(({ key }) => key === this.key);
    const to = at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by));
    return shown[to]?.key ?? null;
  }

  edit(isEditing) {
    if (!this.cue) return;
    this.isEditing = isEditing;
    this.render();
    const { node } = this._cards.get(this.key);
    const area = node.querySelector("textarea");
    (area || node).focus({ preventScroll: true });
    if (area && this.cue.lines.join() === "…") area.select();
    node.scrollIntoView({ block: "nearest" });
  }

  /** Draw the card that is looked at anew, as after a field was left. */
  redraw() {
    this._cards.delete(this.key);
    this.edit(false);
  }

  /** Mark the cue that the player shows. */
  markPlaying(cue) {
    this.node.querySelector(".now")?.classList.remove("now");
    if (cue) this._cards.get(cue.key)?.node.classList.add("now");
  }

  _shown() {
    const [, , holds] = FILTERS.find(([name]) => name === this.filter);
    const query = folded(this.search.value.trim());
    const textOf = ({ lines, alternatives }) => folded([...lines, ...alternatives].join("\n"));
    const fits = (cue) => holds(cue) && textOf(cue).includes(query);
    const shown = this._cues.filter((cue) => this._kept.has(cue.key) || fits(cue));
    shown.forEach((cue) => this._kept.add(cue.key));
    if (this.order === "time") return shown;
    // What is being worked on stays where it is: its rank is that of when it was ordered.
    const byOrigin = new Map();
    for (const cue of shown) {
      const known = this._ranks.get(cue.key) ?? byOrigin.get(cue.origins[0]) ?? doubt(cue);
      this._ranks.set(cue.key, known);
      if (cue.origins.length) byOrigin.set(cue.origins[0], known);
    }
    return shown.sort((a, b) => this._ranks.get(b.key) - this._ranks.get(a.key));
  }

  render() {
    this.isDrawing = true;
    this._draw();
    this.isDrawing = false;
  }

  _draw() {
    const focused = this._focus();
    const shown = this._shown();
    const numbers = new Map(this._cues.map(({ key }, at) => [key, at + 1]));
    const nodes = shown.map((cue) => this._card(cue, numbers.get(cue.key)));
    const isSame = nodes.length === this.node.children.length &&
      nodes.every((node, at) => node === this.node.children[at]);
    if (!isSame) this.node.replaceChildren(...nodes);
    for (const key of this._cards.keys()) if (!numbers.has(key)) this._cards.delete(key);
    this._tell(shown.length);
    this._refocus(focused);
  }

  _card(cue, number) {
    const isCurrent = cue.key === this.key;
    const state = { isCurrent, isEditing: isCurrent && this.isEditing };
    const old = this._cards.get(cue.key);
    const isSame =
      old?.cue === cue && old.isCurrent === isCurrent && old.isEditing === state.isEditing;
    const card = isSame ? old : this._made(cue, state, old);
    this._cards.set(cue.key, card);
    card.node.querySelector(".number").textContent = `# ${number}`;
    return card.node;
  }

  _made(cue, state, old) {
    const isSame = old && String(old.cue.origins) === String(cue.origins);
    const pictures = isSame ? old.pictures : picturesOf(cue, this._job, this._originals);
    const node = cardOf(cue, { ...state, pictures, others: this.others(cue) });
    if (old?.node.isConnected) old.node.replaceWith(node);
    return { cue, ...state, pictures, node };
  }

  /** What has the focus in the list, in words that outlive its elements. */
  _focus() {
    const active = document.activeElement;
    if (!this.node.contains(active)) return null;
    const { act, value } = active.dataset;
    return { act, value };
  }

  _refocus(focused) {
    if (!focused || this.node.contains(document.activeElement)) return;
    const card = this._cards.get(this.key)?.node;
    const again = [...(card?.querySelectorAll("[data-act]") || [])].find(
      ({ dataset, tabIndex }) =>
        tabIndex >= 0 && dataset.act === focused.act && dataset.value === focused.value,
    );
    (again || card)?.focus({ preventScroll: true });
  }

  _tell(shown) {
    FILTERS.forEach(([name, title, holds], at) => {
      const count = this._cues.filter(holds).length;
      this._chips[at].textContent = `${title} ${count}`;
      this._chips[at].setAttribute("aria-pressed", String(name === this.filter));
      this._chips[at].hidden = name === "flagged" && !count && this.filter !== name;
    });
    const accepted = this._cues.filter((cue) => cue.accepted).length;
    const part = shown < this._cues.length ? `${shown} of ` : "";
    this._status.textContent = `${part}${counted(this._cues.length, "cue")}, ${accepted} accepted`;
    this._none.hidden = shown > 0;
    this._none.textContent = this._cues.length
      ? "No cue is like that."
      : "There are no cues. Add one at the player's place.";
  }
}
