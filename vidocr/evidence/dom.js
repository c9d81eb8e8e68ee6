// Elements and words that all parts of the page share. Texts of the film only ever become text
// nodes, never markup.

const $ = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text. Null children are left out. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** An element of SVG. */
function drawn(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Lines of a text, each in a direction of its own. */
function lines(texts, language) {
  return texts.map((text) => element("span", { class: "line", dir: "auto", lang: language }, text));
}

function picture(base64, alt) {
  return element("img", { src: `data:image/jpeg;base64,${base64}`, alt });
}

const two = (number) => String(number).padStart(2, "0");

/** 1:02:03.480, or 2:03.480 in the first hour. */
function clock(us) {
  const ms = Math.round(us / 1000);
  const [hours, minutes] = [Math.floor(ms / 3600000), Math.floor(ms / 60000) % 60];
  const seconds = `${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
  return hours ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** As clock, to the second. */
const shortClock = (us) => clock(us).replace(/\.\d+$/, "");

/** 0.48 s, 12.5 s, 3 min 05 s or 1 h 02 min. */
function lasting(us) {
  const seconds = us / 1e6;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

const figure = new Intl.NumberFormat("en").format;
const counted = (number, noun) => `${figure(number)} ${noun}${number === 1 ? "" : "s"}`;

const isDoubtful = (cue) => cue.bad >= facts.doubtful;
