// A film before it is read: where to look, and how.

import { post, request } from "./api.js";
import { confirmed } from "./dialogs.js";
import { button, element, field, say, trying } from "./dom.js";
import { optionsForm } from "./options.js";
import { showing } from "./pictures.js";
import { RegionEditor } from "./region.js";
import { shortClock } from "./times.js";

const SETTLE_MS = 150;

export async function showSetup(place, { job, abilities, signal, started }) {
  const where = whereOf(job, signal);
  const how = optionsForm(abilities, job.options);
  const problem = element("p", { class: "problem", role: "alert" });
  if (job.error) problem.textContent = `It failed: ${job.error.message}`;

  async function start(event) {
    event.preventDefault();
    problem.textContent = "";
    try {
      const options = { ...how.values(), ...where.values() };
      const now = await post(`/v1/jobs/${job.id}/start`, { options });
      trying(() => started(now));
    } catch (error) {
      problem.textContent = error.message;
    }
  }

  async function removed() {
    if (!(await confirmed("Delete this film?", `${job.name} is removed here.`, "Delete"))) return;
    await request(`/v1/jobs/${job.id}`, { method: "DELETE" });
    location.hash = "#/";
  }

  const acts = element(
    "div",
    { class: "acts" },
    element("button", { class: "main" }, job.state === "failed" ? "Read again" : "Read it"),
    button("Delete", () => trying(removed)),
  );
  const form = { class: "panel", submit: start, "aria-label": "How to read" };
  place.replaceChildren(
    element("div", { class: "setup" }, where.node, element("form", form, how.node, problem, acts)),
  );
}

/** A frame with the regions in which is read; those that a person marked are ``values()``. */
function whereOf(job, signal) {
  const picture = element("img", { alt: "A frame of the film", draggable: "false" });
  const finding = element("p", { class: "finding", role: "status" });
  const hint = element("p", { class: "soft" });
  const editor = new RegionEditor(picture, told);

  function told() {
    const count = editor.regions.length;
    if (editor.isTouched && count) hint.textContent = "Only what is marked is read.";
    else if (count) hint.textContent = "Found by a quick look. Move it if it is wrong.";
    else hint.textContent = "Nothing is marked: the whole film is looked at for subtitles.";
  }

  async function find() {
    editor.reset();
    finding.textContent = "Looking where subtitles stand…";
    const path = `/v1/jobs/${job.id}/region`;
    const found = await trying(() => post(path, { options: {} }, { signal }));
    finding.textContent = "";
    if (!found || editor.isTouched) return;
    editor.show(found.regions.map((each) => fractions(each, found)));
    told();
    say(found.regions.length ? "A region was found" : "No region was found");
  }

  function values() {
    const isOwn = editor.isTouched && editor.regions.length;
    return isOwn ? { regions: editor.regions.map(percents) } : {};
  }

  const keys = "Drag a region or its corners. By keys: arrows move, with Shift they resize, Delete removes.";
  const node = element(
    "section",
    { class: "panel", "aria-label": "Where to look" },
    element("div", { class: "stage" }, picture, editor.node, finding),
    sliderOf(job, picture),
    hint,
    element(
      "div",
      { class: "acts" },
      button("Mark a region", () => editor.add()),
      button("Find again", find),
    ),
    element("p", { class: "soft keys" }, keys),
  );
  const given = regionsOf(job);
  if (given) editor.show(given, true);
  else find();
  told();
  return { node, values };
}

/** The regions that the job was given before, as fractions; null where there are none. */
function regionsOf({ options, film: { width, height } }) {
  const specs = options.regions;
  if (!specs?.length) return null;
  const share = (text, all) => (text.endsWith("%") ? parseFloat(text) / 100 : parseFloat(text) / all);
  return [specs].flat().map((spec) => {
    const [x, y, w, h] = spec.split(",").map((part) => part.trim());
    return [share(x, width), share(y, height), share(w, width), share(h, height)];
  });
}

const fractions = ({ x, y, width, height }, whole) => [
  x / whole.width, y / whole.height, width / whole.width, height / whole.height,
];
const percents = (region) => region.map((each) => `${(100 * each).toFixed(2)}%`).join(",");

/** Goes through the film's frames. */
function sliderOf(job, picture) {
  const duration = job.film.duration_us || 0;
  const at = Math.floor(duration / 3);
  const time = element("output", {}, shortClock(at));
  let settling = 0;
  const show = (us) => showing(picture, `/v1/jobs/${job.id}/frame?side=1280&time_us=${us}`);
  const input = element("input", {
    type: "range", min: 0, max: Math.max(1, duration - 1), step: 40_000, value: at,
    input: () => {
      time.textContent = shortClock(Number(input.value));
      input.setAttribute("aria-valuetext", time.textContent);
      clearTimeout(settling);
      settling = setTimeout(() => show(Math.round(Number(input.value))), SETTLE_MS);
    },
  });
  show(at);
  const slider = field("Frame", input);
  slider.classList.add("slider");
  slider.append(time);
  slider.hidden = !duration;
  return slider;
}
