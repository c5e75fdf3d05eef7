import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startViewing, type Viewing } from '../src/features/chat/viewing';
import { Viewers } from '../src/store/viewers.svelte';

let said: string[];
let looked: number;
let viewing: Viewing;
let visible: DocumentVisibilityState;

const pass = (time: number) => vi.advanceTimersByTimeAsync(time);
const turn = (state: DocumentVisibilityState) => {
  visible = state;
  document.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => {
  vi.useFakeTimers();
  visible = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visible);
  said = [];
  looked = 0;
  viewing = startViewing({
    say: (state) => {
      said.push(state);
      return Promise.resolve();
    },
    look: () => {
      looked += 1;
      return Promise.resolve();
    },
  });
});
afterEach(() => {
  viewing.stop();
  vi.restoreAllMocks();
});

describe('who has a session open', () => {
  it('says so at once, every 20 seconds, and once when they leave', async () => {
    expect(said).toEqual(['viewing']);
    await pass(20_000);
    expect(said).toEqual(['viewing', 'viewing']);
    viewing.stop();
    await pass(60_000);
    expect(said).toEqual(['viewing', 'viewing', 'gone']);
  });

  it('says nothing while the page is hidden, and at once when it is back', async () => {
    turn('hidden');
    await pass(60_000);
    expect(said).toEqual(['viewing']);
    turn('visible');
    expect(said).toEqual(['viewing', 'viewing']);
    await pass(20_000);
    expect(said).toHaveLength(3);
  });

  it('says that they type at most every 3 seconds', async () => {
    for (let key = 0; key < 30; key += 1) {
      viewing.typed();
      await pass(100);
    }
    expect(said).toEqual(['viewing', 'typing']);
    viewing.typed();
    expect(said).toEqual(['viewing', 'typing', 'typing']);
  });

  it('is not called a reader in the middle of a word', async () => {
    await pass(19_000);
    viewing.typed();
    await pass(1_000);
    expect(said).toEqual(['viewing', 'typing']);
  });

  it('says that they are gone when the page goes', () => {
    window.dispatchEvent(new Event('pagehide'));
    expect(said).toEqual(['viewing', 'gone']);
  });

  it('looks who else is there, at first and now and then', async () => {
    expect(looked).toBe(1);
    await pass(80_000);
    expect(looked).toBe(3);
  });

  it('goes on when a heartbeat is lost', async () => {
    viewing.stop();
    const say = vi.fn(() => Promise.reject(new Error('no line')));
    viewing = startViewing({ say, look: say });
    await pass(20_000);
    expect(say.mock.calls.length).toBeGreaterThan(2);
  });
});

describe('who else is there', () => {
  const boris = { id: 'b', name: 'Boris', state: 'typing' } as const;

  it('is forgotten after 45 seconds without a word', async () => {
    const viewers = new Viewers();
    viewers.put('s', [boris]);
    await pass(30_000);
    viewers.put('s', [{ ...boris, state: 'viewing' }]);
    await pass(44_000);
    expect(viewers.of('s')).toHaveLength(1);
    await pass(1_000);
    expect(viewers.of('s')).toEqual([]);
  });

  it('types no longer than they say so', async () => {
    const viewers = new Viewers();
    viewers.put('s', [boris]);
    expect(viewers.of('s')[0]?.state).toBe('typing');
    await pass(7_000);
    expect(viewers.of('s')[0]?.state).toBe('viewing');
  });

  it('is gone when the line says so', () => {
    const viewers = new Viewers();
    viewers.put('s', [boris]);
    viewers.put('s', []);
    expect(viewers.of('s')).toEqual([]);
    expect(vi.getTimerCount()).toBe(1);
  });
});
