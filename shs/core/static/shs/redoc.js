// In a file of its own: the content policy runs no script that stands in a page.
"use strict";

// ReDoc's footer asks another site for its logo; nothing here is loaded from elsewhere.
const setAttribute = HTMLImageElement.prototype.setAttribute;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name !== "src" || new URL(value, location.href).origin === location.origin) setAttribute.call(this, name, value);
};

const place = document.getElementById("redoc-ui");
Redoc.init(place.dataset.url, { hideLogo: true }, place);
