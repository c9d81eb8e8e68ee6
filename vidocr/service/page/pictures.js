// Pictures of the API: the browser gets them, or the page does where the browser has no token.

import { getsMedia, request } from "./api.js";

const AHEAD = "800px";
const asked = new WeakMap(); // by image: what stops the getting of its picture
const waiting = new WeakMap(); // by lazy image that is not near: the path of its picture
const near = new IntersectionObserver(came, { rootMargin: AHEAD, scrollMargin: AHEAD });

/** Have an image show what stands at a path; one that is lazy, once it comes near. Gives it. */
export function showing(image, path) {
  if (getsMedia()) {
    image.src = path;
  } else if (image.loading === "lazy") {
    waiting.set(image, path);
    near.observe(image);
  } else {
    show(image, path);
  }
  return image;
}

function came(entries) {
  for (const { target } of entries.filter((each) => each.isIntersecting)) {
    near.unobserve(target);
    target.loading = "eager"; // else it is put off twice
    show(target, waiting.get(target));
  }
}

/** Get a picture and show it, instead of what the image waits for. */
async function show(image, path) {
  asked.get(image)?.abort();
  const getting = new AbortController();
  asked.set(image, getting);
  try {
    const answer = await request(path, { signal: getting.signal });
    const href = URL.createObjectURL(await answer.blob());
    const done = () => URL.revokeObjectURL(href);
    for (const event of ["load", "error"]) image.addEventListener(event, done, { once: true });
    image.src = href;
  } catch (error) {
    // As where the browser gets it: the image has none, and those who listen to it know.
    if (error.name !== "AbortError") image.dispatchEvent(new Event("error"));
  }
}
