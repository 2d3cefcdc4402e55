// Accessibility fixes of unfold's pages that are not possible in templates: icons read out as words, elements that work
// only with a mouse, panels that lose the focus, and messages that screen readers do not announce.
"use strict";

(() => {
  const ICONS = ".material-symbols-outlined";
  const NATIVE = "a[href], button, input, select, textarea, summary, label";
  const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea:not([disabled]), [tabindex='0']";
  const LAYERS = "[data-shs-layer]";

  const isShown = (element) => element.checkVisibility({ checkVisibilityCSS: true });
  const words = () => document.getElementById("shs-words")?.dataset || {};
  const isPressed = (element) => [...element.attributes].some(({ name }) => name === "x-on:click" || name === "@click");

  // The text of an icon is its name in the icon font, not something to read out.
  const silence = (icon) => icon.setAttribute("aria-hidden", "true");

  // An icon that is itself the button must not be hidden from screen readers.
  const hasWords = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(ICONS).forEach((icon) => icon.remove());
    return copy.matches(ICONS) ? false : copy.textContent.trim() !== "";
  };

  const makeControl = (element) => {
    if (element.matches(NATIVE) || element.hasAttribute("role") || element.getAttribute("aria-hidden") === "true") return;
    element.setAttribute("role", "button");
    element.tabIndex = 0;
    if (!hasWords(element) && !element.title) element.setAttribute("aria-label", words().more);
    element.addEventListener("keydown", (event) => {
      if (event.target === element && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        element.click();
      }
    });
  };

  // A button or a link with only an icon.
  const name = (control) => {
    if (hasWords(control) || control.title || control.hasAttribute("aria-label") || control.querySelector("img[alt]")) return;
    const known = { search: words().search, progress_activity: words().search };
    const icon = control.querySelector(ICONS)?.textContent.trim();
    const isHome = control.matches("#nav-sidebar a");
    control.setAttribute("aria-label", (isHome ? words().home : known[icon]) || words().more);
  };

  // select2 labels its box with the selected value, so an empty box has no label.
  const nameBox = (box) => {
    const select = box.closest(".select2-container")?.previousElementSibling;
    const label = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    if (!label) return;
    label.id ||= `${select.id}-label`;
    const shown = box.querySelector(".select2-selection__rendered");
    box.setAttribute("aria-labelledby", [label.id, shown?.id].filter(Boolean).join(" "));
    shown?.setAttribute("aria-labelledby", label.id);
  };

  // A scrollable element must be reachable by keyboard.
  const makeScrollable = (box) => {
    if (box.scrollWidth > box.clientWidth && !box.querySelector(FOCUSABLE)) box.tabIndex = 0;
  };

  const repair = (root) => {
    const every = (selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
    every("*").filter(isPressed).forEach(makeControl);
    every(`:is(a[href], button):has(${ICONS})`).forEach(name);
    every(ICONS).filter((icon) => icon.getAttribute("role") !== "button").forEach(silence);
    every(".select2-selection").forEach(nameBox);
    every(".shs-wide, .shs-table-box").forEach(makeScrollable);
    every(LAYERS).forEach(watchLayer);
  };

  // The focus enters a panel that opens, stays in it, and returns to where it came from.
  const watched = new WeakSet();
  const watchLayer = (layer) => {
    if (watched.has(layer)) return;
    watched.add(layer);
    let opener = null;
    let wasShown = isShown(layer);
    new MutationObserver(() => {
      if (isShown(layer) === wasShown) return;
      wasShown = !wasShown;
      if (wasShown) {
        if (!layer.contains(document.activeElement)) opener = document.activeElement;
        [...layer.querySelectorAll(FOCUSABLE)].find(isShown)?.focus();
      } else {
        opener?.focus();
        opener = null;
      }
    }).observe(layer, { attributes: true, attributeFilter: ["style", "class"] });
    layer.addEventListener("keydown", (event) => {
      if (event.key === "Tab") keepInside(layer, event);
    });
  };

  const keepInside = (layer, event) => {
    const inside = [...layer.querySelectorAll(FOCUSABLE)].filter(isShown);
    const [from, to] = event.shiftKey ? [inside[0], inside.at(-1)] : [inside.at(-1), inside[0]];
    if (document.activeElement === from) {
      event.preventDefault();
      to.focus();
    }
  };

  // A live region is announced only if its text is added after it.
  const announce = () => {
    const live = document.getElementById("shs-live");
    const said = [...document.querySelectorAll("#shs-messages li")].map((line) => line.textContent.trim());
    if (live && said.length) setTimeout(() => { live.textContent = said.join(" "); }, 300);
  };

  document.addEventListener("DOMContentLoaded", () => {
    repair(document.body);
    announce();
    new MutationObserver((changes) => {
      const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeType === 1);
      added.forEach(repair);
      changes.filter((change) => change.target.closest?.(".select2-container")).forEach((change) => repair(change.target.closest(".select2-container")));
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
