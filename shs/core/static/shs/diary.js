// The calendar by keyboard: in its table one link at a time is reached by Tab, and arrow keys move between links: up and
// down in a column, left and right to what is nearest in time beside it. [ and ], or Page Up and Page Down in the table,
// lead to other days. Without this script all of it are links.
"use strict";

(() => {
  const KEPT = `shs-calendar:${window.location.pathname}${window.location.search}`;
  const table = () => document.querySelector("table[data-diary]");
  const links = (root) => [...(root || table())?.querySelectorAll("td a[data-at]") || []].filter((link) => link.checkVisibility());
  const columnOf = (link) => link.closest("td").cellIndex;
  const lineOf = (link) => link.closest("tr").rowIndex;

  const kept = () => {
    try { return sessionStorage.getItem(KEPT); } catch { return null; }
  };
  const keep = (link) => {
    try { sessionStorage.setItem(KEPT, link.dataset.key); } catch { /* the place is not kept */ }
  };

  // The link that Tab reaches: the one of before, else the first of this hour, else the first of all.
  const firstOf = (all) =>
    all.find((link) => link.dataset.key === kept()) || all.find((link) => link.closest(".shs-diary-now")) || all[0];

  const begin = () => {
    const all = links();
    if (!all.length) return;
    table().setAttribute("role", "grid");
    const stop = all.includes(document.activeElement) ? document.activeElement : firstOf(all);
    for (const link of all) link.tabIndex = link === stop ? 0 : -1;
  };

  // Where a week is wider than its box, as on a phone, it begins with today.
  const showToday = () => {
    const today = document.querySelector(".shs-diary-week .shs-diary-today");
    if (!today) return;
    today.closest(".shs-diary-box").scrollLeft = today.offsetLeft - today.parentElement.firstElementChild.offsetWidth;
  };

  const goTo = (link) => {
    if (!link) return;
    for (const other of links()) other.tabIndex = other === link ? 0 : -1;
    link.focus();
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
    keep(link);
  };

  const sameColumn = (link) => links().filter((other) => columnOf(other) === columnOf(link));

  const along = (link, by) => {
    const column = sameColumn(link);
    return column[column.indexOf(link) + by];
  };

  // In the nearest column that has anything: what is in the nearest line, and there the nearest in time.
  const beside = (link, by) => {
    const columns = [...new Set(links().map(columnOf))].sort((a, b) => a - b);
    const next = columns[columns.indexOf(columnOf(link)) + by];
    const away = (other) => Math.abs(lineOf(other) - lineOf(link)) * 10_000 + Math.abs(other.dataset.at - link.dataset.at);
    return links().filter((other) => columnOf(other) === next).sort((a, b) => away(a) - away(b))[0];
  };

  const MOVES = {
    ArrowUp: (link) => along(link, -1),
    ArrowDown: (link) => along(link, 1),
    ArrowLeft: (link) => beside(link, -1),
    ArrowRight: (link) => beside(link, 1),
    Home: (link) => sameColumn(link)[0],
    End: (link) => sameColumn(link).at(-1),
  };

  const isTyping = (event) => event.target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (isTyping(event) || document.querySelector("dialog[open]") || !document.getElementById("desk-board")) return;
    const link = event.target.closest("table[data-diary] td a[data-at]");
    const other = { "[": "prev", "]": "next", ...(link ? { PageUp: "prev", PageDown: "next" } : {}) }[event.key];
    if (other) {
      event.preventDefault();
      document.querySelector(`a[rel=${other}]`)?.click();
    } else if (link && MOVES[event.key]) {
      event.preventDefault();
      goTo(MOVES[event.key](link));
    } else if (event.target === document.body && event.key.startsWith("Arrow") && links().length) {
      event.preventDefault();
      goTo(links().find((one) => one.tabIndex === 0) || links()[0]);
    }
  });

  document.addEventListener("focusin", (event) => {
    const link = event.target.closest("table[data-diary] td a[data-at]");
    if (!link) return;
    keep(link);
    for (const other of links()) other.tabIndex = other === link ? 0 : -1;
  });

  document.addEventListener("DOMContentLoaded", () => {
    begin();
    showToday();
    const board = document.getElementById("desk-board");
    if (board) new MutationObserver(begin).observe(board, { childList: true });
    if (document.querySelector("[data-print-now]")) window.print();
  });
})();
