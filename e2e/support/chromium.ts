// A browser whose profile outlives it, so that it can be killed and started again.
import { chromium, type Browser, type Page } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env['TELEDESK_CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--lang=en-GB',
  '--remote-debugging-port=0',
];

export class Profile {
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #browser: Browser | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Profile> {
    return new Profile(await mkdtemp(join(tmpdir(), 'teledesk-profile-')));
  }

  /** Starts a browser with this profile and gives an empty page of it. */
  async start(): Promise<Page> {
    // A group of its own, so that all its processes end together.
    const child = spawn(BINARY, [...ARGS, `--user-data-dir=${this.#folder}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#child = child;
    const address = await new Promise<string>((done, fail) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
        if (found) done(found);
      });
      child.on('exit', () => fail(new Error('the browser ended')));
      child.on('error', fail);
    });
    this.#browser = await chromium.connectOverCDP(address);
    const context = this.#browser.contexts()[0];
    if (!context) throw new Error('the browser has no context');
    return context.newPage();
  }

  /** Ends the browser without warning: no page can do anything about it. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    process.kill(-child.pid, 'SIGKILL');
    await ended;
    await this.#browser?.close().catch(() => undefined);
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
