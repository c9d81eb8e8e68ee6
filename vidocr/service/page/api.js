// The HTTP API: requests, uploads, events and downloads, with a token where one is asked for.

import { element } from "./dom.js";

const KEY = "vidocr-token";
let asking = null;
let ask = async () => null;

export const token = () => sessionStorage.getItem(KEY);
export const forget = () => sessionStorage.removeItem(KEY);

/** Who gets a token from the person: called with what the server said, gives it or null. */
export function askBy(asker) {
  ask = asker;
}

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(status, code, message, headers) {
    super(message);
    Object.assign(this, { status, code, headers });
  }
}

const headers = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

/** An answer; ``json`` is sent as the body. A token is asked for where the API wants one. */
export async function request(path, { method = "GET", json, body, signal } = {}) {
  const sent = { method, signal, headers: headers(), body };
  if (json !== undefined) {
    sent.headers["Content-Type"] = "application/json";
    sent.body = JSON.stringify(json);
  }
  const answer = await reached(() => fetch(path, sent));
  if (answer.ok) return answer;
  const refused = refusal(answer.status, await answer.text(), answer.headers);
  if (await signedIn(refused, sent.headers.Authorization)) {
    return request(path, { method, json, body, signal });
  }
  throw refused;
}

export const get = async (path, options) => (await request(path, options)).json();
export const post = async (path, json, options) =>
  (await request(path, { method: "POST", json, ...options })).json();

async function reached(send) {
  try {
    return await send();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "unreachable", "The service can't be reached. Is it running?");
  }
}

function refusal(status, text, head) {
  try {
    const { code, message } = JSON.parse(text).error;
    return new Refused(status, code, message, head);
  } catch {
    return new Refused(status, "unknown", `The service answered ${status}.`, head);
  }
}

/** Whether there is another token now than the one that was refused. */
async function signedIn(refused, used) {
  if (refused.status !== 401) return false;
  if (headers().Authorization === used) {
    asking ??= ask(refused.message).finally(() => (asking = null));
    const given = await asking;
    if (!given) return false;
    sessionStorage.setItem(KEY, given);
  }
  return true;
}

/** Send a form and tell how much of it has gone; gives the JSON of the answer. */
export function upload(path, form, onProgress, signal) {
  return new Promise((done, fail) => {
    const sender = new XMLHttpRequest();
    sender.open("POST", path);
    for (const [name, value] of Object.entries(headers())) sender.setRequestHeader(name, value);
    sender.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded, total));
    sender.addEventListener("load", () => {
      if (sender.status < 300) done(JSON.parse(sender.responseText));
      else fail(refusal(sender.status, sender.responseText, new Headers()));
    });
    sender.addEventListener("error", () =>
      fail(new Refused(0, "unreachable", "The connection broke; send the film again.")),
    );
    sender.addEventListener("abort", () => fail(new DOMException("cancelled", "AbortError")));
    signal.addEventListener("abort", () => sender.abort());
    sender.send(form);
  });
}

/** Follow server-sent events: ``on[event](data)``. Ends when the server ends it. */
export async function follow(path, on, signal) {
  const answer = await request(path, { signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reached(() => reader.read());
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const event = lines.find((line) => line.startsWith("event:"))?.slice(6).trim();
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
      if (on[event]) on[event](JSON.parse(data.join("\n")));
    }
  }
}

/** Have the browser save what stands there, under the name that the server gives. */
export async function download(path) {
  const answer = await request(path);
  const given = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") || "");
  const href = URL.createObjectURL(await answer.blob());
  const name = given ? decodeURIComponent(given[1]) : "track";
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** Whether browsers can get pictures and films by themselves: without a token, or by a worker that
 * puts it on them, which a page that came by plain HTTP from afar can't have. */
export const getsMedia = () => !token() || Boolean(navigator.serviceWorker);

/** Let pictures and films, which the browser asks for itself, go with the token, too. */
export async function lendTokenToMedia() {
  navigator.serviceWorker.addEventListener("message", ({ ports }) => ports[0]?.postMessage(token()));
  const held = new Promise((done) =>
    navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }),
  );
  await navigator.serviceWorker.register("/page/worker.js", { scope: "/" });
  const { active } = await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller) return;
  active.postMessage("claim");
  await held;
}
