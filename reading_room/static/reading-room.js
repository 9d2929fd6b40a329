// Everything works without this file; it adds a few comforts.
"use strict";

// A picture that does not load gives way, with the link that it is, to a quiet line above its caption.
function giveWay(image) {
  (image.closest("a") ?? image).hidden = true;
  const lost = image.closest(".picture").querySelector(".lost");
  if (lost) lost.hidden = false;
}
for (const image of document.querySelectorAll(".picture img")) {
  if (image.complete && image.currentSrc && image.naturalWidth === 0) giveWay(image);
  image.addEventListener("error", () => giveWay(image));
}

// Buttons that copy the text of another element.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
}

// A menu closes when the page is clicked elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.nav-menu, details.actions-menu-links")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Keys walk the chain of articles; not where letters are typed, or arrows move something else.
const walk = document.querySelector("[data-walk]");
if (walk) {
  for (const shown of walk.querySelectorAll(".keys")) shown.hidden = false;
  const keys = { j: "prev", ArrowLeft: "prev", k: "next", ArrowRight: "next" };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], .text table")) return;
    const link = keys[event.key] && walk.querySelector(`a[rel=${keys[event.key]}]`);
    if (link) link.click();
  });
}

// What Datasette's script for tables says, in the language of the page.
const words = document.getElementById("table-words");
if (words) {
  document.addEventListener("DOMContentLoaded", () => {
    for (const { name, value } of words.attributes) {
      const link = name.startsWith("data-dropdown-") && document.querySelector(`a.${name.slice(5)}`);
      if (link) link.textContent = value;
    }
    for (const link of document.querySelectorAll(".filter-row > a")) {
      link.setAttribute("aria-label", words.dataset.remove);
    }
  });
}

// The field that CodeMirror puts in place of the one for SQL has no name of its own.
window.addEventListener("load", () => {
  for (const field of document.querySelectorAll(".CodeMirror textarea")) {
    field.setAttribute("aria-label", "SQL");
  }
});
