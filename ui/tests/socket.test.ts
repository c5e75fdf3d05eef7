import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Socket, type LoginCheck } from '../src/realtime/socket';

class FakeLine {
  static all: FakeLine[] = [];
  static get last(): FakeLine {
    const line = FakeLine.all[FakeLine.all.length - 1];
    if (!line) throw new Error('no line was opened');
    return line;
  }

  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closing: { code: number }) => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    FakeLine.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  open(cursor = 'c1'): void {
    this.onopen?.();
    this.say({ type: 'hello', cursor, version: '0', beat_seconds: 20 });
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code: number): void {
    this.onclose?.({ code });
  }
}

function setUp(login: LoginCheck = 'valid') {
  const handlers = {
    events: vi.fn(),
    state: vi.fn(),
    hello: vi.fn(),
    expired: vi.fn(),
    signedOut: vi.fn(),
    checkLogin: vi.fn(() => Promise.resolve(login)),
  };
  const socket = new Socket(handlers, {
    url: (after) => `ws://desk/api/events?after=${after}`,
    WebSocket: FakeLine as unknown as typeof WebSocket,
    random: () => 0.5,
  });
  return { socket, handlers };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeLine.all = [];
});
afterEach(() => vi.useRealTimers());

describe('the line', () => {
  it('starts from the snapshot and is live with hello', () => {
    const { socket, handlers } = setUp();
    socket.start('s0');
    expect(FakeLine.last.url).toContain('after=s0');
    expect(socket.state).toBe('connecting');
    FakeLine.last.say({ type: 'events', cursor: 'c0', events: [{ kind: 'resync' }] });
    FakeLine.last.open();
    expect(socket.state).toBe('live');
    expect(handlers.events).toHaveBeenCalledWith([{ kind: 'resync' }]);
  });

  it('comes back from where it was, later each time, never later than 30 s', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open('c1');
    FakeLine.last.say({ type: 'events', cursor: 'c9', events: [] });
    FakeLine.last.end(1006);
    expect(socket.state).toBe('waiting');
    vi.advanceTimersByTime(999);
    expect(FakeLine.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeLine.all).toHaveLength(2);
    expect(FakeLine.last.url).toContain('after=c9');
    let before = 0;
    for (let round = 0; round < 8; round += 1) {
      FakeLine.last.onopen?.();
      FakeLine.last.end(1006);
      const lines = FakeLine.all.length;
      const since = Date.now();
      vi.advanceTimersToNextTimer();
      expect(FakeLine.all).toHaveLength(lines + 1);
      const waited = Date.now() - since;
      expect(waited).toBeGreaterThanOrEqual(before);
      expect(waited).toBeLessThanOrEqual(30_000);
      before = waited;
    }
    expect(before).toBeGreaterThan(10_000);
  });

  it('looks at once when the network is back', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open();
    FakeLine.last.end(1006);
    socket.wake();
    expect(FakeLine.all).toHaveLength(2);
    vi.advanceTimersByTime(900);
    expect(FakeLine.all).toHaveLength(2);
  });

  it('does not trust a line once the browser is offline', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open('c3');
    const line = FakeLine.last;
    socket.doubt();
    expect(line.closed).toBe(true);
    expect(socket.state).toBe('waiting');
    socket.wake();
    expect(FakeLine.last.url).toContain('after=c3');
    socket.stop();
    socket.doubt();
    expect(socket.state).toBe('off');
  });

  it('takes three missing beats for a dead line, and a beat for a living one', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open();
    for (let beat = 0; beat < 10; beat += 1) {
      vi.advanceTimersByTime(20_000);
      FakeLine.last.say({ type: 'beat' });
    }
    expect(socket.state).toBe('live');
    const line = FakeLine.last;
    vi.advanceTimersByTime(60_000);
    expect(line.closed).toBe(true);
    expect(socket.state).toBe('waiting');
  });

  it('resumes from the cursor of the last beat', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open('c1');
    FakeLine.last.say({ type: 'beat', cursor: 'c77' });
    FakeLine.last.end(1006);
    socket.wake();
    expect(FakeLine.last.url).toContain('after=c77');
  });

  it.each([31, 3_600])('opens a new line at once after %d s of sleep in which no beat came', (seconds) => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open('c1');
    const line = FakeLine.last;
    vi.setSystemTime(Date.now() + seconds * 1000);
    socket.wake();
    expect(line.closed).toBe(true);
    expect(FakeLine.all).toHaveLength(2);
    expect(FakeLine.last.url).toContain('after=c1');
    expect(socket.state).toBe('connecting');
  });

  it('gives a line that may be well until its next beat after a sleep', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open('c1');
    const line = FakeLine.last;
    vi.setSystemTime(Date.now() + 15_000);
    socket.wake();
    vi.advanceTimersByTime(10_000);
    line.say({ type: 'beat', cursor: 'c2' });
    vi.advanceTimersByTime(50_000);
    expect(line.closed).toBe(false);
    socket.wake();
    expect(line.closed).toBe(true);
    expect(FakeLine.last.url).toContain('after=c2');
    FakeLine.last.open('c2');
    vi.setSystemTime(Date.now() + 15_000);
    socket.wake();
    vi.advanceTimersByTime(15_000);
    expect(socket.state).toBe('waiting');
  });

  it('does not wait for ever for a line that never opens', async () => {
    const { socket, handlers } = setUp();
    socket.start('s0');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(handlers.checkLogin).toHaveBeenCalled();
    expect(socket.state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeLine.all).toHaveLength(2);
  });

  it('asks for the login when an upgrade is refused, and stays down without one', async () => {
    const { socket, handlers } = setUp('signed_out');
    socket.start('s0');
    FakeLine.last.end(1006);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(handlers.checkLogin).toHaveBeenCalledTimes(1);
    expect(FakeLine.all).toHaveLength(1);
    expect(socket.state).toBe('off');
  });

  it('goes on when the refusal was not about the login', async () => {
    const { socket } = setUp('unknown');
    socket.start('s0');
    FakeLine.last.end(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeLine.all).toHaveLength(2);
  });

  it('asks for a snapshot once its cursor is too old', () => {
    const { socket, handlers } = setUp();
    socket.start('old');
    FakeLine.last.onopen?.();
    FakeLine.last.say({ type: 'expired' });
    FakeLine.last.end(4410);
    expect(handlers.expired).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(FakeLine.all).toHaveLength(1);
    socket.start('new');
    expect(FakeLine.last.url).toContain('after=new');
  });

  it('resumes by itself after being closed for slowness', () => {
    const { socket } = setUp();
    socket.start('s0');
    FakeLine.last.open('c5');
    FakeLine.last.end(4408);
    vi.advanceTimersByTime(1_000);
    expect(FakeLine.last.url).toContain('after=c5');
  });

  it('never comes back by itself after being signed out', () => {
    const { socket, handlers } = setUp();
    socket.start('s0');
    FakeLine.last.open();
    FakeLine.last.say({ type: 'signed_out', code: 'signed_in_elsewhere' });
    expect(handlers.signedOut).toHaveBeenCalledWith('signed_in_elsewhere');
    socket.wake();
    vi.advanceTimersByTime(120_000);
    expect(FakeLine.all).toHaveLength(1);
    expect(socket.state).toBe('off');
  });
});
