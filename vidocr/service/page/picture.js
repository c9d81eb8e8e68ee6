// A picture: dropped, pasted or chosen, and what the engine says of it.

import { request } from "./api.js";
import { button, drawn, element, field, named, say } from "./dom.js";
import { onDrop } from "./films.js";
import { percent, size } from "./times.js";

const TABLE = "把图中的表格解析为HTML。"; // in these words the model was taught it
const TASKS = [
  ["text", "All text", "Every line of the picture."],
  ["subtitle", "Subtitles", "The words of a subtitle alone."],
  ["spot", "Spotting", "Lines with boxes, drawn on the picture."],
  ["fields", "Fields", "What stands in the fields that you name, as JSON."],
  ["table", "Table", "A table as HTML."],
  ["translate", "Translation", "The text in another language."],
  ["prompt", "Your prompt", "Any question about the picture."],
];

export async function showPicture(place, { abilities, signal }) {
  document.title = "Picture · vidocr";
  let file = null;
  let shown = "";
  const input = element("input", {
    type: "file", accept: "image/*", class: "unseen", id: "picture", change: () => take(input.files),
  });
  const image = element("img", { alt: "The picture", hidden: true });
  const boxes = drawn("svg", { class: "boxes", "aria-hidden": "true" });
  const invite = element("p", { class: "lead" }, "Drop or paste a picture here");
  const name = element("p", { class: "facts" });
  const area = element(
    "div",
    { class: "drop canvas" },
    element("div", { class: "stage" }, image, boxes),
    invite,
    name,
    element(
      "div",
      { class: "acts" },
      input,
      element("label", { class: "button", for: "picture" }, "Choose a picture…"),
    ),
  );
  const problem = element("p", { class: "problem", role: "alert" });
  const answer = element("section", { class: "panel answer", "aria-label": "Answer", hidden: true });
  const task = tasksOf(abilities);
  const ask = element("button", { class: "main", disabled: true }, "Read the picture");

  function take(files) {
    [file] = files;
    if (!file) return;
    URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(file);
    image.src = shown;
    image.hidden = false;
    invite.hidden = true;
    ask.disabled = false;
    name.replaceChildren(named(file.name), ` · ${size(file.size)}`);
    const most = abilities.image_bytes;
    problem.textContent = file.size > most ? `It is larger than ${size(most)}.` : "";
    answer.hidden = true;
    boxes.replaceChildren();
    say(`${file.name} is here`);
  }

  async function asked(event) {
    event.preventDefault();
    problem.textContent = "";
    ask.disabled = true;
    ask.textContent = "Reading…";
    try {
      const body = new FormData();
      body.append("image", file);
      for (const [key, value] of Object.entries(task.values())) body.append(key, value);
      const told = await (await request("/v1/ocr", { method: "POST", body, signal })).json();
      answer.replaceChildren(...answerOf(told, task.chosen()));
      answer.hidden = false;
      draw(boxes, told);
      say("The answer is here");
    } catch (error) {
      if (error.name !== "AbortError") problem.textContent = error.message;
    } finally {
      ask.disabled = false;
      ask.textContent = "Read the picture";
    }
  }

  image.addEventListener("error", () => {
    if (!file) return;
    image.hidden = true;
    invite.hidden = false;
    invite.textContent = "The browser can't show this picture; it can be read all the same.";
  });
  onDrop(area, take, signal);
  document.addEventListener(
    "paste",
    ({ clipboardData }) => clipboardData.files.length && take(clipboardData.files),
    { signal },
  );
  signal.addEventListener("abort", () => URL.revokeObjectURL(shown));
  place.replaceChildren(
    element("h1", {}, "Picture"),
    element(
      "div",
      { class: "asking" },
      area,
      element(
        "form",
        { class: "panel", submit: asked, "aria-label": "What to do with the picture" },
        task.node,
        problem,
        element("div", { class: "acts" }, ask),
      ),
      answer,
    ),
  );
}

/** The choice of a task, with the fields that it needs. */
function tasksOf({ tasks, prompts, reads }) {
  const can = (name) => (name === "table" || name === "prompt" ? prompts : tasks.includes(name));
  const keys = element("input", { placeholder: "name, date, total" });
  const language = element("input", { value: "English" });
  const prompt = element("textarea", { rows: 3 });
  const more = {
    fields: field("Fields, with commas", keys),
    translate: field("Into which language", language),
    prompt: field("Prompt", prompt),
  };
  const first = TASKS.find(([name]) => can(name))[0];
  const radios = TASKS.map(([name]) =>
    element("input", {
      type: "radio", name: "task", value: name, checked: name === first, disabled: !can(name),
      "aria-describedby": can(name) ? `about-${name}` : `about-${name} cannot`, change: update,
    }),
  );
  const chosen = () => radios.find(({ checked }) => checked).value;
  const choices = TASKS.map(([name, title, about], at) =>
    element(
      "label",
      { class: "choice" },
      radios[at],
      element("span", {}, title),
      element("small", { id: `about-${name}` }, about),
    ),
  );
  const cannot = element(
    "p",
    { class: "soft cannot", id: "cannot" },
    `The grey ones need a model, and ${reads} reads here: the operator has to start vidocr serve ` +
      "with --engine hunyuan or server.",
  );
  cannot.hidden = TASKS.every(([name]) => can(name));
  const node = element(
    "fieldset",
    {},
    element("legend", {}, "What to do"),
    ...choices,
    cannot,
    ...Object.values(more),
  );

  function update() {
    for (const [name, input] of Object.entries(more)) {
      input.hidden = name !== chosen();
      input.querySelector("input, textarea").required = name === chosen();
    }
  }

  function values() {
    const name = chosen();
    if (name === "table") return { prompt: TABLE };
    if (name === "prompt") return { prompt: prompt.value };
    const own = { fields: { keys: keys.value }, translate: { language: language.value } };
    return { task: name, ...own[name] };
  }

  update();
  return { node, chosen, values };
}

function answerOf(told, task) {
  const text = task === "fields" ? pretty(told.text) : told.text;
  const copied = element("small", { role: "status" });
  async function copy(what) {
    try {
      await navigator.clipboard.writeText(what);
      copied.textContent = "Copied";
    } catch {
      copied.textContent = "The browser does not let the page copy; mark the text and press Ctrl+C";
    }
  }
  const shown = element("pre", { dir: "auto", tabindex: 0 }, text || "No text was found.");
  const facts = [told.engine, `${percent(told.confidence)} sure`, told.cut_off ? "cut off" : null];
  return [
    element("h2", {}, "Answer"),
    shown,
    element(
      "div",
      { class: "acts" },
      button("Copy", () => copy(text), { class: "main" }),
      button("Copy as JSON", () => copy(JSON.stringify(told, null, 2))),
      copied,
      element("small", { class: "facts" }, facts.filter(Boolean).join(" · ")),
    ),
  ];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text.replace(/^```(?:json)?\s*|\s*```$/g, "")), null, 2);
  } catch {
    return text; // the model did not write JSON: what it wrote is shown
  }
}

/** Boxes of lines over the picture. */
function draw(svg, { width, height, lines }) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const found = lines.filter(({ box }) => box);
  svg.replaceChildren(
    ...found.map(({ box: [x0, y0, x1, y1], text }) =>
      drawn("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }, drawn("title", {}, text)),
    ),
  );
}
