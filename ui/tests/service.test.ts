// Service lines in words, for everything that may have happened and every reason.
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceLine, Why } from '../src/api/types';
import { speak } from '../src/app/locale.svelte';
import { serviceWords, WORDED } from '../src/features/chat/service';
import { whyWords } from '../src/features/chat/why';

const anna = { id: 'a', name: 'Anna' };
const boris = { id: 'b', name: 'Boris' };
const why = (change: Partial<Why> = {}): Why => ({ rule: 'in_turn', open: 1, limit: 3, ...change });

afterEach(() => speak('en'));

describe('a service line', () => {
  it.each<[ServiceLine, string]>([
    [{ what: 'session_started' }, 'Session started'],
    [{ what: 'assigned', member: anna, reason: 'in_turn' }, 'Assigned to Anna in turn'],
    [{ what: 'assigned', member: anna, reason: 'online_first' }, 'Assigned to Anna, who was online'],
    [{ what: 'assigned', member: anna, reason: 'least_busy' }, 'Assigned to Anna, the least busy'],
    [
      { what: 'assigned', member: anna, reason: 'in_turn', why: why({ served_last: true }) },
      'Assigned to Anna, who served this customer last',
    ],
    [
      { what: 'assigned', member: anna, reason: 'online_first', why: why({ rule: 'online_first', fallback: true }) },
      'Assigned to Anna in turn, as nobody was online',
    ],
    [{ what: 'assigned', member: anna, why: why({ rule: 'least_busy' }) }, 'Assigned to Anna, the least busy'],
    [{ what: 'assigned', member: anna, reason: 'something_new' }, 'Assigned to Anna'],
    [{ what: 'assigned' }, 'Assigned'],
    [{ what: 'taken', member: anna, reason: 'by_hand' }, 'Taken by Anna'],
    [{ what: 'assigned_by', member: anna, to: boris }, 'Anna assigned this to Boris'],
    [{ what: 'taken_over', member: anna }, 'Anna took over'],
    [{ what: 'taken_over', member: anna, to: boris }, 'Anna took over from Boris'],
    [{ what: 'transferred', member: anna, to: boris, note: 'A refund' }, 'Anna handed this to Boris'],
    [{ what: 'transferred', member: anna, to: null }, 'Anna put this back into the queue'],
    [{ what: 'returned', member: anna, reason: 'given_back' }, 'Anna put this back into the queue'],
    [{ what: 'returned', member: anna, reason: 'put_back' }, 'Anna put this back into the queue'],
    [{ what: 'returned', member: anna, reason: 'disabled' }, 'Back in the queue: Anna’s account was disabled'],
    [{ what: 'returned', member: anna, reason: 'deleted' }, 'Back in the queue: Anna’s account was deleted'],
    [{ what: 'returned', member: anna, reason: 'expired' }, 'Back in the queue: Anna’s account expired'],
    [{ what: 'returned', member: anna, reason: 'access_lost' }, 'Back in the queue: Anna no longer sees this project'],
    [{ what: 'returned', member: anna, reason: 'not_taken_up' }, 'Back in the queue: Anna did not take it up in time'],
    [{ what: 'returned', member: anna, reason: 'went_offline' }, 'Back in the queue: Anna went offline'],
    [{ what: 'returned', member: anna, reason: 'something_new' }, 'Back in the queue: Anna no longer serves this.'],
    [{ what: 'returned' }, 'Back in the queue'],
    [{ what: 'ended', member: anna }, 'Session ended by Anna'],
    [{ what: 'ended', reason: 'quiet' }, 'Session ended by itself: nobody wrote for a while'],
    [{ what: 'ended', reason: 'project_closed' }, 'Session ended: the project was archived or deleted'],
    [{ what: 'ended' }, 'Session ended'],
    [{ what: 'reopened', member: anna, reason: 'by_member' }, 'Reopened by Anna'],
    [{ what: 'reopened', to: anna, reason: 'customer_wrote' }, 'Reopened for Anna: the customer wrote again'],
    [{ what: 'reopened', reason: 'customer_wrote' }, 'Reopened: the customer wrote again'],
    [{ what: 'reopened' }, 'Session reopened'],
    [{ what: 'blocked' }, 'The customer blocked the bot'],
    [{ what: 'unblocked' }, 'The customer unblocked the bot'],
  ])('%j', (line, words) => expect(serviceWords(line)).toBe(words));

  it.each(['zh', 'ru'])('names who and speaks %s, whatever the reason', (locale) => {
    const lines = (['assigned', 'returned'] as const).flatMap((what) =>
      WORDED[what].map((reason): ServiceLine => ({ what, member: anna, reason })),
    );
    const english = lines.map(serviceWords);
    speak(locale);
    for (const [index, line] of lines.entries()) {
      expect(serviceWords(line)).toContain('Anna');
      expect(serviceWords(line)).not.toBe(english[index]);
    }
  });
});

describe('why it went there', () => {
  it('says the rule, after whom, and the load', () => {
    expect(whyWords(why({ after: boris }), 'Anna')).toEqual({
      because: [
        'This project gives sessions in turn.',
        'The one before went to Boris.',
        'Anna had 1 of 3 sessions open.',
      ],
      passed: [],
    });
  });

  it('says that they served the customer last, which no turn has to do with', () => {
    const { because } = whyWords(why({ after: boris, served_last: true }), 'Anna');
    expect(because).toContain('Anna served this customer last.');
    expect(because.join(' ')).not.toContain('Boris');
  });

  it('says that it fell back', () => {
    expect(whyWords(why({ rule: 'online_first', fallback: true }), 'Anna').because).toContain(
      'Nobody was online and connected, so it went in turn to somebody who is not busy.',
    );
  });

  it('says who was passed over, and why', () => {
    const passed = ['busy', 'offline', 'not_connected', 'at_limit', 'not_taken_up', 'something_new'].map(
      (reason, index) => ({ member: { id: String(index), name: `M${index}` }, reason }),
    );
    expect(whyWords(why({ passed }), 'Anna').passed.map(({ words }) => words)).toEqual([
      'M0: busy',
      'M1: offline',
      'M2: not connected',
      'M3: at the limit',
      'M4: did not take it up in time',
      'M5: not available',
    ]);
  });
});
