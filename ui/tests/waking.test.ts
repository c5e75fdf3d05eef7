import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchWaking } from '../src/app/waking';

const wake = vi.fn();
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  wake.mockClear();
  stop = watchWaking(wake);
});
afterEach(() => stop());

function look(state: DocumentVisibilityState): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
  vi.restoreAllMocks();
}

const shown = (persisted: boolean) => {
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
};

describe('waking', () => {
  it('is noticed by a clock that jumped', () => {
    vi.advanceTimersByTime(120_000);
    expect(wake).not.toHaveBeenCalled();
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(10_000);
    expect(wake).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    expect(wake).toHaveBeenCalledOnce();
  });

  it('is no clock set back, and no tab whose timers come once a minute', () => {
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(10_000);
    vi.setSystemTime(Date.now() + 50_000);
    vi.advanceTimersByTime(10_000);
    expect(wake).not.toHaveBeenCalled();
  });

  it.each([
    ['the page is looked at again', () => look('visible'), 1],
    ['the page is hidden', () => look('hidden'), 0],
    ['the page comes back from the cache', () => shown(true), 1],
    ['the page is shown first', () => shown(false), 0],
    ['the network is back', () => window.dispatchEvent(new Event('online')), 1],
    ['a frozen page goes on', () => document.dispatchEvent(new Event('resume')), 1],
  ])('when %s: %#', (_, happen, times) => {
    happen();
    expect(wake).toHaveBeenCalledTimes(times);
  });

  it('is nobody’s business once stopped', () => {
    stop();
    window.dispatchEvent(new Event('online'));
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(20_000);
    expect(wake).not.toHaveBeenCalled();
  });
});
