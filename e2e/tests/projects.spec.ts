// The console's pages of projects, with what they mean for those who serve them.
import type { Page } from '@playwright/test';

import { expect, signIn, test, type Bot, type Team } from '../support/team.ts';

async function console_(team: Team, options = {}): Promise<Page> {
  const page = await team.browser(options);
  await signIn(page, team.server.url, 'olivia');
  await page.goto(`${team.server.url}/console/projects`);
  await expect(page.getByTestId('project').first()).toBeVisible();
  return page;
}

test('a project is added after its bot has shown itself', async ({ team }) => {
  const page = await console_(team);
  const bot = await team.simulator.control<Bot>('POST', '/bots', { name: 'Harbour Café' });

  await page.getByRole('button', { name: 'Add a project' }).click();
  const dialog = page.getByRole('dialog');
  // One that is connected already is said to be, and can't be added again.
  await dialog.getByLabel('Bot token').fill(team.bot.token);
  await expect(dialog.getByTestId('bot-preview')).toContainText('already connected here, as “Harbour Shop”');
  await expect(dialog.getByRole('button', { name: 'Connect a bot' })).toBeDisabled();

  await dialog.getByLabel('Bot token').fill(bot.token);
  await expect(dialog.getByTestId('bot-preview')).toContainText('Harbour Café');
  await dialog.getByRole('button', { name: 'Connect a bot' }).click();
  await expect(page.getByRole('heading', { name: 'Harbour Café', level: 1 })).toBeVisible();
  await expect(page.getByTestId('health')).toContainText('Working');
});
