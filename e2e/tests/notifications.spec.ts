// What members are told of: the notification centre, the browser's own notifications, and when both keep quiet.
import type { Page } from '@playwright/test';

import { checkAll } from '../support/look.ts';
import { expect, goOnline, openSession, signIn, test, type Team } from '../support/team.ts';

interface Shown {
  title: string;
  body: string;
  tag: string;
}

/** A browser whose notifications are written down instead of shown; nobody looks at its pages. */
async function watched(team: Team, permission: 'granted' | 'denied', looking = false): Promise<Page> {
  const page = await team.browser();
  await page.context().addInitScript(
    ([permission, looking]) => {
      const shown: object[] = [];
      class Recorded extends EventTarget {
        static permission = permission;
        static requestPermission = () => Promise.resolve(permission);
        onclick: (() => void) | null = null;
        constructor(title: string, { body, tag }: { body: string; tag: string }) {
          super();
          shown.push({ title, body, tag, click: () => this.onclick?.() });
        }
        close(): void {}
      }
      Object.assign(window, { Notification: Recorded, shown });
      document.hasFocus = () => looking;
    },
    [permission, looking] as const,
  );
  await signIn(page, team.server.url, 'anna');
  await goOnline(page);
  await page.goto(`${team.server.url}/settings`);
  const browser = page
    .getByTestId('notification-settings')
    .getByLabel('By the browser, while you look elsewhere');
  if (!(await browser.isChecked())) await browser.check();
  await expect
    .poll(() =>
      page.evaluate(async () => {
        const me = (await (await fetch('/api/me')).json()) as { notifications: { browser: boolean } };
        return me.notifications.browser;
      }),
    )
    .toBe(true);
  await page.goto(`${team.server.url}/inbox`);
  await expect(page.getByTestId('bell')).toBeVisible();
  return page;
}

const shown = (page: Page): Promise<Shown[]> =>
  page.evaluate(() =>
    (window as unknown as { shown: Shown[] }).shown.map(({ title, body, tag }) => ({ title, body, tag })),
  );

test('what arrives is counted, told by the browser, and leads to its session', async ({ team }) => {
  const page = await watched(team, 'granted');
  await team.write(await team.customer('Carla'), 'Hello, is anybody there?');
  await expect(page.getByTestId('bell-count')).toHaveText('1');
  await expect
    .poll(async () => (await shown(page)).map(({ title }) => title))
    .toEqual(['New session: Carla']);

  // A click on what the browser showed opens the session.
  await page.evaluate(() => (window as unknown as { shown: { click: () => void }[] }).shown[0]?.click());
  await expect(page.getByTestId('composer')).toBeVisible();
  await page.goto(`${team.server.url}/settings`);

  await page.getByTestId('bell').click();
  const panel = page.getByRole('dialog', { name: 'Notifications' });
  await expect(panel.getByTestId('notification')).toHaveCount(1);
  await panel.getByTestId('notification').click();
  await expect(page.getByTestId('composer')).toBeVisible();
  await expect(page.getByTestId('bell-count')).toBeHidden();
  // It is still there after a reload, and still read.
  await page.reload();
  await expect(page.getByTestId('bell')).toHaveAttribute('aria-label', 'Notifications');
  await page.getByTestId('bell').click();
  await expect(page.getByTestId('notification')).toHaveCount(1);
});

test('several tabs tell once', async ({ team }) => {
  const page = await watched(team, 'granted');
  const others = [await page.context().newPage(), await page.context().newPage()];
  for (const other of others) {
    await other.goto(`${team.server.url}/inbox`);
    await expect(other.getByTestId('connection')).toHaveAttribute('data-state', 'live');
    await expect(other.getByTestId('bell')).toBeVisible();
  }
  await team.write(await team.customer('Carla'), 'Hello');
  const all = [page, ...others];
  for (const one of all) await expect(one.getByTestId('bell-count')).toHaveText('1');
  const total = async () => (await Promise.all(all.map(shown))).flat().length;
  await expect.poll(total).toBe(1);
  // Read in one, read in all.
  await page.getByTestId('bell').click();
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  for (const one of all) await expect(one.getByTestId('bell-count')).toBeHidden();
  expect(await total()).toBe(1);
});

test('a session that is open and in front makes no noise, another one does', async ({ team }) => {
  const carla = await team.customer('Carla');
  await team.write(carla, 'Hello');
  const page = await watched(team, 'granted', true);
  await openSession(page, 'Carla');
  await expect(page.getByTestId('bell-count')).toBeHidden();
  await team.write(carla, 'Are you there?');
  await expect(page.getByTestId('message').filter({ hasText: 'Are you there?' })).toBeVisible();
  await team.write(await team.customer('Dora'), 'Me too');
  await expect.poll(async () => (await shown(page)).map(({ title }) => title)).toEqual(['New session: Dora']);
  await expect(page.getByTestId('bell-count')).toHaveText('1');
  // Looked at, it is read.
  await openSession(page, 'Dora');
  await expect(page.getByTestId('bell-count')).toBeHidden();
});

test('Do Not Disturb keeps quiet, says so, and is turned off again', async ({ team }) => {
  const page = await watched(team, 'granted');
  await page.getByTestId('bell').click();
  const panel = page.getByRole('dialog', { name: 'Notifications' });
  await expect(panel.getByText('Nothing yet.')).toBeVisible();
  await panel.getByRole('button', { name: 'Do Not Disturb' }).click();
  await page.getByRole('menuitem', { name: 'For 1 hour' }).click();
  await expect(page.getByTestId('bell-moon')).toBeVisible();
  await expect(panel.locator('[data-code="quiet"]')).toContainText('Do Not Disturb is on until');
  await page.keyboard.press('Escape');

  await team.write(await team.customer('Carla'), 'Hello');
  await expect(page.getByTestId('bell-count')).toHaveText('1');
  // It lasts, on another page too.
  await page.goto(`${team.server.url}/settings`);
  await expect(page.getByTestId('quiet-now')).toContainText('until');
  await page.getByTestId('bell').click();
  await panel.locator('[data-code="quiet"]').getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByTestId('bell-moon')).toBeHidden();
  await page.keyboard.press('Escape');
  expect(await shown(page)).toEqual([]);
  await team.write(await team.customer('Dora'), 'Hello');
  await expect.poll(async () => (await shown(page)).length).toBe(1);
});

test('quiet hours and kinds are kept with the member', async ({ team }) => {
  const page = await team.agent('anna');
  await page.goto(`${team.server.url}/settings`);
  await page.getByRole('button', { name: 'Add hours' }).click();
  const hours = page.getByTestId('quiet-hours');
  for (const day of ['Saturday', 'Sunday']) await hours.getByLabel(day).check({ force: true });
  await hours.getByLabel('From').fill('00:00');
  await hours.getByLabel('to', { exact: true }).fill('00:00');
  // All day, every day: whatever the time is, it holds now.
  await expect(page.getByTestId('bell-moon')).toBeVisible();
  await expect(page.getByTestId('quiet-now')).toContainText('Quiet hours until');
  await page.getByLabel('A session is assigned to me: Sound').uncheck();
  await expect
    .poll(() =>
      page.evaluate(async () => {
        const me = (await (await fetch('/api/me')).json()) as {
          notifications: { kinds: { assigned?: { sound: boolean } } };
        };
        return me.notifications.kinds.assigned?.sound;
      }),
    )
    .toBe(false);
  await page.reload();
  await expect(page.getByLabel('A session is assigned to me: Sound')).not.toBeChecked();
  await expect(hours.getByLabel('Sunday')).toBeChecked();
  await page.getByRole('button', { name: 'Remove quiet hours 1' }).click();
  await expect(page.getByTestId('bell-moon')).toBeHidden();
});

test('a browser that refuses is explained, with the way out', async ({ team }) => {
  const page = await watched(team, 'denied');
  await page.getByTestId('bell').click();
  const denied = page.locator('[data-code="denied"]');
  await expect(denied).toContainText('was told not to show notifications');
  await expect(denied).toContainText('left of the address');
  await page.keyboard.press('Escape');
  await page.goto(`${team.server.url}/settings`);
  await page.getByLabel('With a sound').uncheck();
  await page.getByLabel('By the browser, while you look elsewhere').uncheck();
  await expect(page.locator('[data-code="muted"]')).toBeVisible();
  await page.locator('[data-code="muted"]').getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByLabel('With a sound')).toBeChecked();
});

test('the notification centre to look at', async ({ team }) => {
  const page = await team.agent('anna');
  const picture = (name: string) => checkAll(page, name);
  await page.getByTestId('bell').click();
  await expect(page.getByText('Nothing yet.')).toBeVisible();
  await picture('notifications-none');
  await page.keyboard.press('Escape');
  for (const name of ['Carla', 'Dora']) await team.write(await team.customer(name), 'Hello');
  await expect(page.getByTestId('bell-count')).toHaveText('2');
  await page.getByTestId('bell').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Do Not Disturb' }).click();
  await page.getByRole('menuitem', { name: 'Until I turn it off' }).click();
  await expect(page.getByTestId('notification')).toHaveCount(2);
  await picture('notifications');
  await page.goto(`${team.server.url}/settings`);
  await page.getByRole('button', { name: 'Add hours' }).click();
  await page
    .getByRole('heading', { name: 'Notifications', level: 2 })
    .evaluate((node) => node.scrollIntoView());
  await picture('notification-settings');
  await page.getByTestId('quiet-hours').scrollIntoViewIfNeeded();
  await picture('quiet-hours');
});
