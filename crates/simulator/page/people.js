// The left side: bots and customers, and the forms that make them.
import { api } from "./api.js";
import { avatar, el, fullName } from "./dom.js";

/** Draws the bots; `chosen` is the id of the one that is written to. */
export function drawBots(bots, chosen, onChoose) {
  const items = bots.map((bot) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "row", "aria-pressed": String(bot.id === chosen), "data-testid": `bot-${bot.id}`, onclick: () => onChoose(bot.id) },
        avatar(bot.id, bot.name),
        el("span", { class: "names" }, el("span", { class: "name" }, bot.name), el("span", { class: "sub" }, `@${bot.username}`)),
      ),
      bot.id === chosen ? token(bot) : null,
    ),
  );
  fill("bots", items, "No bot yet: make one below.");
}

/** Draws the customers; those whose chat with the chosen bot is open are marked. */
export function drawCustomers(customers, isOpen, onChoose) {
  const items = customers.map((customer) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "row", "aria-pressed": String(isOpen(customer.id)), "data-testid": `customer-${customer.id}`, onclick: () => onChoose(customer.id) },
        avatar(customer.id, customer.first_name),
        el(
          "span",
          { class: "names" },
          el("span", { class: "name" }, fullName(customer)),
          el("span", { class: "sub" }, [customer.username && `@${customer.username}`, customer.language_code].filter(Boolean).join(" · ") || `id ${customer.id}`),
        ),
      ),
    ),
  );
  fill("customers", items, "No customer yet: make one below.");
}

function token(bot) {
  const field = el("input", { class: "token", readonly: true, value: bot.token, "aria-label": `Token of ${bot.name}`, onfocus: () => field.select() });
  return el("p", { class: "token-line" }, el("span", { class: "sub" }, "Token"), field);
}

/** Redraws a list without taking the keyboard's place away. */
function fill(id, items, nothing) {
  const list = document.getElementById(id);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.testid : undefined;
  list.replaceChildren(...(items.length > 0 ? items : [el("li", { class: "nothing" }, nothing)]));
  if (focused) list.querySelector(`[data-testid="${focused}"]`)?.focus();
}

/** Wires a form: creates what it describes and hands it over. */
export function wireForm(id, create, onCreated) {
  const form = document.getElementById(id);
  const problem = form.querySelector(".problem");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    const filled = [...new FormData(form)].filter(([, value]) => value.trim() !== "");
    try {
      const made = await create(Object.fromEntries(filled));
      form.reset();
      form.closest("details").open = false;
      onCreated(made);
    } catch (error) {
      problem.textContent = error.message;
    }
  });
}

export const createBot = (bot) => api.createBot(bot);
export const createCustomer = (customer) => api.createCustomer(customer);
