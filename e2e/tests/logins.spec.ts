// Logins in the browser: one live login, refusals. (The set-up is in setup.spec.ts.)
import { PASSWORD, expect, openSession, signIn, test } from '../support/team.ts';

test('a second browser throws the first out, whose draft is kept', async ({ team }) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const first = await team.agent('anna');
  await openSession(first, 'Ana');
  await first.getByTestId('composer').fill('I was about to say');

  const second = await team.browser();
  await signIn(second, team.server.url, 'anna');
  await expect(first.getByTestId('signed-out-elsewhere')).toBeVisible();
  await first.screenshot({ path: 'screenshots/signed-out-elsewhere.png' });

  await first
    .getByRole('button', { name: /sign in/i })
    .or(first.getByRole('link', { name: /sign in/i }))
    .click();
  await signIn(first, team.server.url, 'anna');
  await expect(second.getByTestId('signed-out-elsewhere')).toBeVisible();
  await openSession(first, 'Ana');
  await expect(first.getByTestId('composer')).toHaveValue('I was about to say');
});

test('a wrong password says the same as an unknown account', async ({ team }) => {
  const page = await team.browser();
  await page.goto(team.server.url);
  for (const name of ['anna', 'nobody']) {
    await page.getByLabel('Login name').fill(name);
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/logins'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect((await answered).status()).toBe(401);
    await expect(page.getByRole('alert')).toHaveText('Wrong account or password.');
  }
});
