// The colours that this browser has chosen, before the page is drawn; the choice itself is kept by Alpine (app.js of unfold).
"use strict";

(() => {
  const chosen = (localStorage.getItem("adminTheme") || '"auto"').replaceAll('"', "");
  const isDark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", isDark);
})();
