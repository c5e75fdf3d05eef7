// Several tabs of one login, and a portal that is replaced while somebody works in it.
import type { Page } from '@playwright/test';

import { expect, openSession, reply, signIn, test } from '../support/team.ts';

async function beside(page: Page): Promise<Page> {
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect(other.getByTestId('tab-mine')).toBeVisible();
  return other;
}

test('theme and language follow in the other tabs, and so does signing out', async ({ team }) => {
  const agent = await team.agent('anna');
  const other = await beside(agent);
  const menu = agent.getByRole('button', { name: /^Account/ });
  await menu.click();
  await agent.getByRole('menuitemradio', { name: 'Dark' }).click();
  await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
  await menu.click();
  await agent.getByRole('menuitemradio', { name: 'Русский' }).click();
  await expect(other.locator('html')).toHaveAttribute('lang', 'ru');
  await expect(other.getByTestId('tab-mine')).toContainText('Мои');
  await agent.getByRole('button', { name: /^Меню/ }).click();
  await agent.getByRole('menuitem', { name: 'Выйти' }).click();
  for (const page of [agent, other]) await expect(page.locator('input[type="password"]')).toBeVisible();
});

test('being signed in elsewhere shows in every tab', async ({ team }) => {
  const agent = await team.agent('anna');
  const other = await beside(agent);
  const elsewhere = await team.browser();
  await signIn(elsewhere, team.server.url, 'anna');
  for (const page of [agent, other]) await expect(page.getByTestId('signed-out-elsewhere')).toBeVisible();
});

/** From now on the server hands out another build. */
async function upgrade(page: Page): Promise<void> {
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      if (route.request().resourceType() === 'document') return route.continue();
      const answer = await route.fetch();
      return route.fulfill({
        response: answer,
        body: (await answer.text()).replace(/index-[\w-]+\.js/, 'index-new1.js'),
      });
    },
  );
}

test('a new version is announced, reloads nothing by itself, and loses nothing', async ({ team }) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  await agent.evaluate(() => Object.assign(window, { notReloaded: true }));
  await upgrade(agent);
  await team.server.kill();
  await reply(agent, 'Written during the upgrade');
  await agent.getByTestId('composer').fill('Half a thought');
  await team.server.startAgain();

  const bar = agent.getByTestId('version-bar');
  await expect(bar).toBeVisible({ timeout: 45_000 });
  expect(await agent.evaluate(() => 'notReloaded' in window)).toBe(true);
  for (const colorScheme of ['light', 'dark'] as const) {
    await agent.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await agent.setViewportSize({ width, height: 720 });
      await agent.screenshot({ path: `screenshots/new-version-${colorScheme}-${width}.png` });
    }
  }
  await bar.getByRole('button', { name: 'Reload' }).click();
  await expect(bar).toBeHidden();
  await expect(agent.getByTestId('composer')).toHaveValue('Half a thought');
  const message = agent.getByTestId('message').filter({ hasText: 'Written during the upgrade' });
  await expect(message).toHaveAttribute('data-delivery', 'sent', { timeout: 30_000 });
  await expect(message).toHaveCount(1);
});

test('a part that is gone after an upgrade leads to the same bar, not to an error', async ({ team }) => {
  const agent = await team.agent('anna');
  await upgrade(agent);
  await agent.route('**/assets/SettingsPage-*.js', (route) =>
    route.fulfill({ status: 404, body: 'no such file' }),
  );
  await agent.getByRole('button', { name: /^Account/ }).click();
  await agent.getByRole('menuitem', { name: 'Settings' }).click();
  await expect(agent.getByTestId('version-bar')).toContainText('A new version was installed');
  await expect(agent.getByTestId('tab-mine')).toBeVisible();
  await expect(agent).toHaveURL(/\/inbox/);
});
