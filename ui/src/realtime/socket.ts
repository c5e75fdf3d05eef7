// One line to the server that mends itself. It knows nothing of what the events mean, nor of the page around it.
import type { Viewer } from '../api/types';
import { backoff } from '../lib/backoff';
import { CLOSED, parseFrame, type Event } from './protocol';

export type LineState = 'off' | 'connecting' | 'live' | 'waiting';

/** What the HTTP side says of the login after a socket failed: the browser hides the status of a refused upgrade. */
export type LoginCheck = 'valid' | 'signed_out' | 'unknown';

export interface SocketHandlers {
  /** Everything up to `cursor`. */
  events: (events: Event[]) => void;
  state: (state: LineState) => void;
  /** Who has a session open: told as it is, never replayed. */
  viewers?: (sessionId: string, members: Viewer[]) => void;
  /** The line stands, with a server of this version. */
  hello: (version: string) => void;
  /** The cursor is too old: fetch a snapshot, then {@link Socket.start} again with what it is as of. */
  expired: () => void;
  signedOut: (code: string) => void;
  checkLogin: () => Promise<LoginCheck>;
}

export interface SocketOptions {
  url: (after: string | null) => string;
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

const OPEN_WITHIN = 15_000;
const FIRST_BEAT = 20_000;
/** Beats of silence that are too many once the page has slept. */
const OVERDUE = 1.5;

export class Socket {
  private line: WebSocket | null = null;
  private cursor: string | null = null;
  private attempt = 0;
  private beat = FIRST_BEAT;
  private lastHeard = 0;
  private wanted = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setTimeout> | undefined;
  private current: LineState = 'off';

  constructor(
    private readonly handlers: SocketHandlers,
    private readonly options: SocketOptions,
  ) {}

  get state(): LineState {
    return this.current;
  }

  /** Connects with everything after `after` to come. */
  start(after: string | null): void {
    this.drop();
    this.cursor = after;
    this.wanted = true;
    this.attempt = 0;
    this.open();
  }

  /** Ends the line for good, until the next {@link start}. */
  stop(): void {
    this.wanted = false;
    this.drop();
    this.become('off');
  }

  /** The network or the page came back: look now rather than when the timer says. */
  wake(): void {
    if (!this.wanted) return;
    if (this.current === 'waiting') {
      this.reopen();
    } else {
      // Timers sleep with the page, and a line may die with the network it was on: one whose beat is overdue is dead,
      // and one that may still be well has until its next beat to prove it.
      const left = OVERDUE * this.beat - (Date.now() - this.lastHeard);
      if (left <= 0) this.reopen();
      else if (this.current === 'live') this.watchFor(left);
    }
  }

  /** The browser says the network is gone: the line may take a minute to notice, so begin anew. */
  doubt(): void {
    if (this.wanted && this.line) this.lost(false);
  }

  private reopen(): void {
    this.drop();
    this.attempt = 0;
    this.open();
  }

  private become(state: LineState): void {
    if (this.current === state) return;
    this.current = state;
    this.handlers.state(state);
  }

  private open(): void {
    this.become('connecting');
    const Line = this.options.WebSocket ?? WebSocket;
    const line = new Line(this.options.url(this.cursor));
    let opened = false;
    this.line = line;
    this.listen(OPEN_WITHIN);
    line.onopen = () => {
      opened = true;
      if (line === this.line) this.listen(3 * this.beat);
    };
    line.onmessage = (message) => {
      if (line === this.line) this.hear(String(message.data));
    };
    line.onclose = (closing) => {
      if (line === this.line) this.closed(closing.code, opened);
    };
  }

  private hear(text: string): void {
    this.listen(3 * this.beat);
    const frame = parseFrame(text);
    if (!frame) return;
    switch (frame.type) {
      case 'hello':
        this.cursor = frame.cursor;
        this.beat = frame.beatSeconds * 1000;
        this.attempt = 0;
        this.listen(3 * this.beat);
        this.become('live');
        this.handlers.hello(frame.version);
        break;
      case 'events':
        // The handler first: a cursor that stands for events nobody took would lose them.
        this.handlers.events(frame.events);
        this.cursor = frame.cursor;
        break;
      case 'viewers':
        this.handlers.viewers?.(frame.sessionId, frame.members);
        break;
      case 'expired':
        this.expire();
        break;
      case 'signed_out':
        this.signOut(frame.code);
        break;
      case 'beat':
        this.cursor = frame.cursor ?? this.cursor;
        break;
    }
  }

  private closed(code: number, opened: boolean): void {
    if (code === CLOSED.expired) this.expire();
    else if (code === CLOSED.signedOut) void this.askWhy();
    else this.lost(!opened);
  }

  private expire(): void {
    this.drop();
    this.cursor = null;
    this.become('connecting');
    this.handlers.expired();
  }

  private signOut(code: string): void {
    this.stop();
    this.handlers.signedOut(code);
  }

  /** The line is gone. When it never stood, the login may be why. */
  private lost(ask: boolean): void {
    this.drop();
    if (ask) void this.askWhy();
    else this.again();
  }

  private async askWhy(): Promise<void> {
    this.drop();
    this.become('waiting');
    const verdict = await this.handlers.checkLogin();
    if (!this.wanted || this.line) return;
    if (verdict === 'signed_out') this.stop();
    else this.again();
  }

  private again(): void {
    this.become('waiting');
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), backoff(this.attempt, this.options.random));
    this.attempt += 1;
  }

  /** Any frame proves the line; silence for so long means it is dead. */
  private listen(patience: number): void {
    this.lastHeard = Date.now();
    this.watchFor(patience);
  }

  private watchFor(patience: number): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.lost(this.current === 'connecting'), patience);
  }

  private drop(): void {
    clearTimeout(this.retry);
    clearTimeout(this.watch);
    const line = this.line;
    this.line = null;
    if (!line) return;
    line.onopen = line.onmessage = line.onclose = null;
    line.close();
  }
}
