// Be the customer: choose a bot and a customer, and write. Several chats at once, live.
import { api, listen } from "./api.js";
import { Pane } from "./pane.js";
import { createBot, createCustomer, drawBots, drawCustomers, wireForm } from "./people.js";

const bots = new Map();
const customers = new Map();
const panes = new Map(); // "bot-customer" → Pane
let chosen = null; // id of the bot that is written to

const key = (bot, customer) => `${bot}-${customer}`;
const byId = (id) => document.getElementById(id);

function draw() {
  drawBots([...bots.values()], chosen, chooseBot);
  drawCustomers([...customers.values()], (id) => panes.has(key(chosen, id)), (id) => open(chosen, id));
}

function show(view) {
  document.body.dataset.view = view;
}

function chooseBot(id) {
  chosen = id;
  draw();
}

/** Opens a chat, or goes to it when it is open. */
function open(botId, customerId) {
  const bot = bots.get(botId);
  const customer = customers.get(customerId);
  if (!bot || !customer) return;
  const id = key(botId, customerId);
  let pane = panes.get(id);
  if (!pane) {
    pane = new Pane(bot, customer, () => close(id));
    panes.set(id, pane);
    byId("panes").append(pane.root);
    pane.load();
  }
  byId("empty").hidden = true;
  history.replaceState(null, "", `#bot=${botId}&customer=${customerId}`);
  show("chats");
  draw();
  pane.root.scrollIntoView({ block: "nearest", inline: "nearest" });
  pane.input.focus({ preventScroll: true });
}

function close(id) {
  panes.get(id)?.root.remove();
  panes.delete(id);
  byId("empty").hidden = panes.size > 0;
  if (panes.size === 0) {
    history.replaceState(null, "", location.pathname);
    show("people");
  }
  draw();
}

/** `#bot=<id>&customer=<id>` opens that chat. */
function openFromAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const bot = Number(wanted.get("bot"));
  if (!bots.has(bot)) return;
  chosen = bot;
  open(bot, Number(wanted.get("customer")));
  draw();
}

function status(text, lost) {
  byId("live").textContent = text;
  byId("live").classList.toggle("lost", lost);
}

let first = true;

async function refresh() {
  try {
    const [allBots, allCustomers] = await Promise.all([api.bots(), api.customers()]);
    allBots.forEach((bot) => bots.set(bot.id, bot));
    allCustomers.forEach((customer) => customers.set(customer.id, customer));
    chosen ??= allBots[0]?.id ?? null;
    draw();
    if (first) openFromAddress();
    else await Promise.all([...panes.values()].map((pane) => pane.load()));
    first = false;
    status("Live", false);
  } catch (error) {
    status(error.message, true);
  }
}

const apply = {
  bot: ({ bot }) => {
    bots.set(bot.id, bot);
    chosen ??= bot.id;
    draw();
  },
  customer: ({ customer }) => {
    customers.set(customer.id, customer);
    draw();
  },
  message: ({ bot_id, customer_id, message }) => panes.get(key(bot_id, customer_id))?.put(message),
  chat: ({ state }) => panes.get(key(state.bot_id, state.customer_id))?.setState(state),
  action: ({ bot_id, customer_id, action }) => panes.get(key(bot_id, customer_id))?.showAction(action),
};

wireForm("new-bot", createBot, (bot) => {
  bots.set(bot.id, bot);
  chooseBot(bot.id);
});
wireForm("new-customer", createCustomer, (customer) => {
  customers.set(customer.id, customer);
  draw();
  if (chosen !== null) open(chosen, customer.id);
});
byId("to-people").addEventListener("click", () => {
  show("people");
  byId("customers").querySelector("button")?.focus();
});
window.addEventListener("hashchange", openFromAddress);
listen({
  onReady: refresh,
  onChange: (change) => apply[change.change]?.(change),
  onLost: () => status("Reconnecting…", true),
});
