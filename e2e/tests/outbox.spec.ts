// Messages that could not be sent at once: nothing is lost, nothing goes twice, nothing goes late unasked.
import type { Page } from '@playwright/test';

import { Profile } from '../support/chromium.ts';
import {
  expect,
  goOnline,
  openSession,
  reply,
  signIn,
  test,
  type Customer,
  type Team,
} from '../support/team.ts';

const POSTS = '**/api/sessions/*/messages';
const FIVE = ['One', 'Two', 'Three', 'Four', 'Five'];

/** Messages are refused on their way; everything else goes on. */
const cut = (page: Page) => page.route(POSTS, (route) => route.abort());

/** How many messages the browser itself keeps. */
const kept = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((done) => {
        const opening = indexedDB.open('teledesk');
        opening.onsuccess = () => {
          const count = opening.result.transaction('outbox').objectStore('outbox').count();
          count.onsuccess = () => {
            opening.result.close();
            done(count.result);
          };
        };
      }),
  );

/** What the customer got of us, in order: exactly this. */
async function arrived(team: Team, customer: Customer, texts: string[]): Promise<void> {
  const page = await team.customerPage(customer);
  await expect(page.locator('[data-from="bot"]')).toContainText(texts, { timeout: 30_000 });
}

async function talk(team: Team): Promise<{ ana: Customer; agent: Page }> {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  return { ana, agent };
}

test('five messages survive the death of the browser and arrive once and in order', async ({ team }) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const profile = await Profile.make();
  try {
    const first = await profile.start();
    await signIn(first, team.server.url, 'anna');
    await goOnline(first);
    await openSession(first, 'Ana');
    await cut(first);
    for (const text of FIVE) await reply(first, text);
    await expect.poll(() => kept(first)).toBe(5);
    await profile.kill();

    const again = await profile.start();
    await again.goto(team.server.url);
    // A browser that is killed may have forgotten its newest cookies.
    const inside = again.getByTestId('tab-mine');
    await expect(inside.or(again.getByLabel('Login name'))).toBeVisible();
    if (!(await inside.isVisible())) await signIn(again, team.server.url, 'anna');
    await openSession(again, 'Ana');
    for (const text of FIVE) {
      const message = again.getByTestId('message').filter({ hasText: text });
      await expect(message).toHaveAttribute('data-delivery', 'sent', { timeout: 30_000 });
      await expect(message).toHaveCount(1);
    }
    await expect.poll(() => kept(again)).toBe(0);
    await arrived(team, ana, FIVE);
  } finally {
    await profile.remove();
  }
});

test('what was left too long asks before it goes', async ({ team }) => {
  const { ana, agent } = await talk(team);
  await cut(agent);
  for (const text of ['Is ten o’clock fine?', 'Or eleven, whichever suits you better, just tell me'])
    await reply(agent, text);
  await expect.poll(() => kept(agent)).toBe(2);

  await agent.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 11 * 60_000;
  });
  await agent.reload();
  const bar = agent.getByTestId('unsent-bar');
  await expect(bar).toContainText('2 messages were not sent');
  await expect(bar).toContainText('Ana: Is ten o’clock fine?');
  for (const colorScheme of ['light', 'dark'] as const) {
    await agent.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await agent.setViewportSize({ width, height: 720 });
      await agent.screenshot({ path: `screenshots/unsent-${colorScheme}-${width}.png` });
    }
  }
  // Only now: the page of before the reload would have sent one on its way out.
  await agent.unroute(POSTS);
  await agent.getByRole('button', { name: 'Send now' }).click();
  await expect(bar).toBeHidden();
  await arrived(team, ana, ['Is ten o’clock fine?', 'Or eleven']);
});

test('exactly one tab sends, and another goes on when it is closed', async ({ team }) => {
  const { ana, agent } = await talk(team);
  const other = await agent.context().newPage();
  let posts = 0;
  let open = false;
  const senders = new Set<Page>();
  await agent.context().route(POSTS, (route) => {
    posts += 1;
    senders.add(route.request().frame().page());
    return open ? route.continue() : route.abort();
  });
  await other.goto(agent.url());
  await expect(other.getByTestId('composer')).toBeVisible();
  await reply(other, 'From the other tab');
  await reply(agent, 'From the first tab');
  for (const page of [agent, other]) {
    await expect(page.getByTestId('message').filter({ hasText: 'From the first tab' })).toBeVisible();
    await expect(page.getByTestId('message').filter({ hasText: 'From the other tab' })).toBeVisible();
  }
  await expect.poll(() => kept(agent)).toBe(2);
  await expect.poll(() => posts).toBeGreaterThan(0);
  expect([...senders]).toEqual([agent]);
  // Only then is the way open: a call on its way out of the closing tab would be made again.
  await agent.close();
  open = true;
  const before = posts;
  const last = other.getByTestId('message').filter({ hasText: 'From the first tab' });
  await expect(last).toHaveAttribute('data-delivery', 'sent', { timeout: 40_000 });
  expect(posts - before).toBe(2);
  await arrived(team, ana, ['From the other tab', 'From the first tab']);
});

test('thrown out with unsent messages: they become the draft, and nothing goes', async ({ team }) => {
  const { agent } = await talk(team);
  await cut(agent);
  await reply(agent, 'Not sent yet');
  await agent.getByTestId('composer').fill('and half a thought');
  await expect.poll(() => kept(agent)).toBe(1);

  const second = await team.browser();
  await signIn(second, team.server.url, 'anna');
  await expect(agent.getByTestId('signed-out-elsewhere')).toBeVisible();
  await expect.poll(() => kept(agent)).toBe(0);
  await agent.unroute(POSTS);
  await agent.getByRole('button', { name: /sign in/i }).click();
  await signIn(agent, team.server.url, 'anna');
  await openSession(agent, 'Ana');
  await expect(agent.getByTestId('composer')).toHaveValue('Not sent yet\n\nand half a thought');
  await expect(agent.getByTestId('message').filter({ hasText: 'Not sent yet' })).toHaveCount(0);
});

test('signing out with unsent messages asks, and leaves nothing behind', async ({ team }) => {
  const { agent } = await talk(team);
  await cut(agent);
  await reply(agent, 'Not sent yet');
  await expect.poll(() => kept(agent)).toBe(1);
  await agent.getByRole('button', { name: /^Account/ }).click();
  await agent.getByRole('menuitem', { name: 'Sign out' }).click();
  const dialog = agent.getByRole('dialog');
  await expect(dialog).toContainText('Ana: Not sent yet');
  await agent.setViewportSize({ width: 360, height: 720 });
  await agent.screenshot({ path: 'screenshots/sign-out-unsent-360.png' });
  await dialog.getByRole('button', { name: 'Sign out and discard' }).click();
  await expect(agent.getByLabel('Login name')).toBeVisible();
  expect(await kept(agent)).toBe(0);
});

test('without a database messages still go, and a word warns of what would be lost', async ({ team }) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const agent = await team.browser();
  await agent.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('switched off', 'SecurityError');
    };
  });
  await signIn(agent, team.server.url, 'anna');
  await goOnline(agent);
  await openSession(agent, 'Ana');
  await cut(agent);
  await reply(agent, 'Only on this page');
  await expect(agent.getByTestId('not-kept')).toBeVisible();
  await agent.setViewportSize({ width: 360, height: 720 });
  await agent.screenshot({ path: 'screenshots/not-kept-360.png' });
  await agent.unroute(POSTS);
  await expect(agent.getByTestId('message').filter({ hasText: 'Only on this page' })).toHaveAttribute(
    'data-delivery',
    'sent',
    { timeout: 40_000 },
  );
  await expect(agent.getByTestId('not-kept')).toBeHidden();
  await arrived(team, ana, ['Only on this page']);
});
