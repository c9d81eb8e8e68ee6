// Films: dropped, chosen or picked, on their way, and those that are here.

import { get, request, upload } from "./api.js";
import { confirmed } from "./dialogs.js";
import { button, element, named, say, tell, trying } from "./dom.js";
import { pick } from "./folders.js";
import { showing } from "./pictures.js";
import { counted, lasting, percent, size } from "./times.js";

const LOOK_MS = 1500;
export const STATES = {
  held: "to set up", queued: "waiting", running: "being read", done: "read", failed: "failed",
};

export async function showFilms(place, { abilities, signal }) {
  document.title = "Films · vidocr";
  const list = element("ul", { class: "jobs" });
  const none = element("p", { class: "none", hidden: true }, "No films yet.");
  const sending = element("ul", { class: "jobs sending" });
  const more = button("Show older ones", () => grow());
  const { roots } = await get("/v1/films", { signal });
  place.replaceChildren(
    element("h1", {}, "Films"),
    dropArea((files) => sent([...files], sending, abilities, signal), roots, signal),
    sending,
    element("h2", { class: "unseen" }, "Films that are here"),
    list,
    none,
    more,
  );
  const rows = new Map();
  let most = 50;
  async function look() {
    const found = await get(`/v1/jobs?limit=${most}`, { signal });
    const ids = found.jobs.map(({ id }) => id);
    for (const [id, row] of rows) if (!ids.includes(id)) forgotten(rows, id, row);
    found.jobs.forEach((job, at) => {
      if (!rows.has(job.id)) rows.set(job.id, rowOf(job, look));
      const row = rows.get(job.id);
      row.update(job);
      if (list.children[at] !== row.node) list.insertBefore(row.node, list.children[at] || null);
    });
    none.hidden = found.jobs.length > 0;
    more.hidden = !found.next;
  }
  function grow() {
    most = Math.min(1000, most * 2);
    trying(look);
  }
  async function lookOn() {
    if (signal.aborted) return;
    try {
      if (!document.hidden) await look();
    } catch (error) {
      if (error.name !== "AbortError") tell(error.message);
      if (error.status === 401) return; // who does not sign in is not asked again and again
    }
    setTimeout(lookOn, LOOK_MS);
  }
  await look();
  setTimeout(lookOn, LOOK_MS);
}

function forgotten(rows, id, row) {
  row.node.remove();
  rows.delete(id);
}

function dropArea(take, roots, signal) {
  const input = element("input", {
    type: "file", multiple: true, accept: "video/*,.mkv,.ts,.m2ts,.flv,.wmv,.vob", class: "unseen",
    id: "film", change: () => take(input.files),
  });
  const area = element(
    "section",
    { class: "drop", "aria-label": "Add films" },
    element("p", { class: "lead" }, "Drop a film here"),
    element("p", { class: "soft" }, "Its burned-in subtitles become a track that you can mend."),
    element(
      "div",
      { class: "acts" },
      input,
      element("label", { class: "button main", for: "film" }, "Choose a film…"),
      roots.length ? button("On the server…", () => pick(roots)) : null,
    ),
  );
  onDrop(area, take, signal);
  return area;
}

/** Have files taken that are dropped anywhere on the page. */
export function onDrop(area, take, signal) {
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  const on = (kind, act) =>
    document.addEventListener(kind, (event) => isFiles(event) && act(event), { signal });
  on("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  on("dragleave", (event) => event.relatedTarget || area.classList.remove("over"));
  on("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    take(event.dataTransfer.files);
  });
}

/** Send films, one after another. A single one is set up first, several start as they are. */
async function sent(files, place, abilities, leaving) {
  const hold = files.length === 1;
  const waiting = files.map((file) => sendingOf(file, place, leaving));
  for (const each of waiting) {
    const job = await trying(() => each.send(abilities.upload_bytes, hold));
    if (job && hold && !leaving.aborted) location.hash = `#/jobs/${job.id}`;
  }
}

function sendingOf(file, place, leaving) {
  const stopping = new AbortController();
  const bar = element("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
  const status = element("small", {}, "waits");
  const row = element(
    "li",
    { class: "job" },
    element("div", { class: "what" }, element("strong", {}, named(file.name)), status),
    bar,
    element("div", { class: "acts" }, button("Cancel", () => stopping.abort())),
  );
  place.append(row);
  leaving.addEventListener("abort", () => stopping.abort());
  async function send(most, hold) {
    try {
      if (stopping.signal.aborted) return null;
      if (file.size > most) throw new Error(`${file.name}: is larger than ${size(most)}`);
      const form = new FormData();
      form.append("hold", String(hold));
      form.append("film", file);
      const told = (gone, all) => {
        bar.value = gone / all;
        status.textContent = gone < all ? `${size(gone)} of ${size(all)}` : "is looked at";
      };
      const job = await upload("/v1/jobs", form, told, stopping.signal);
      say(`${file.name} has arrived`);
      return job;
    } finally {
      row.remove();
    }
  }
  return { send };
}

/** The row of a job: made once, told of later states. */
function rowOf(job, changed) {
  const href = `#/jobs/${job.id}`;
  const status = element("p", { class: "facts" });
  const chip = element("span", { class: "chip" });
  const bar = element("progress", { max: 1, "aria-label": `Reading ${job.name}` });
  const open = element("a", { class: "button", href });
  const remove = button("", () => trying(removed));
  const picture = element("img", { alt: "", loading: "lazy", error: () => picture.remove() });
  const middle = Math.floor((job.film.duration_us || 0) / 3);
  showing(picture, `/v1/jobs/${job.id}/frame?side=320&time_us=${middle}`);
  const node = element(
    "li",
    { class: "job" },
    element("a", { class: "thumb", href, tabindex: -1, "aria-hidden": "true" }, picture),
    element(
      "div",
      { class: "what" },
      element("a", { class: "title", href }, named(job.name)),
      chip,
      status,
      bar,
    ),
    element("div", { class: "acts" }, open, remove),
  );
  let said = "";
  async function removed() {
    const isOver = job.state === "done" || job.state === "failed";
    const [question, verb] = isOver ? ["Delete this film?", "Delete"] : ["Stop this?", "Stop"];
    const more = `${job.name}: the film here and all that was made of it are removed.`;
    if (!(await confirmed(question, more, verb))) return;
    await request(`/v1/jobs/${job.id}`, { method: "DELETE" });
    await changed();
  }
  function update(now) {
    job = now;
    if (JSON.stringify(now) === said) return; // what is read aloud stays
    said = JSON.stringify(now);
    node.dataset.state = now.state;
    chip.textContent = STATES[now.state];
    status.textContent = now.error?.message || factsOf(now).join(" · ");
    bar.hidden = now.state !== "running";
    if (now.progress?.share) bar.value = now.progress.share;
    else bar.removeAttribute("value");
    const verbs = { held: "Set up", done: "Review", failed: "Look" };
    open.textContent = verbs[now.state] || "Follow";
    remove.textContent = now.state === "queued" || now.state === "running" ? "Cancel" : "Delete";
    for (const [each, verb] of [[open, open.textContent], [remove, remove.textContent]]) {
      each.setAttribute("aria-label", `${verb} ${now.name}`);
    }
  }
  return { node, update };
}

/** What there is to know of a job, in a few words. */
export function factsOf({ film, cues, engine, ends_early, revision, progress }) {
  return [
    progress?.share ? percent(progress.share) : null,
    cues === null ? null : counted(cues, "cue"),
    revision ? "edited" : null,
    ends_early ? "ends early: the film may be cut off" : null,
    film.duration_us === null ? null : lasting(film.duration_us),
    `${film.width} × ${film.height}`,
    size(film.bytes),
    engine || null,
  ].filter(Boolean);
}
