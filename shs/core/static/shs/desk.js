// Refreshes the desk board every 30 seconds while the page is visible and no dialog is open. Focus and open panels are
// kept. Changes are announced (aria-live polite) only if a visit has moved to another column.
"use strict";

(() => {
  const EVERY_MS = 30_000;

  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  // The box that select2 puts in the place of a chooser has no name: it gets that of the chooser's label. jQuery calls
  // what waits for the page in the order of asking, so select2 has been there before.
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
    setTimeout(() => { isLeaving = false; }, 10_000); // where the server did not answer, the page stays
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
      // The header marks the request as automatic: a board on a wall does not keep its session alive.
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
