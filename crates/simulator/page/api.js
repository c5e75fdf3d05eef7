// The control API.

async function request(method, path, body) {
  let response;
  try {
    response = await fetch(`/control${path}`, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The simulator cannot be reached.");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The simulator answered ${response.status}.`);
  return answer;
}

const chat = (bot, customer) => `/chats/${bot}/${customer}`;

export const api = {
  bots: () => request("GET", "/bots"),
  customers: () => request("GET", "/customers"),
  createBot: (bot) => request("POST", "/bots", bot),
  createCustomer: (customer) => request("POST", "/customers", customer),
  chat: (bot, customer) => request("GET", chat(bot, customer)),
  write: (bot, customer, text, replyTo) => request("POST", `${chat(bot, customer)}/messages`, { text, reply_to: replyTo }),
  edit: (bot, customer, message, text) => request("PATCH", `${chat(bot, customer)}/messages/${message}`, { text }),
  setBlocked: (bot, customer, blocked) => request(blocked ? "PUT" : "DELETE", `${chat(bot, customer)}/block`),
};

/**
 * Listens for changes. `onReady` runs whenever listening begins anew: everything seen before may be out of date then.
 */
export function listen({ onReady, onChange, onLost }) {
  const source = new EventSource("/control/live");
  source.addEventListener("ready", onReady);
  source.addEventListener("lagged", onReady);
  source.addEventListener("message", (event) => onChange(JSON.parse(event.data)));
  source.addEventListener("error", onLost);
}
