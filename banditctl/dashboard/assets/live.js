// Asks for the page again every few seconds, and takes over the parts of it that have changed.
"use strict";

const EVERY = 3000;
const trouble = document.getElementById("trouble");

function tell(words) {
  if (trouble.textContent !== words) trouble.textContent = words;
}

// What somebody is in the middle of is left as it is until they are done.
function replace(part, fresh) {
  if (part.innerHTML === fresh.innerHTML) return;
  if (part.contains(document.activeElement) || part.querySelector(".mark:hover")) return;
  for (const details of part.querySelectorAll("details[open]")) {
    const same = fresh.querySelector(`#${details.id}`);
    if (same) same.open = true;
  }
  part.replaceChildren(...fresh.childNodes);
}

async function refresh() {
  const answer = await fetch(location.pathname, { cache: "no-store", redirect: "manual" });
  // Whoever may not look any more is led to where that is said.
  if (answer.type === "opaqueredirect") {
    location.reload();
    return;
  }
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = [...document.querySelectorAll("[data-live]")];
  // Something new has come, or something is gone: then the page has another shape.
  if (parts.length !== fresh.querySelectorAll("[data-live]").length) {
    location.reload();
    return;
  }
  for (const part of parts) replace(part, fresh.getElementById(part.id));
  tell("");
}

async function watch() {
  if (!document.hidden) {
    await refresh().catch(() => tell("The daemon does not answer; what is shown may be out of date."));
  }
  setTimeout(watch, EVERY);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh().catch(() => {});
});
setTimeout(watch, EVERY);
