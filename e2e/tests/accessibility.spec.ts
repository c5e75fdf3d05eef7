// Every page in both themes, wide and narrow: no violation that axe can see, and a picture to look at.
import { checkAll } from '../support/look.ts';
import { expect, goOnline, openSession, signIn, test } from '../support/team.ts';

test('the pages that everybody has, to look at', async ({ team }) => {
  for (const name of ['Ana', 'Ben', 'Cleo', 'Dora']) {
    await team.write(await team.customer(name, { last_name: 'Example' }), `Hello, I am ${name} 👋`);
  }
  const page = await team.browser();
  await page.goto(team.server.url);
  await expect(page.getByLabel('Login name')).toBeVisible();
  await checkAll(page, 'login');
  await signIn(page, team.server.url, 'olivia');
  await goOnline(page);
  await expect(page.getByTestId('session-row')).toHaveCount(3);
  await checkAll(page, 'list');
  await openSession(page, 'Ana');
  await expect(page.getByTestId('message')).toBeVisible();
  await checkAll(page, 'chat');
  await page.goto(`${team.server.url}/settings`);
  await expect(page.getByRole('heading', { name: 'Personal' })).toBeVisible();
  await checkAll(page, 'settings');
  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await checkAll(page, 'second-factor');
});
