// Accounts in the browser: set-up, one live login, refusals.
import { PASSWORD, expect, openSession, reply, signIn, test } from '../support/team.ts';
import { Simulator, Server } from '../support/server.ts';
import { test as bare } from '@playwright/test';

bare('a newcomer sets the installation up and connects a bot', async ({ page }) => {
  const simulator = await Simulator.start();
  const server = await Server.start(simulator);
  try {
    const bot = await simulator.control<{ id: number; token: string }>('POST', '/bots', {
      name: 'Harbour Shop',
    });
    await page.goto(`${server.url}/setup#token=${server.setupToken}`);
    await page.getByLabel('Workspace name').fill('Harbour Team');
    await page.getByLabel('Your name').fill('Olivia');
    await page.getByLabel('Login name').fill('olivia');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.screenshot({ path: 'screenshots/setup.png' });
    await page.getByRole('button', { name: /set up|create|start/i }).click();

    // The empty inbox says what to do next, and does it right there.
    await page.getByLabel('Bot token').fill(bot.token);
    await page.screenshot({ path: 'screenshots/connect-a-bot.png' });
    await page.getByRole('button', { name: /connect/i }).click();
    await expect(page.getByTestId('empty-list')).toContainText(/offline/i);

    await page
      .getByTestId('empty-list')
      .getByRole('button', { name: /go online/i })
      .click();
    const customer = await simulator.control<{ id: number }>('POST', '/customers', { first_name: 'Ana' });
    await simulator.control('POST', `/chats/${bot.id}/${customer.id}/messages`, {
      text: 'First message ever',
    });
    await openSession(page, 'Ana');
    await reply(page, 'Welcome!');
    await expect(page.getByTestId('message').filter({ hasText: 'Welcome!' })).toHaveAttribute(
      'data-delivery',
      'sent',
    );
  } finally {
    await server.stop();
    await simulator.stop();
  }
});

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
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toHaveText('Wrong account or password.');
  }
});
