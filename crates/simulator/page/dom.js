// Small helpers. Text only ever enters the page as text nodes.

/** Makes an element: `el("p", { class: "x", onclick: f, "data-testid": "y" }, "text", child)`. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A round picture with the first letter of a name. */
export function avatar(id, name) {
  const letter = [...name.trim()][0] ?? "?";
  return el("span", { class: `avatar c${id % 8}`, "aria-hidden": "true" }, letter.toUpperCase());
}

export function fullName(customer) {
  return [customer.first_name, customer.last_name].filter(Boolean).join(" ");
}

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "code", blockquote: "q", expandable_blockquote: "q" };

/** The text with its formatting, as nodes. Entities count UTF-16 code units, as JavaScript strings do. */
export function formatted(text, entities) {
  const cuts = new Set([0, text.length]);
  for (const entity of entities) {
    cuts.add(Math.min(entity.offset, text.length));
    cuts.add(Math.min(entity.offset + entity.length, text.length));
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => {
    const start = places[index];
    const around = entities.filter((entity) => entity.offset <= start && entity.offset + entity.length >= end);
    return around.reduce(wrap, document.createTextNode(text.slice(start, end)));
  });
}

function wrap(node, entity) {
  if (entity.type === "text_link" && /^https?:\/\//.test(entity.url)) {
    return el("a", { href: entity.url, target: "_blank", rel: "noopener noreferrer" }, node);
  }
  const tag = TAGS[entity.type];
  return tag ? el(tag, {}, node) : node;
}
