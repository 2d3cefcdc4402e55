// Refreshes the desk board every 30 seconds while the page is visible and no dialog is open. Focus and open panels are
// kept. Changes are announced (aria-live polite) only if a visit has moved to another column.
"use strict";

(() => {
  const EVERY_MS = 30_000;

  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  if (window.location.hash === "#print" && document.querySelector("[data-print]")) window.addEventListener("load", () => window.print());

  // On a card of the board, P prints its slip.
  document.addEventListener("keydown", (event) => {
    const slip = event.target.closest?.(".shs-desk-card")?.querySelector("[data-slip]");
    if (!slip || event.code !== "KeyP" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    slip.click();
  });

  // The element by which select2 replaces a select has no accessible name; it gets that of the select's label. jQuery
  // calls ready handlers in the order of registration, so select2 has run already.
  window.django?.jQuery?.(() => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const [label] = select.labels;
      label.id ||= `${select.id}-label`;
      for (const box of select.parentElement.querySelectorAll("[role=combobox], [role=textbox]")) {
        box.setAttribute("aria-labelledby", `${label.id} ${box.getAttribute("aria-labelledby") || ""}`.trim());
      }
    }
  });

  const board = document.getElementById("desk-board");
  const said = document.getElementById("desk-said");
  if (!board) return;
  let isLeaving = false;
  document.addEventListener("submit", () => {
    isLeaving = true;
    setTimeout(() => { isLeaving = false; }, 10_000); // if the server does not answer, the page stays open
  });

  const stateOf = (root) => root.querySelector("[data-state]")?.dataset.state;

  const put = (html) => {
    const before = stateOf(board);
    const focused = board.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const opened = [...board.querySelectorAll("details[open]")].map((part) => part.id);
    board.innerHTML = html;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) board.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    said.textContent = stateOf(board) === before ? "" : board.dataset.changed;
  };

  const refresh = async () => {
    if (document.hidden || isLeaving || document.querySelector("dialog[open]")) return;
    try {
      // The header marks the request as automatic, so that it does not keep the session alive.
      const headers = { "X-Background": "1" };
      const response = await fetch(board.dataset.url, { credentials: "same-origin", cache: "no-store", headers });
      if (response.status === 401) {
        const here = window.location.pathname + window.location.search;
        window.location.assign(`${(await response.json()).go}&next=${encodeURIComponent(here)}`);
      } else if (response.redirected || response.status === 403) {
        window.location.reload();
      } else if (response.ok) {
        const html = await response.text();
        if (!isLeaving && !document.querySelector("dialog[open]")) put(html);
      }
    } catch {
      said.textContent = board.dataset.offline;
    }
  };

  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
})();
