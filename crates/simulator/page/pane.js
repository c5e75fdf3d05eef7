// One chat, from the customer's side.
import { api } from "./api.js";
import { avatar, el, formatted, fullName } from "./dom.js";

const WINDOW = 200; // messages shown at once; "Earlier messages" shows more
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
const dayOf = (message) => new Date(message.date * 1000).toDateString();

export class Pane {
  messages = new Map();
  shown = WINDOW;
  replyTo = null;
  editing = null;
  typing = 0;
  atEnd = true;

  constructor(bot, customer, onClose) {
    Object.assign(this, { bot, customer });
    const name = fullName(customer);
    this.status = el("span", { class: "sub", "aria-live": "polite", "data-testid": "chat-status" });
    this.block = el("button", { type: "button", class: "quiet", "data-testid": "block", onclick: () => this.toggleBlock() });
    const close = el("button", { type: "button", class: "quiet icon", "aria-label": `Close the chat of ${name} with ${bot.name}`, onclick: onClose }, "×");
    this.log = el("div", { class: "log", role: "log", tabindex: "0", "aria-label": `Messages of ${name} and ${bot.name}`, "data-testid": "messages" });
    this.hint = el("div", { class: "hint", "data-testid": "hint" });
    this.context = el("div", { class: "context" });
    this.problem = el("p", { class: "problem", role: "alert" });
    this.input = el("textarea", { rows: "1", maxlength: "4096", placeholder: "Message", "aria-label": `Write to ${bot.name} as ${name}`, "data-testid": "composer", onkeydown: (event) => this.key(event), oninput: () => this.grow() });
    this.send = el("button", { type: "submit", "data-testid": "send" }, "Send");
    this.form = el("form", { class: "composer", onsubmit: (event) => this.submit(event) }, this.input, this.send);
    this.root = el(
      "section",
      { class: "pane", "aria-label": `${name} and ${bot.name}`, "data-testid": `chat-${bot.id}-${customer.id}` },
      el("header", {}, avatar(customer.id, customer.first_name), el("span", { class: "names" }, el("h2", { class: "name" }, name), this.status), this.block, close),
      this.log,
      this.hint,
      this.context,
      this.problem,
      this.form,
    );
    this.setState({ started: true, blocked: false });
    // Whoever reads the newest message goes on seeing it when the pane gets narrower or lower.
    this.log.addEventListener("scroll", () => (this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80));
    this.observer = new ResizeObserver(() => this.atEnd && this.toEnd());
    this.observer.observe(this.log);
  }

  /** Reads the chat anew; what came in meanwhile stays. */
  async load() {
    try {
      const chat = await api.chat(this.bot.id, this.customer.id);
      this.setState(chat);
      for (const message of chat.messages) {
        const known = this.messages.get(message.message_id);
        if (!known || (known.edit_date ?? 0) <= (message.edit_date ?? 0)) this.messages.set(message.message_id, message);
      }
      this.redraw();
      this.toEnd();
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  setState({ started, blocked }) {
    Object.assign(this, { started, blocked });
    this.block.textContent = blocked ? "Unblock" : "Block";
    this.block.setAttribute("aria-label", `${blocked ? "Unblock" : "Block"} ${this.bot.name}`);
    this.form.hidden = blocked;
    this.showStatus();
    const start = el("button", { type: "button", "data-testid": "start", onclick: () => this.write("/start") }, "Send /start");
    const unblock = el("button", { type: "button", "data-testid": "unblock", onclick: () => this.toggleBlock() }, "Unblock");
    if (blocked) this.hint.replaceChildren(el("p", {}, `${this.customer.first_name} blocked ${this.bot.name}.`), unblock);
    else if (!started) this.hint.replaceChildren(el("p", {}, `${this.customer.first_name} has not written to ${this.bot.name} yet. Telegram begins with /start.`), start);
    else this.hint.replaceChildren();
    this.hint.hidden = started && !blocked;
  }

  showStatus() {
    this.status.textContent = this.typing ? "typing…" : this.blocked ? "blocked" : `to ${this.bot.name}`;
  }

  showAction(action) {
    clearTimeout(this.typing);
    this.typing = action === "cancel" ? 0 : setTimeout(() => this.endAction(), 5000);
    this.showStatus();
  }

  endAction() {
    clearTimeout(this.typing);
    this.typing = 0;
    this.showStatus();
  }

  /** Takes a new or edited message in. */
  put(message) {
    const { atEnd } = this;
    const last = Math.max(0, ...this.messages.keys());
    const known = this.messages.has(message.message_id);
    this.messages.set(message.message_id, message);
    if (message.from === "bot") this.endAction();
    if (known) this.log.querySelector(`[data-message="${message.message_id}"]`)?.replaceWith(this.bubble(message));
    else if (message.message_id > last) this.append(message, this.messages.get(last));
    else this.redraw();
    if (atEnd || message.from === "customer") this.toEnd();
  }

  redraw() {
    const all = [...this.messages.values()].sort((a, b) => a.message_id - b.message_id);
    const visible = all.slice(-this.shown);
    this.log.replaceChildren();
    if (visible.length < all.length) this.log.append(el("button", { type: "button", class: "quiet earlier", onclick: () => this.earlier() }, "Earlier messages"));
    visible.forEach((message, index) => this.append(message, visible[index - 1]));
  }

  earlier() {
    this.shown += WINDOW;
    const height = this.log.scrollHeight;
    this.redraw();
    this.log.scrollTop = this.log.scrollHeight - height;
    this.log.focus();
  }

  append(message, before) {
    if (!before || dayOf(before) !== dayOf(message)) {
      this.log.append(el("p", { class: "day" }, el("span", {}, calendar.format(message.date * 1000))));
    }
    this.log.append(this.bubble(message));
  }

  bubble(message) {
    const own = message.from === "customer";
    const quoted = message.reply_to && this.messages.get(message.reply_to);
    const when = new Date(message.date * 1000);
    return el(
      "article",
      { class: own ? "bubble own" : "bubble", dir: "auto", "data-message": message.message_id, "data-testid": `message-${message.message_id}`, "data-from": message.from },
      el("span", { class: "sr" }, own ? "You: " : `${this.bot.name}: `),
      quoted ? el("blockquote", {}, quoted.text.slice(0, 120)) : null,
      el("span", { class: "text", "data-testid": "text" }, ...formatted(message.text, message.entities)),
      el(
        "span",
        { class: "meta", dir: "ltr" },
        message.edit_date ? "edited " : null,
        el("time", { datetime: when.toISOString() }, clock.format(when)),
      ),
      el(
        "span",
        { class: "acts", dir: "ltr" },
        own ? this.action("Edit", message, () => this.beginEdit(message)) : null,
        this.action("Reply", message, () => this.beginReply(message)),
      ),
    );
  }

  action(word, message, act) {
    return el("button", { type: "button", class: "act", "aria-label": `${word}: ${message.text.slice(0, 40)}`, onclick: act }, word);
  }

  beginReply(message) {
    this.setContext("Reply to", message);
    this.replyTo = message.message_id;
  }

  beginEdit(message) {
    this.setContext("Edit", message);
    this.editing = message.message_id;
    this.input.value = message.text;
    this.grow();
  }

  setContext(word, message) {
    this.endContext();
    const cancel = el("button", { type: "button", class: "quiet icon", "aria-label": "Cancel", onclick: () => this.endContext() }, "×");
    this.context.replaceChildren(el("span", { class: "quote" }, `${word}: ${message.text.slice(0, 80)}`), cancel);
    this.input.focus();
  }

  endContext() {
    if (this.editing) this.input.value = "";
    this.replyTo = this.editing = null;
    this.context.replaceChildren();
  }

  key(event) {
    if (event.isComposing) return; // Enter that ends the input of a Chinese word sends nothing
    if (event.key === "Enter" && !event.shiftKey) this.submit(event);
    else if (event.key === "Escape") this.endContext();
  }

  async submit(event) {
    event.preventDefault();
    const text = this.input.value;
    if (text.trim() === "") return;
    const { editing, replyTo } = this;
    this.input.value = "";
    this.editing = null;
    this.endContext();
    this.grow();
    if (!(await this.write(text, replyTo, editing)) && this.input.value === "") {
      this.input.value = text;
      this.grow();
    }
  }

  async write(text, replyTo, editing) {
    return this.attempt(() =>
      editing ? api.edit(this.bot.id, this.customer.id, editing, text) : api.write(this.bot.id, this.customer.id, text, replyTo ?? undefined),
    );
  }

  async toggleBlock() {
    await this.attempt(() => api.setBlocked(this.bot.id, this.customer.id, !this.blocked));
  }

  /** Does something and says what went wrong; what became of it comes back as a change. */
  async attempt(act) {
    this.problem.textContent = "";
    try {
      await act();
      return true;
    } catch (error) {
      this.problem.textContent = error.message;
      return false;
    }
  }

  grow() {
    this.input.rows = Math.min(6, this.input.value.split("\n").length);
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}
