// Keeps what is typed on the page of a visit as a draft on the server, every few seconds. What could not be saved stays
// on the page, which says so; after a login in another tab it is saved. Without this script "Save draft" does the same.
"use strict";

(() => {
  const QUIET_MS = 1500;
  const LONGEST_MS = 5000;
  const AGAIN_MS = 5000;
  const form = document.getElementById("visit-form");
  if (!form) return;
  const state = document.getElementById("visit-draft-state");
  const seen = form.elements.namedItem("seen");
  const CONTROLS = /^(csrfmiddlewaretoken|once|seen)$|__prefix__/;
  const contents = () => JSON.stringify([...new FormData(form)].filter(([name]) => !CONTROLS.test(name)));
  let kept = contents(); // what the server has
  let typedAt = 0; // since when something is not saved; 0: all is
  let changes = 0;
  let timer;
  let saving = null;
  let isRefused = false;
  let isEnded = false;

  const say = (text, link) => {
    state.textContent = text;
    state.classList.toggle("shs-error", Boolean(link));
    state.classList.toggle("shs-muted", !link);
    if (!link) return;
    const anchor = document.createElement("a");
    anchor.className = "shs-link";
    [anchor.href, anchor.textContent] = link;
    if (link[2]) anchor.target = "_blank";
    state.append(" ", anchor);
  };

  const hasEnded = (response) => response.type === "opaqueredirect" || response.status === 401 || response.status === 403;

  const send = (method) =>
    fetch(form.dataset.draft, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      headers: { Accept: "application/json" },
      body: method === "POST" ? new FormData(form) : undefined,
    });

  // A new login has a new token; the page takes it over.
  const renew = async () => {
    const response = await send("GET");
    if (!response.ok) return false;
    const { csrf } = await response.json();
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = csrf;
    return true;
  };

  const later = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  };

  const attempt = async () => {
    const sent = changes;
    const content = contents();
    // The token of a session that has ended is refused: a new one first.
    const response = isEnded && !(await renew()) ? { type: "opaqueredirect" } : await send("POST");
    isEnded = hasEnded(response);
    if (isEnded) {
      say(form.dataset.ended, [form.dataset.login, form.dataset.logIn, true]);
      later(AGAIN_MS);
      return false;
    }
    const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
    if (response.ok) {
      seen.value = answer.number;
      kept = content;
      if (sent === changes) typedAt = 0;
      say(answer.told);
      if (typedAt) later(QUIET_MS);
      return true;
    }
    if (answer.refused) {
      isRefused = true;
      say(answer.refused, [window.location.href, form.dataset.reload]);
    } else {
      later(AGAIN_MS);
    }
    return false;
  };

  const save = () => {
    clearTimeout(timer);
    if (isRefused || !typedAt) return Promise.resolve(!typedAt);
    saving ??= attempt()
      .catch(() => {
        say(form.dataset.offline, [window.location.href, form.dataset.reload]);
        later(AGAIN_MS);
        return false;
      })
      .finally(() => {
        saving = null;
      });
    return saving;
  };

  // Scripts of fields tell of changes that are none.
  const note = () => {
    if (isRefused || (!typedAt && contents() === kept)) return;
    changes += 1;
    const now = Date.now();
    if (!typedAt) {
      typedAt = now;
      say(form.dataset.typing);
    }
    later(Math.max(0, Math.min(QUIET_MS, typedAt + LONGEST_MS - now)));
  };

  form.addEventListener("input", note);
  form.addEventListener("change", note);
  // select2 tells of a choice by jQuery's events alone.
  window.addEventListener("load", () => window.django?.jQuery?.(form).on("change", note));
  document.addEventListener("formset:added", note);
  document.addEventListener("formset:removed", note);
  document.addEventListener("visibilitychange", () => document.hidden && save());
  document.addEventListener("shs:leave", (event) => {
    if (!typedAt) return;
    event.preventDefault();
    save();
  });

  // Nothing is sent by a page whose session has ended: the answer would be the login.
  let isSaved = false;
  form.addEventListener("submit", (event) => {
    if (isSaved || isRefused) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const pressed = event.submitter;
    typedAt ||= Date.now();
    save().then((done) => {
      if (!done && !isRefused) return;
      isSaved = true;
      form.requestSubmit(pressed);
      isSaved = false;
    });
  }, true);
})();
