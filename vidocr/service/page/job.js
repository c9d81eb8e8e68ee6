// A film: set up, followed while it is read, then reviewed, as its state wants it.

import { follow, get, request } from "./api.js";
import { confirmed } from "./dialogs.js";
import { button, element, named, say, trying } from "./dom.js";
import { STATES, factsOf } from "./films.js";
import { showing } from "./pictures.js";
import { showReview } from "./review.js";
import { showSetup } from "./setup.js";
import { lasting, percent } from "./times.js";

const AGAIN_MS = 2000;

export async function showJob(place, { id, abilities, signal }) {
  const job = await get(`/v1/jobs/${id}`, { signal });
  document.title = `${job.name} · vidocr`;
  const body = element("div");
  const facts = element("p", { class: "facts" });
  place.replaceChildren(
    element(
      "header",
      { class: "title" },
      element("a", { class: "back", href: "#/" }, "Films"),
      element("h1", {}, named(job.name)),
      facts,
    ),
    body,
  );

  async function present(now) {
    facts.textContent = factsOf({ ...now, progress: null }).join(" · ");
    const show = { held: showSetup, failed: showSetup, done: showReview }[now.state] || showProgress;
    await show(body, { job: now, abilities, signal, started: present });
  }

  async function showProgress(where, { job: now }) {
    const view = progressOf(now);
    where.replaceChildren(view.node);
    say(STATES[now.state]);
    const over = await followed(now, view, signal);
    if (over && !signal.aborted) await present(over);
  }

  await present(job);
}

/** Follow a job until it has ended, through breaks of the connection; gives what became of it. */
async function followed(job, view, signal) {
  let now = job;
  while (!signal.aborted) {
    const on = {
      job: (told) => view.update((now = told)),
      progress: (told) => view.update((now = { ...now, progress: told })),
      gone: () => (location.hash = "#/"),
    };
    await trying(() => follow(`/v1/jobs/${job.id}/events`, on, signal));
    if (now.state === "done" || now.state === "failed") return now;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  return null;
}

function progressOf(job) {
  const title = element("p", { class: "lead" });
  const bar = element("progress", { max: 1, "aria-label": "How much of the film is read" });
  const figures = element("p", { class: "soft", "aria-live": "off" });
  const middle = Math.floor((job.film.duration_us || 0) / 3);
  const node = element(
    "section",
    { class: "panel progress" },
    showing(element("img", { alt: "" }), `/v1/jobs/${job.id}/frame?side=640&time_us=${middle}`),
    title,
    bar,
    figures,
    element("div", { class: "acts" }, button("Cancel", () => trying(() => cancelled(job)))),
  );
  function update({ state, progress }) {
    title.textContent = state === "queued" ? "Waiting for its turn" : "Reading the subtitles";
    if (progress?.share) bar.value = progress.share;
    else bar.removeAttribute("value");
    const eta = progress?.eta_s;
    figures.textContent = [
      progress?.share ? percent(progress.share) : null,
      progress?.speed ? `${progress.speed.toFixed(1)} × as fast as it plays` : null,
      eta === null || eta === undefined ? null : `${lasting(Math.ceil(eta) * 1e6)} left`,
    ].filter(Boolean).join(" · ") || " ";
  }
  update(job);
  return { node, update };
}

async function cancelled(job) {
  const more = `${job.name}: the film here and all that was made of it are removed.`;
  if (!(await confirmed("Stop reading this film?", more, "Stop"))) return;
  await request(`/v1/jobs/${job.id}`, { method: "DELETE" });
  location.hash = "#/";
}
