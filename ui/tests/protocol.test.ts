import { describe, expect, it } from 'vitest';
import { parseFrame } from '../src/realtime/protocol';
import { aMessage } from './builders';

describe('frames', () => {
  it('are read as the document says', () => {
    expect(parseFrame('{"type":"hello","cursor":"7","version":"0.1.0","beat_seconds":5}')).toEqual({
      type: 'hello',
      cursor: '7',
      version: '0.1.0',
      beatSeconds: 5,
    });
    expect(parseFrame('{"type":"beat","cursor":"8"}')).toEqual({ type: 'beat', cursor: '8' });
    expect(parseFrame('{"type":"beat"}')).toEqual({ type: 'beat', cursor: null });
    expect(parseFrame('{"type":"expired"}')).toEqual({ type: 'expired' });
    expect(parseFrame('{"type":"signed_out","code":"signed_in_elsewhere"}')).toEqual({
      type: 'signed_out',
      code: 'signed_in_elsewhere',
    });
  });

  it('leave out the events nobody knows and keep the rest', () => {
    const message = aMessage();
    const events = [
      { kind: 'hologram', hologram: {} },
      { kind: 'message', message },
      { kind: 'message' },
      { kind: 'session', session: { id: 'x' } },
      { kind: 'project_forgotten', project_id: 'p' },
      { kind: 'resync' },
      null,
      42,
    ];
    const frame = parseFrame(JSON.stringify({ type: 'events', cursor: 'c', events }));
    expect(frame).toEqual({
      type: 'events',
      cursor: 'c',
      events: [{ kind: 'message', message }, { kind: 'project_forgotten', project_id: 'p' }, { kind: 'resync' }],
    });
  });

  it.each(['', 'null', '[]', '"x"', '{"type":"events"}', '{"type":"hello"}', '{"type":"new"}', '{'])(
    'that make no sense are none: %s',
    (text) => expect(parseFrame(text)).toBeNull(),
  );

  it('that tell who is there', () => {
    const members = [{ id: 'b', name: 'Boris', state: 'typing' }, { id: 'x' }, null];
    expect(parseFrame(JSON.stringify({ type: 'viewers', session_id: 's', members }))).toEqual({
      type: 'viewers',
      sessionId: 's',
      members: [{ id: 'b', name: 'Boris', state: 'typing' }],
    });
    expect(parseFrame(JSON.stringify({ type: 'viewers', members }))).toBeNull();
  });

  it('that tell of notes and of the workspace’s words', () => {
    const note = { id: 'n', version: 1 };
    const events = [{ kind: 'note', note }, { kind: 'note' }, { kind: 'vocabulary' }];
    expect(parseFrame(JSON.stringify({ type: 'events', cursor: 'c', events }))).toMatchObject({
      events: [{ kind: 'note', note }, { kind: 'vocabulary' }],
    });
  });
});
