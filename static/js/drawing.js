// What drawn fields share: numbers, and nodes of a picture.
const SVG = "http://www.w3.org/2000/svg";

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const round = (value, digits) => Number(value.toFixed(digits));

export function made(name, attributes, parent) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return parent.appendChild(node);
}

/** Where the pointer is, in the units of a picture. */
export function under(event, svg) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
}

/** Text into a field, said as if it had been typed. */
export function typed(input, text) {
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
