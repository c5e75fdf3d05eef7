// A team at work: what every test begins with.
import {
  test as base,
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';

import { Server, Simulator } from './server.ts';

export const PASSWORD = 'correct horse battery';

export interface Bot {
  id: number;
  token: string;
  name: string;
}

export interface Customer {
  id: number;
  first_name: string;
}

/** An installation that is set up: owner, agents, one project. Faults in any page fail the test. */
export class Team {
  readonly faults: string[] = [];

  readonly simulator: Simulator;
  readonly server: Server;
  readonly bot: Bot;
  readonly #cookie: string;
  readonly #open: (options: BrowserContextOptions) => Promise<Page>;

  constructor(
    simulator: Simulator,
    server: Server,
    bot: Bot,
    cookie: string,
    open: (options: BrowserContextOptions) => Promise<Page>,
  ) {
    this.simulator = simulator;
    this.server = server;
    this.bot = bot;
    this.#cookie = cookie;
    this.#open = open;
  }

  static async make(
    simulator: Simulator,
    server: Server,
    open: (options: BrowserContextOptions) => Promise<Page>,
  ): Promise<Team> {
    const setup = {
      token: server.setupToken,
      workspace: { name: 'Harbour', slug: 'harbour', time_zone: 'UTC' },
      owner: { name: 'Olivia Owner', login_name: 'olivia', password: PASSWORD },
    };
    const response = await fetch(`${server.url}/api/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(setup),
    });
    if (!response.ok) throw new Error(await response.text());
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    const bot = await simulator.control<Bot>('POST', '/bots', { name: 'Harbour Shop' });
    const team = new Team(simulator, server, bot, cookie, open);
    await team.api('POST', '/api/projects', { token: bot.token });
    return team;
  }

  /** A call as the owner. */
  async api<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
    const headers: Record<string, string> = { cookie: this.#cookie, ...more };
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      headers['content-type'] = 'application/json';
    }
    const response = await fetch(`${this.server.url}${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** An edit as the owner, based on a version; its health may make another one meanwhile. */
  edit<T>(path: string, version: number, body: unknown): Promise<T> {
    return this.api('PATCH', path, body, { 'if-match': `"${version}"` });
  }

  /** Adds an agent of all projects. */
  async addAgent(login_name: string, name: string): Promise<void> {
    await this.api('POST', '/api/members', {
      name,
      login_name,
      role: 'agent',
      password: PASSWORD,
      projects: 'all',
    });
  }

  /** A browser of its own; its console must stay clean. */
  async browser(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.#open(options);
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      // What the browser itself says of a refused or failed request is no fault of the page.
      if (
        message.type() === 'error' &&
        !/Failed to load resource|WebSocket connection/.test(message.text())
      ) {
        this.faults.push(message.text());
      }
    });
    return page;
  }

  /** A browser that is signed in and online. */
  async agent(login_name: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.browser(options);
    await signIn(page, this.server.url, login_name);
    await goOnline(page);
    return page;
  }

  /** The simulator's page, as this customer in a chat with the bot. */
  async customerPage(customer: Customer, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.browser(options);
    await page.goto(`${this.simulator.url}/#bot=${this.bot.id}&customer=${customer.id}`);
    await expect(page.getByTestId(`chat-${this.bot.id}-${customer.id}`)).toBeVisible();
    return page;
  }

  customer(first_name: string, more: Record<string, string> = {}): Promise<Customer> {
    return this.simulator.control<Customer>('POST', '/customers', {
      first_name,
      language_code: 'en',
      ...more,
    });
  }

  write(customer: Customer, text: string): Promise<unknown> {
    return this.simulator.control('POST', `/chats/${this.bot.id}/${customer.id}/messages`, { text });
  }
}

export async function signIn(page: Page, url: string, login_name: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Login name').fill(login_name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByTestId('tab-mine')).toBeVisible();
}

export async function goOnline(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Status/ }).click();
  await page.getByRole('menuitemradio', { name: /^Online/ }).click();
  await expect(page.getByRole('button', { name: /Status: Online/ })).toBeVisible();
}

/** Opens a session from the list. */
export async function openSession(page: Page, name: string): Promise<void> {
  await page.getByTestId('session-row').filter({ hasText: name }).getByRole('link').first().click();
  await expect(page.getByTestId('composer')).toBeVisible();
}

export async function reply(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text);
  await page.keyboard.press('Enter');
}

export const test = base.extend<{ installation: { simulator: Simulator; server: Server }; team: Team }>({
  // Playwright reads from the pattern what the fixture needs: nothing.
  installation: async ({}, use) => {
    const simulator = await Simulator.start();
    const server = await Server.start(simulator);
    await use({ simulator, server });
    await server.stop();
    await simulator.stop();
  },
  team: async ({ installation, browser }, use) => {
    const { simulator, server } = installation;
    const contexts: BrowserContext[] = [];
    const team = await Team.make(simulator, server, async (options) => {
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
      contexts.push(context);
      return context.newPage();
    });
    await team.addAgent('anna', 'Anna Agent');
    await use(team);
    // Nothing else closes them, and each would go on looking for its server beside all tests that follow.
    await Promise.all(contexts.map((context) => context.close()));
    expect(team.faults, 'no page had a fault').toEqual([]);
  },
});

export { expect };
