// Browsers that can't: each is told why, in words, instead of an empty page.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { inBothThemes, NARROW as narrow } from '../support/look.ts';
import { expect, PASSWORD, test } from '../support/team.ts';

test('without JavaScript', async ({ team }) => {
  const page = await team.browser({ javaScriptEnabled: false, viewport: narrow });
  await page.goto(team.server.url);
  const words = page.locator('noscript p');
  await expect(words.first()).toBeVisible();
  const [english, chinese, russian] = await words.allInnerTexts();
  expect(english).toContain('Teledesk needs JavaScript');
  expect(chinese).toContain('Teledesk 需要 JavaScript');
  expect(russian).toContain('нужен JavaScript');
  await inBothThemes(page, (theme) => page.screenshot({ path: `screenshots/no-script-${theme}.png` }));
});

test('a browser that is too old', async ({ team }) => {
  const page = await team.browser({ viewport: narrow });
  await page.addInitScript(() => Reflect.deleteProperty(Intl, 'Segmenter'));
  await page.goto(team.server.url);
  for (const words of ['too old for Teledesk', '版本过旧', 'слишком старый']) {
    await expect(page.getByText(words)).toBeVisible();
  }
  await expect(page.getByLabel('Login name')).toHaveCount(0);
  await inBothThemes(page, (theme) => page.screenshot({ path: `screenshots/too-old-${theme}.png` }));
});

test('a browser that can hears nothing of it', async ({ team }) => {
  const page = await team.browser();
  await page.goto(team.server.url);
  await expect(page.getByLabel('Login name')).toBeVisible();
  await expect(page.locator('.notice:visible')).toHaveCount(0);
});

test('with cookies switched off the login says so', async ({ team, playwright, launchOptions }) => {
  const profile = await mkdtemp(join(tmpdir(), 'teledesk-cookies-'));
  await mkdir(join(profile, 'Default'));
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await playwright.chromium.launchPersistentContext(profile, {
    ...launchOptions,
    locale: 'en-GB',
    viewport: narrow,
  });
  const page = await context.newPage();
  await page.goto(team.server.url);
  await expect(page.getByRole('alert')).toContainText('keeps no cookies');
  await page.getByLabel('Login name').fill('anna');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('keeps no cookies');
  await page.screenshot({ path: 'screenshots/no-cookies.png' });
  await context.close();
  await rm(profile, { recursive: true, force: true });
});

test('a cookie that gets lost on the way is told from a wrong password', async ({ team }) => {
  const page = await team.browser();
  await page.route('**/api/logins', async (route) => {
    const response = await route.fetch();
    const { 'set-cookie': _, ...headers } = response.headers();
    await page.context().clearCookies();
    await route.fulfill({ status: response.status(), headers, body: await response.body() });
    await page.context().clearCookies();
  });
  await page.goto(team.server.url);
  await page.getByLabel('Login name').fill('anna');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('keeps no cookies');
});
