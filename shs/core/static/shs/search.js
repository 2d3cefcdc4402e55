// Ctrl+K and ⌘K: searches on the server while the user types, and stores nothing. The focus stays in the field; arrow keys
// select, Enter opens, Escape closes, and the browser's own <dialog> returns the focus.
"use strict";

(() => {
  const PAUSE_MS = 200;
  let asked, timer;

  const part = (name) => document.getElementById(`shs-find${name}`);
  const options = () => [...part("-results").querySelectorAll("[role=option]")];
  const chosen = () => part("-results").querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    const input = part("-words");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    return input.setAttribute("aria-activedescendant", option.id);
  };

  const show = (html) => {
    part("-results").innerHTML = html;
    const found = options();
    // role=listbox may contain only options; with a message in it, the role is removed.
    const attributes = { role: "listbox", "aria-label": part("-results").dataset.label };
    for (const [name, value] of Object.entries(attributes)) {
      if (found.length) part("-results").setAttribute(name, value);
      else part("-results").removeAttribute(name);
    }
    part("-words").setAttribute("aria-expanded", String(found.length > 0));
    const nothing = part("-results").querySelector("[data-find-nothing]");
    const hits = found.filter((option) => !option.classList.contains("shs-find-more")).length;
    part("-status").textContent = nothing ? nothing.textContent.trim() : found.length ? `${hits} ${part("").dataset.found}` : "";
    choose(found[0]);
  };

  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    const words = part("-words").value.trim();
    if (!words) return show("");
    try {
      const url = `${part("").dataset.url}&s=${encodeURIComponent(words)}`;
      const response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: asked.signal });
      if (response.redirected || !response.ok) return window.location.reload();
      return show(await response.text());
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      show("");
      part("-status").textContent = part("").dataset.offline;
      return undefined;
    }
  };

  const open = () => {
    if (!part("") || document.querySelector("dialog[open]")) return;
    part("-words").value = "";
    show("");
    part("").showModal();
    part("-words").focus();
  };

  const step = (by) => {
    const found = options();
    if (found.length) choose(found[(found.indexOf(chosen()) + by + found.length) % found.length]);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && part("")) {
      event.preventDefault();
      open();
    }
    if (event.target.id !== "shs-find-words") return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    }
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const option = chosen();
      if (option && (event.ctrlKey || event.metaKey)) window.open(option.href, "_blank", "noopener");
      else if (option) window.location.assign(option.href);
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.id !== "shs-find-words") return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-find-open]")) open();
    if (event.target.closest("[data-find-close]") || event.target.id === "shs-find") part("").close();
  });

  document.addEventListener("mouseover", (event) => {
    const option = event.target.closest("#shs-find-results [role=option]");
    if (option) choose(option);
  });
})();
