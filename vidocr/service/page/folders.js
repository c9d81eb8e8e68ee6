// A film picked under the folders that the operator allows.

import { get, post } from "./api.js";
import { button, element, named, trying } from "./dom.js";
import { size } from "./times.js";

/** Show the folders; a film that is picked is set up next. */
export function pick(roots) {
  const list = element("ul", { class: "entries" });
  const where = element("p", { class: "soft path" });
  const dialog = element(
    "dialog",
    { class: "wide", "aria-labelledby": "folders", close: () => dialog.remove() },
    element("h2", { id: "folders" }, "Films on the server"),
    where,
    list,
    element("div", { class: "acts" }, button("Close", () => dialog.close())),
  );

  const entry = (kind, name, act, more = null) =>
    element("li", {}, button(named(name), act, { class: `entry ${kind}` }), more);

  function top() {
    where.textContent = "Folders that the operator allows";
    list.replaceChildren(...roots.map((root) => entry("folder", root, () => open(root, root))));
    list.querySelector("button")?.focus();
  }

  async function open(path, root) {
    const found = await trying(() => get(`/v1/films?under=${encodeURIComponent(path)}`));
    if (!found) return;
    where.replaceChildren(named(found.folder));
    const parent = found.folder.slice(0, found.folder.lastIndexOf("/"));
    const up = found.folder === root ? top : () => open(parent, root);
    list.replaceChildren(
      entry("folder up", "Up", up),
      ...found.entries.map((each) =>
        each.folder
          ? entry("folder", each.name, () => open(each.path, root))
          : entry("", each.name, () => take(each.path), element("small", {}, size(each.bytes))),
      ),
    );
    list.querySelector("button").focus();
  }

  async function take(path) {
    dialog.close();
    const job = await trying(() => post("/v1/jobs", { path, hold: true }));
    if (job) location.hash = `#/jobs/${job.id}`;
  }

  document.body.append(dialog);
  dialog.showModal();
  if (roots.length === 1) open(roots[0], roots[0]);
  else top();
}
