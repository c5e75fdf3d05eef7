import { describe, expect, it } from 'vitest';
import type { Project, TelegramApi } from '../src/api/types';
import { isWholeToken, pictureOf } from '../src/features/projects/picture';
import { customerPage, isLocal } from '../src/features/welcome/simulator';
import { firstOpen, type StepName } from '../src/features/welcome/steps';

describe('the first steps', () => {
  it.each([
    ['', '', 'bot'],
    ['bot', '', 'team'],
    ['bot', 'team', 'write'],
    ['team', '', 'bot'],
    ['', 'bot', 'team'],
    ['bot team write', '', null],
    ['bot write', 'team', null],
  ])('done: %j, put off: %j, next: %s', (done, skipped, next) => {
    const has = (words: string, step: string) => words.split(' ').includes(step);
    const standing = { bot: has(done, 'bot'), team: has(done, 'team'), write: has(done, 'write') };
    expect(firstOpen(standing, new Set(skipped.split(' ') as StepName[]))).toBe(next);
  });
});

describe("the simulator's page", () => {
  const simulator: TelegramApi = { name: 'Simulator', url: 'http://127.0.0.1:8081', simulator: true };
  const project = { api: simulator.url, bot: { id: 7, name: 'Bot', username: 'a_bot' } } as Project;

  it('is that of the customer who came with the bot, or else the bot’s', () => {
    const page = 'http://127.0.0.1:8081/#bot=7&customer=9';
    expect(customerPage(project, simulator, page)).toBe(page);
    expect(customerPage(project, simulator, 'http://127.0.0.1:8081/#bot=8&customer=9')).toBe(
      'http://127.0.0.1:8081/#bot=7',
    );
    expect(customerPage(project, simulator, null)).toBe('http://127.0.0.1:8081/#bot=7');
    expect(customerPage({ ...project, api: 'https://api.telegram.org' }, simulator, page)).toBeNull();
  });

  it('opens only where the server runs', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'].every(isLocal)).toBe(true);
    expect(['desk.example.com', '10.0.0.1', '1.127.0.1'].some(isLocal)).toBe(false);
  });
});

describe('a bot before it is saved', () => {
  it('is asked about once its token is whole', () => {
    expect(isWholeToken(' 1234567:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr\n')).toBe(true);
    for (const part of ['', '1234567', '1234567:', '1234567:AAbb', 'abc:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr']) {
      expect(isWholeToken(part), part).toBe(false);
    }
  });

  it('shows its picture when it is of a kind that browsers draw', () => {
    expect(pictureOf('/9j/4AAQ')).toBe('data:image/jpeg;base64,/9j/4AAQ');
    expect(pictureOf('iVBORw0KGgoAAAA')).toBe('data:image/png;base64,iVBORw0KGgoAAAA');
    expect(pictureOf('PHN2Zz4=')).toBeNull();
    expect(pictureOf(null)).toBeNull();
  });
});
