// The page: which part is shown, and who is asked for a token.

import { askBy, forget, get, getsMedia, lendTokenToMedia, token } from "./api.js";
import { tokenAsked } from "./dialogs.js";
import { $, element, trying } from "./dom.js";
import { showFilms } from "./films.js";
import { showJob } from "./job.js";
import { showPicture } from "./picture.js";

const ROUTES = [
  [/^#\/jobs\/([0-9a-f]{24})$/, showJob, "to-films"],
  [/^#\/picture$/, showPicture, "to-picture"],
  [/^/, showFilms, "to-films"],
];

let leaving = new AbortController();
let abilities = null;

/** Show the part that the address names; what the last one began ends. */
async function show() {
  const [pattern, view, link] = ROUTES.find(([each]) => each.test(location.hash));
  const [, id] = pattern.exec(location.hash);
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  $("told").replaceChildren();
  document.querySelectorAll("dialog[open]").forEach((each) => each.close());
  for (const each of document.querySelectorAll("nav a")) {
    if (each.id === link) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  await trying(async () => {
    abilities ??= await get("/v1/engines");
    if (token()) await lent();
    if (!signal.aborted) await view($("main"), { id, abilities, signal });
  });
  if (!abilities) $("main").replaceChildren(element("h1", {}, "vidocr"));
}

async function lent() {
  $("forget").hidden = false;
  if (getsMedia()) await lendTokenToMedia();
}

askBy(tokenAsked);
$("forget").addEventListener("click", () => {
  forget();
  location.hash = "#/";
  location.reload();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
addEventListener("hashchange", () => {
  show();
  $("main").focus({ preventScroll: true });
  scrollTo(0, 0);
});
show();
