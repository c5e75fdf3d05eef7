// From nothing to the first message: the set-up, with the simulated Telegram that the server runs itself.
import { test as base, expect, type Page } from '@playwright/test';

import { Server } from '../support/server.ts';
import { checkAll } from '../support/look.ts';
import { PASSWORD } from '../support/team.ts';

const test = base.extend<{ server: Server }>({
  // Playwright reads from the pattern what the fixture needs: nothing.
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
});

async function setUp(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/setup#token=${server.setupToken}`);
  await page.getByLabel('Workspace name').fill('Harbour');
  await page.getByLabel('Your name').fill('Olivia Owner');
  await page.getByLabel('Login name').fill('olivia');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the workspace' }).click();
  await expect(page.getByRole('heading', { name: 'Welcome to Teledesk' })).toBeVisible();
}

test('the wizard leads from nothing to the first message', async ({ server, page }) => {
  await setUp(page, server);
  await page.getByRole('button', { name: 'Try with the simulator' }).click();
  await expect(page.getByTestId('step-1')).toHaveAttribute('data-done', 'true');

  // Left and come back: what is done stays done.
  await page.goto(`${server.url}/inbox`);
  await page.getByRole('link', { name: /invite your team/ }).click();
  await expect(page.getByTestId('step-1')).toHaveAttribute('data-done', 'true');

  await page.getByLabel('Display name').fill('Anna Agent');
  await page.getByLabel('Login name').fill('anna');
  await page.getByLabel('How do they get in?').selectOption({ label: 'With a password I set' });
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Add agent' }).click();
  await expect(page.getByTestId('invited')).toContainText('Anna Agent');
  await page.getByRole('button', { name: 'Go on', exact: true }).click();

  const [customer] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('link', { name: 'Be the customer' }).click(),
  ]);
  await customer.getByTestId('customers').getByRole('button', { name: /Alex/ }).click();
  await customer.getByTestId('composer').fill('Is anybody there?');
  await customer.keyboard.press('Enter');

  await expect(page.getByTestId('step-3')).toHaveAttribute('data-done', 'true');
  await page.getByRole('button', { name: 'Go online and open the inbox' }).click();
  await expect(page.getByTestId('session-row')).toContainText('Alex');
});

test('what is put off is not asked again on this visit', async ({ server, page }) => {
  await setUp(page, server);
  await page.getByTestId('step-1').getByRole('button', { name: 'Do this later' }).click();
  await page.getByTestId('step-2').getByRole('button', { name: 'Do this later' }).click();
  await expect(page.getByText('For that a bot must be connected first.')).toBeVisible();
  await page.getByRole('button', { name: 'Skip to the inbox' }).click();
  await page.getByRole('button', { name: 'Start the set-up' }).click();
  await expect(page.getByLabel('Bot token')).toBeVisible();
});

test('the wizard, to look at', async ({ server, page }) => {
  await page.goto(`${server.url}/setup#token=${server.setupToken}`);
  await expect(page.getByLabel('Workspace name')).toBeVisible();
  await checkAll(page, 'setup');
  await setUp(page, server);
  await expect(page.getByRole('button', { name: 'Try with the simulator' })).toBeVisible();
  await checkAll(page, 'welcome-bot');
  await page.getByRole('button', { name: 'Try with the simulator' }).click();
  await expect(page.getByLabel('How do they get in?')).toBeVisible();
  await checkAll(page, 'welcome-team');
  await page.getByRole('button', { name: 'Do this later' }).click();
  await expect(page.getByRole('link', { name: 'Be the customer' })).toBeVisible();
  await checkAll(page, 'welcome-write');
});
