import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event } from '../src/realtime/protocol';
import { coalesce, merged, Sequencer } from '../src/realtime/sequencer';
import { aMessage, aSession } from './builders';

describe('merging by version', () => {
  it('never lets an older copy replace a newer one', () => {
    const known = new Map([['a', { id: 'a', version: 3 }]]);
    expect(merged(known, [{ id: 'a', version: 2 }])).toBe(known);
    expect(merged(known, [{ id: 'a', version: 4 }]).get('a')?.version).toBe(4);
  });

  it('comes to the same whatever the order and however often', () => {
    const item = fc.record({ id: fc.constantFrom('a', 'b', 'c'), version: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(item), fc.array(item), (first, second) => {
        const versions = (map: ReadonlyMap<string, { version: number }>) =>
          [...map].map(([key, value]) => `${key}${value.version}`).sort();
        const forwards = merged(merged(new Map(), first), second);
        const backwards = merged(merged(merged(new Map(), second), first), second);
        expect(versions(forwards)).toEqual(versions(backwards));
      }),
    );
  });
});

describe('coalescing', () => {
  it('keeps the last word on each thing, in the place of the first', () => {
    const one = aSession();
    const message = aMessage();
    const events: Event[] = [
      { kind: 'session', session: one },
      { kind: 'message', message },
      { kind: 'session', session: { ...one, version: 3 } },
      { kind: 'session', session: { ...one, version: 2 } },
    ];
    expect(coalesce(events)).toEqual([
      { kind: 'session', session: { ...one, version: 3 } },
      { kind: 'message', message },
    ]);
  });

  it('does not carry a thing over the loss of its project', () => {
    const one = aSession();
    const events: Event[] = [
      { kind: 'session', session: one },
      { kind: 'project_forgotten', project_id: 'project-1' },
      { kind: 'session', session: { ...one, version: 2 } },
    ];
    expect(coalesce(events)).toHaveLength(3);
  });
});

describe('the sequencer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('applies what came within a frame at once', () => {
    const apply = vi.fn();
    const sequencer = new Sequencer(apply);
    sequencer.push([{ kind: 'session', session: aSession() }]);
    sequencer.push([{ kind: 'session', session: aSession() }]);
    expect(apply).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(apply).toHaveBeenCalledTimes(1);
    expect(apply.mock.calls[0]?.[0]).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(apply).toHaveBeenCalledTimes(1);
  });

  it('works by the clock where there are no frames', () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    const apply = vi.fn();
    new Sequencer(apply).push([{ kind: 'resync' }]);
    vi.advanceTimersByTime(300);
    expect(apply).toHaveBeenCalledTimes(1);
  });

  it('forgets what a snapshot makes void', () => {
    const apply = vi.fn();
    const sequencer = new Sequencer(apply);
    sequencer.push([{ kind: 'resync' }]);
    sequencer.clear();
    vi.advanceTimersByTime(1000);
    expect(apply).not.toHaveBeenCalled();
  });
});
