// The real server and the simulated Telegram, as processes of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env['TELEDESK_BINARY'] ?? resolve(import.meta.dirname, '../../target/debug/teledesk');

/** Starts the binary and gives it together with what its first matching line names. */
async function start(
  args: string[],
  pattern: RegExp,
): Promise<{ process: ChildProcess; found: string; lines: string[] }> {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (data) => (errors += String(data)));
  const found = await new Promise<string>((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const match = pattern.exec(line)?.[1];
      if (match) done(match);
    });
    child.on('exit', () => fail(new Error(`${BINARY} ${args.join(' ')} ended:\n${errors}`)));
    child.on('error', fail);
  });
  return { process: child, found, lines };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
}

export class Simulator {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(): Promise<Simulator> {
    const { process, found } = await start(['simulator', '--listen', '127.0.0.1:0'], /is at (http:\S+)/);
    return new Simulator(found, process);
  }

  async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json' };
    }
    const response = await fetch(`${this.url}/control${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  stop(): Promise<void> {
    return end(this.#child);
  }
}

export class Server {
  readonly url: string;
  readonly setupToken: string;
  /** The simulated Telegram that runs in its process, if one does. */
  readonly simulator: string | null;
  readonly #data: string;
  readonly #args: string[];
  #child: ChildProcess;

  private constructor(started: Awaited<ReturnType<typeof start>>, data: string, args: string[]) {
    const words = started.lines.join('\n');
    const url = /listening on (http:\S+)/.exec(words)?.[1];
    if (!url) throw new Error('the server names no address');
    this.url = url;
    this.setupToken = started.found;
    this.simulator = /simulated Telegram is at (http:\S+)/.exec(words)?.[1] ?? null;
    this.#data = data;
    this.#args = args;
    this.#child = started.process;
  }

  /** With `simulator` as its Telegram; without one it runs one itself, beside Telegram's own address. */
  static async start(simulator?: Simulator, more: string[] = []): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), 'teledesk-e2e-'));
    const telegram = simulator ? ['--telegram-api', simulator.url] : ['--simulator', '127.0.0.1:0'];
    const args = ['--data', data, ...telegram, ...more];
    const started = await start(['serve', '--listen', '127.0.0.1:0', ...args], /#token=(\S+)/);
    return new Server(started, data, args);
  }

  /** Ends it without warning. */
  kill(): Promise<void> {
    return end(this.#child);
  }

  /** Starts it again at the same address. */
  async startAgain(): Promise<void> {
    const listen = new URL(this.url).host;
    const started = await start(['serve', '--listen', listen, ...this.#args], /listening on (http:\S+)/);
    this.#child = started.process;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
  }
}
