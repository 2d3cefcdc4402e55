// The verification queue and its cases: keys, tabs, the checklist without a reload, and the text that goes with a reason.
// Without this script the same links, forms and dialogs work, one page at a time.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- Details that are fetched when the first of their tabs is opened; on any error the browser goes to their page -----

  const fetchDetails = async (url) => {
    const panels = $$("[data-fetch]");
    for (const panel of panels) {
      panel.removeAttribute("data-fetch");
      panel.setAttribute("aria-busy", "true");
    }
    try {
      const response = await fetch(url, { credentials: "same-origin", headers: { "X-Dialog": "1" } });
      if (response.redirected || !response.ok) throw new Error(response.status);
      const details = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const panel of panels) {
        panel.replaceChildren(...$(`[data-pane="${panel.id}"]`, details).childNodes);
        panel.removeAttribute("aria-busy");
      }
    } catch {
      window.location = url;
    }
  };

  // --- Tabs: the arrows move between them, and only the open one shows its panel -------------------------------------

  const open = (tabs, chosen) => {
    for (const tab of tabs) {
      const is = tab === chosen;
      tab.setAttribute("aria-selected", is);
      tab.tabIndex = is ? 0 : -1;
      tab.classList.toggle("shs-tab-active", is);
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      if (!panel) continue;
      panel.hidden = !is;
      if (is && panel.dataset.fetch) fetchDetails(panel.dataset.fetch);
      // Load a document only when its tab is opened, because each access is logged.
      if (is) for (const late of $$("[data-src]", panel)) { late.src = late.dataset.src; late.removeAttribute("data-src"); }
    }
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab][aria-controls]");
    if (tab) open($$("[role=tab]", tab.closest("[role=tablist]")), tab);
    if (event.target.closest("[data-help]")) $("#shs-keys").showModal();
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest("[role=tab][aria-controls]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const tabs = $$("[role=tab]", tab.closest("[role=tablist]"));
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    open(tabs, next);
    next.focus();
  });

  const openNamed = () => {
    const tab = window.location.hash && $(`[data-panes] [aria-controls="${CSS.escape(window.location.hash.slice(1))}"]`);
    if (tab) open($$("[role=tab]", tab.closest("[role=tablist]")), tab);
  };
  document.addEventListener("DOMContentLoaded", openNamed);
  window.addEventListener("hashchange", openNamed);

  // --- The checklist: a verdict is sent at once, and the focus goes on to the next check ------------------------------

  const rows = () => $$("[data-check]");
  const buttonOf = (row) => $("[aria-pressed]", row);

  const focusAfter = (kind) => {
    const list = rows();
    const at = list.findIndex((row) => row.id === `check-${kind}`);
    const failed = $("[aria-invalid=true]", list[at]);
    const next = [...list.slice(at + 1), ...list.slice(0, at)].find((row) => !row.dataset.made);
    const target = failed || (next ? buttonOf(next) : $("[data-key=a]"));
    if (target) target.focus();
  };

  // Approve is offered once all required checks are done.
  const renewSteps = async () => {
    const response = await fetch(window.location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    $(".shs-case-steps").replaceChildren(...$(".shs-case-steps", page).childNodes);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-check-form]");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const list = form.closest("[data-checklist]");
    for (const button of $$("button", list)) button.disabled = true;
    try {
      const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin", headers: { "X-Dialog": "1" } });
      if (response.redirected || !response.ok) throw new Error(response.status);
      const wasComplete = $("[data-complete]", list) !== null;
      list.innerHTML = await response.text();
      if (wasComplete !== ($("[data-complete]", list) !== null)) await renewSteps();
      focusAfter(body.get("kind"));
    } catch {
      // On any error (logged out, claim expired, no connection) submit the plain form: its page shows the message.
      for (const button of $$("button", list)) button.disabled = false;
      form.removeAttribute("data-check-form");
      form.requestSubmit(event.submitter);
    }
  }, true);

  // --- A reason brings its text, unless somebody has written another ---------------------------------------------------

  document.addEventListener("change", (event) => {
    const chooser = event.target.closest("select[data-texts]");
    if (!chooser) return;
    const texts = JSON.parse(chooser.dataset.texts);
    const area = $("textarea[data-prefilled]", chooser.form);
    if (!area.value.trim() || Object.values(texts).includes(area.value)) area.value = texts[chooser.value] || "";
  });

  // --- Keys ------------------------------------------------------------------------------------------------------------

  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  const move = (items, step) => {
    const at = items.findIndex((item) => item.contains(document.activeElement));
    const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + step, 0), items.length - 1)];
    const target = next && ($("[aria-pressed], th a, a", next));
    if (target) { target.focus(); next.scrollIntoView({ block: "nearest" }); }
  };

  // In the list a case is claimed from its row; the letters of a decision belong to the page of the case.
  const press = (key) => {
    const isList = Boolean($("[data-keys=list]"));
    if (isList && (key === "a" || key === "r")) return false;
    const scope = isList && key === "c" ? document.activeElement.closest("#result_list tr") : document;
    const target = scope && $(`[data-key="${key}"]`, scope);
    if (target) target.click();
    return Boolean(target);
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const where = $("[data-keys]");
    if (!where || isTyping(event.target) || $("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      $("#shs-keys").showModal();
    } else if (event.shiftKey) {
      return;
    } else if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(where.dataset.keys === "list" ? $$("#result_list tbody tr") : rows(), event.key === "j" ? 1 : -1);
    } else if (["c", "p", "a", "r", "n"].includes(event.key) && press(event.key)) {
      event.preventDefault();
    }
  });

  document.addEventListener("click", (event) => {
    const close = event.target.closest("#shs-keys [data-close]");
    if (close) close.closest("dialog").close();
  });
})();
