// Prints the PDF of a frame with data-print as soon as it is loaded.
"use strict";

(() => {
  const print = (frame) => {
    frame.addEventListener("load", () => {
      try {
        frame.contentWindow.focus();
        frame.contentWindow.print();
      } catch {
        // A browser that does not show PDF files has downloaded it; the link to it is on the page.
      }
    }, { once: true });
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("iframe[data-print]").forEach(print));
})();
