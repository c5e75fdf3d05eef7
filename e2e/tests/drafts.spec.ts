// What was begun is not lost: by a reload, on another browser, by signing out and in.
import AxeBuilder from '@axe-core/playwright';

import { expect, openSession, reply, signIn, test } from '../support/team.ts';

const composer = 'composer';

test('a draft follows its member, and goes when it is sent', async ({ team }) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const ben = await team.customer('Ben');
  await team.write(ben, 'Hello, too');
  const first = await team.agent('anna');
  await openSession(first, 'Ana');
  const saved = first.waitForResponse(
    (response) => response.request().method() === 'PUT' && response.url().endsWith('/draft'),
  );
  await first.getByTestId(composer).fill('Half a sent');
  await saved;
  await first.reload();
  await expect(first.getByTestId(composer)).toHaveValue('Half a sent');
  await first.getByTestId(composer).fill('Half a sentence');
  // Leaving the chat saves at once.
  const left = first.waitForResponse((response) => response.request().method() === 'PUT');
  await openSession(first, 'Ben');
  await left;
  const row = first.getByTestId('session-row').filter({ hasText: 'Ana' });
  await expect(row.getByTestId('draft-line')).toHaveText('Draft:');
  await expect(row).toContainText('Half a sentence');
  await first.screenshot({ path: 'screenshots/draft-light-wide.png' });
  await first.setViewportSize({ width: 360, height: 740 });
  await first.emulateMedia({ colorScheme: 'dark' });
  await first.goto(`${team.server.url}/inbox`);
  await expect(row).toContainText('Half a sentence');
  await first.screenshot({ path: 'screenshots/draft-dark-narrow.png' });
  const { violations } = await new AxeBuilder({ page: first }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  const second = await team.browser();
  await signIn(second, team.server.url, 'anna');
  const there = second.getByTestId('session-row').filter({ hasText: 'Ana' });
  await expect(there).toContainText('Half a sentence');
  await openSession(second, 'Ana');
  await expect(second.getByTestId(composer)).toHaveValue('Half a sentence');

  // A colleague sees nothing of it, nor does this browser once they have signed out.
  const owner = await team.browser();
  await signIn(owner, team.server.url, 'olivia');
  await owner.getByTestId('tab-all').click();
  await expect(owner.getByTestId('session-row').filter({ hasText: 'Ana' })).toContainText('Hello');
  await expect(owner.getByTestId('draft-line')).toHaveCount(0);
  await second.getByRole('button', { name: /^Account menu/ }).click();
  await second.getByRole('menuitem', { name: 'Sign out' }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await expect(second.getByLabel('Login name')).toBeVisible();
  const kept = await second.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(kept).not.toContain('Half');

  await signIn(second, team.server.url, 'anna');
  await openSession(second, 'Ana');
  await expect(second.getByTestId(composer)).toHaveValue('Half a sentence');
  const gone = second.waitForResponse((response) => response.request().method() === 'PUT');
  await reply(second, 'A whole sentence');
  await gone;
  await second.reload();
  await expect(second.getByTestId('message').filter({ hasText: 'A whole sentence' })).toBeVisible();
  await expect(second.getByTestId(composer)).toHaveValue('');
});

test('what was typed just before the page closed is on the server', async ({ team }) => {
  await team.write(await team.customer('Ana'), 'Hello');
  const page = await team.agent('anna');
  await openSession(page, 'Ana');
  await page.getByTestId(composer).fill('Just before the e');
  await page.goto('about:blank');
  const saved = async () => {
    const answer = await page.context().request.get(`${team.server.url}/api/drafts`);
    return ((await answer.json()) as { items: { text: string }[] }).items[0]?.text;
  };
  await expect.poll(saved).toBe('Just before the e');
  // Elsewhere: of this browser's own copies nothing is there.
  const other = await team.browser();
  await signIn(other, team.server.url, 'anna');
  await openSession(other, 'Ana');
  await expect(other.getByTestId(composer)).toHaveValue('Just before the e');
});
