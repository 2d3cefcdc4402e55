// The desk's dialog by keyboard: while somebody types, people who may be the same stand beside it; arrow down chooses one,
// Enter saves. On the board, the letters of aria-keyshortcuts open dialogs and pages. Without this script the same form
// works: the people are shown when it is sent.
"use strict";

(() => {
  const PAUSE_MS = 200;
  const ASKS = new Set(["name", "phone", "birth"]);
  let asked, timer;

  const $ = (selector, root) => root.querySelector(selector);
  const formOf = (target) => target.closest?.("form[data-reception]");
  const say = (form, words) => { $("[data-status]", form).textContent = words; };
  const show = (element, is) => { if (element) element.hidden = !is; };

  // Only what is asked of this person and this visit is shown.
  const arrange = (form) => {
    const isKnown = Boolean(form.elements.person && new FormData(form).get("person"));
    const isUnknown = form.elements.is_unknown.checked && !isKnown;
    const hasPhone = form.elements.phone.value.trim() !== "";
    show($('[data-part="newcomer"]', form), !isUnknown);
    show($("[data-people]", form), !isUnknown);
    show($('[data-part="unknown"]', form), !isKnown);
    show($('[data-field="circumstances"]', form), isUnknown);
    show($('[data-part="proof"]', form), isKnown && new FormData(form).get("when") === "now");
    show($('[data-field="no_phone"]', form), !isKnown && !hasPhone && form.dataset.asksWhy === "yes");
    form.classList.toggle("shs-reception-known", isKnown);
    const how = form.elements.how.value;
    for (const name of ["document", "last_four"]) show($(`[data-field="${name}"]`, form), how === "document");
    show($(`[data-field="card"]`, form), how === "card");
    show($('[data-field="reason"]', form), how === "none");
    const doctor = form.elements.doctor;
    show($(".shs-reception-doctor", form), doctor.options.length > 1 || !doctor.value);
  };

  const begin = (form) => {
    if (form.dataset.begun) return;
    form.dataset.begun = "yes";
    form.closest("dialog")?.classList.add("shs-dialog-wide");
    if ($('[data-field="no_phone"] [role=alert]', form)) form.dataset.asksWhy = "yes";
    arrange(form);
    const wrong = $("[role=alert]", form)?.closest("[data-field]");
    if (form.closest("dialog")) ($("input:not([type=hidden], :disabled), select, textarea", wrong || form.elements.name.parentElement) || form.elements.name).focus();
    if (form.elements.name.value) ask(form);
  };

  const ask = async (form) => {
    asked?.abort();
    asked = new AbortController();
    try {
      const response = await fetch(form.dataset.peopleUrl, {
        method: "POST", body: new FormData(form), credentials: "same-origin", cache: "no-store", signal: asked.signal,
      });
      if (response.redirected || !response.ok) return;
      const box = $("[data-people]", form);
      const before = $("[data-said]", box)?.textContent || "";
      box.innerHTML = await response.text();
      const now = $("[data-said]", box)?.textContent || "";
      if (now !== before) say(form, now);
      arrange(form);
    } catch (error) {
      if (error.name !== "AbortError") say(form, document.getElementById("shs-words").dataset.offline);
    }
  };

  const choose = (form, by) => {
    const ways = [...form.querySelectorAll("input[type=radio][name=person]")];
    if (!ways.length) return false;
    const at = ways.findIndex((way) => way.checked);
    const next = ways[Math.min(Math.max(at + by, 0), ways.length - 1)];
    next.checked = true;
    next.closest("label").scrollIntoView({ block: "nearest" });
    say(form, next.closest("label").textContent.replace(/\s+/g, " ").trim());
    arrange(form);
    return true;
  };

  document.addEventListener("input", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    if (ASKS.has(event.target.name)) {
      clearTimeout(timer);
      timer = setTimeout(() => ask(form), PAUSE_MS);
    }
    arrange(form);
  });

  document.addEventListener("change", (event) => {
    const form = formOf(event.target);
    if (form) arrange(form);
  });

  document.addEventListener("shs:picker", (event) => {
    const form = formOf(event.target);
    if (form) arrange(form);
  });

  // Whoever leaves the phone empty is asked why; before Tab moves on, so that it moves there.
  const askWhy = (event) => {
    const form = formOf(event.target);
    if (!form || event.key !== "Tab" || event.shiftKey || event.target.name !== "phone" || event.target.value.trim()) return;
    form.dataset.asksWhy = "yes";
    arrange(form);
  };
  document.addEventListener("keydown", askWhy);

  document.addEventListener("keydown", (event) => {
    const form = formOf(event.target);
    if (!form || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const isLine = event.target.matches("input:not([type=radio]):not([type=checkbox])");
    if (isLine && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      if (choose(form, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    }
    if (event.key === "Enter" && event.target.matches("select, input[type=radio], input[type=checkbox]")) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const letter = /^[a-z]$/.test(event.key) ? event.key : event.code.replace(/^Key/, "").toLowerCase();
    const link = /^[a-z]$/.test(letter) && document.querySelector(`a[aria-keyshortcuts="${letter}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });

  const beginAll = () => document.querySelectorAll("form[data-reception]").forEach(begin);
  document.addEventListener("DOMContentLoaded", beginAll);
  document.addEventListener("shs:step", beginAll);
})();
