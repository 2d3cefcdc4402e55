// A menu is a <details>: it opens by click, Enter and Space. This closes it on Escape, by a click beside it, and when the
// focus leaves it.
"use strict";

(() => {
  const openMenu = () => document.querySelector("details[data-menu][open]");

  document.addEventListener("keydown", (event) => {
    const menu = openMenu();
    if (event.key === "Escape" && menu && !document.querySelector("dialog[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("click", (event) => {
    const menu = openMenu();
    if (menu && !menu.contains(event.target) && !event.target.closest("dialog")) menu.open = false;
  });

  document.addEventListener("focusin", (event) => {
    const menu = openMenu();
    if (menu && !menu.contains(event.target) && !event.target.closest("dialog")) menu.open = false;
  });
})();
