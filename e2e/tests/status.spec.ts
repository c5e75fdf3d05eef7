// Status, load and team; what becomes of open sessions when somebody goes offline; a shift handed over.
import type { Page } from '@playwright/test';

import { customersWrite, sessionOf } from '../support/desk.ts';
import { checkAll } from '../support/look.ts';
import { expect, goOnline, openSession, signIn, test } from '../support/team.ts';
import { addMember } from '../support/work.ts';

const prompts = (page: Page) => page.getByTestId('new-session');
const rows = (page: Page) => page.getByTestId('session-row');

async function chooseStatus(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Status/ }).click();
  await page.getByRole('menuitemradio', { name }).click();
}

async function chooseColleague(page: Page, name: string): Promise<void> {
  await page.getByTestId('colleague-picker').getByText(name).click();
}

test('the load stands beside the status, and colleagues see both as they change', async ({ team }) => {
  await addMember(team, 'sam', 'Sam Supervisor', { role: 'supervisor' });
  await team.addAgent('bruno', 'Bruno Agent');
  const supervisor = await team.browser();
  await signIn(supervisor, team.server.url, 'sam');
  await supervisor.getByTestId('team-button').click();
  const anna = supervisor.getByTestId('colleague').filter({ hasText: 'Anna Agent' });
  await expect(anna).toContainText('Offline');

  const page = await team.agent('anna');
  await expect(page.getByTestId('load')).toHaveText('0 of 3');
  await expect(anna).toContainText('Online · 0 of 3');
  await customersWrite(team, ['Ana', 'Ben']);
  await expect(page.getByTestId('load')).toHaveText('2 of 3');
  await expect(anna).toContainText('2 of 3');
  await chooseStatus(page, /^Busy/);
  await expect(anna).toContainText('Busy · 2 of 3');

  // An agent sees who is there; the others are a number.
  await page.getByTestId('team-button').click();
  await expect(page.getByTestId('team')).toContainText('offline');
  await expect(page.getByTestId('colleague').filter({ hasText: 'Bruno Agent' })).toHaveCount(0);

  // A colleague leads to what they have.
  await anna.getByRole('button').click();
  await expect(rows(supervisor)).toHaveCount(2);
  await expect(supervisor.getByTestId('filter-chips')).toContainText('Anna Agent');
});

test('going offline asks: keep them', async ({ team }) => {
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana']);
  await expect(rows(page)).toHaveCount(1);
  await chooseStatus(page, /^Offline/);
  const dialog = page.getByRole('dialog', { name: 'Go offline with 1 open session?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: /Status: Online/ })).toBeVisible();
  await chooseStatus(page, /^Offline/);
  await dialog.getByLabel('Keep them').check();
  await dialog.getByRole('button', { name: 'Go offline' }).click();
  await expect(page.getByRole('button', { name: /Status: Offline/ })).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  expect((await sessionOf(team, 'Ana')).assignee?.name).toBe('Anna Agent');
});

test('going offline asks: back to the queue', async ({ team }) => {
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben']);
  await expect(rows(page)).toHaveCount(2);
  await chooseStatus(page, /^Offline/);
  await page.getByLabel('Put them back into the queue').check();
  await page.getByRole('button', { name: 'Go offline' }).click();
  await expect(page.getByTestId('tab-mine')).toContainText('0');
  await expect(page.getByTestId('tab-waiting')).toContainText('2');
});

test('going offline asks: over to a colleague, who reads the note before opening', async ({ team }) => {
  await team.addAgent('bruno', 'Bruno Agent');
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana']);
  await openSession(page, 'Ana');
  const bruno = await team.agent('bruno');
  await chooseStatus(page, /^Offline/);
  await page.getByLabel('Hand them over to a colleague').check();
  await expect(page.getByRole('button', { name: 'Go offline' })).toBeDisabled();
  await chooseColleague(page, 'Bruno Agent');
  await page.getByLabel('Handover note').fill('She waits for a call');
  await page.getByRole('button', { name: 'Go offline' }).click();
  await expect(page.getByRole('button', { name: /Status: Offline/ })).toBeVisible();
  await expect(prompts(bruno)).toContainText('From Anna Agent');
  await expect(prompts(bruno)).toContainText('She waits for a call');
  await prompts(bruno).click();
  await expect(bruno.getByTestId('composer')).toBeVisible();
  await expect(prompts(bruno)).toHaveCount(0);
});

test('signing out goes offline, and asks too', async ({ team }) => {
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana']);
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out with 1 open session?' });
  await dialog.getByLabel('Put them back into the queue').check();
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Login name')).toBeVisible();
  expect((await sessionOf(team, 'Ana')).state).toBe('waiting');
});

test('a shift is handed over, a note for each and a word to the customers', async ({ team }) => {
  await team.addAgent('bruno', 'Bruno Agent');
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben']);
  await expect(rows(page)).toHaveCount(2);
  const bruno = await team.browser();
  await signIn(bruno, team.server.url, 'bruno');
  await goOnline(bruno);

  await page.getByRole('button', { name: /^Status/ }).click();
  await page.getByRole('menuitem', { name: /Hand over my sessions/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Hand over my sessions' });
  await chooseColleague(page, 'Bruno Agent');
  await dialog.getByLabel('Note for all of them').fill('End of my shift');
  await dialog.getByText('A note for each').click();
  await dialog.getByLabel('Note on Ana Example').fill('Wants a refund');
  await dialog.getByLabel('Send the customers a message').check();
  await dialog.getByLabel('Message to the customers').fill('Bruno goes on with you');
  await checkAll(page, 'handover');
  await dialog.getByRole('button', { name: 'Hand over 2 sessions' }).click();
  await expect(dialog).toHaveCount(0);

  await expect(page.getByTestId('tab-mine')).toContainText('0');
  await expect(prompts(bruno)).toHaveCount(2);
  await expect(prompts(bruno).filter({ hasText: 'Ana' })).toContainText('Wants a refund');
  await expect(prompts(bruno).filter({ hasText: 'Ben' })).toContainText('End of my shift');
  await checkAll(bruno, 'prompts');
  await prompts(bruno).filter({ hasText: 'Ana' }).click();
  const told = bruno.getByTestId('message').filter({ hasText: 'Bruno goes on with you' });
  await expect(told).toHaveAttribute('data-delivery', 'sent');
});
