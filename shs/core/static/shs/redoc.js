// A separate file, because the content security policy forbids inline scripts.
"use strict";

// Blocks images from other sites, such as the logo in ReDoc's footer.
const isOurs = (value) => new URL(value, location.href).origin === location.origin;
const { set: setSource, ...source } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...source,
  set(value) {
    if (isOurs(value)) setSource.call(this, value);
  },
});
const setAttribute = Element.prototype.setAttribute;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name !== "src" || isOurs(value)) setAttribute.call(this, name, value);
};

const place = document.getElementById("redoc-ui");
Redoc.init(place.dataset.url, { hideLogo: true }, place);
