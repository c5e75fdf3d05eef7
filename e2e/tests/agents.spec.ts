// Accounts in the console: made, invited, changed by two at once, disabled, imported; and the page an invitation opens.
import type { Page } from '@playwright/test';

import { checkAll } from '../support/look.ts';
import { PASSWORD, expect, signIn, test, type Team } from '../support/team.ts';

const NEW_PASSWORD = 'lantern quarry violet otter';

async function owner(team: Team): Promise<Page> {
  const page = await team.browser();
  await signIn(page, team.server.url, 'olivia');
  await page.goto(`${team.server.url}/console/agents`);
  await expect(page.getByTestId('agent-row').first()).toBeVisible();
  return page;
}

async function open(page: Page, name: string): Promise<void> {
  await page.getByTestId('agent-row').filter({ hasText: name }).getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

async function fill(page: Page, name: string, login: string): Promise<void> {
  await page.getByRole('button', { name: 'Add agent' }).click();
  const form = page.getByRole('form', { name: 'Add agent' });
  await form.getByLabel('Display name').fill(name);
  await form.getByLabel('Login name').fill(login);
}

/** Sets the password that a link asks for, in a browser that nobody is signed in to. */
async function follow(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set the password and sign in' }).click();
  await expect(page.getByTestId('tab-mine')).toBeVisible();
}

test('an agent is added by hand and signs in', async ({ team }) => {
  const page = await owner(team);
  await fill(page, 'Ben Example', 'ben');
  await page.getByLabel('With a password that I set').check();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('dialog').getByRole('button', { name: 'Add agent' }).click();
  await expect(page.getByTestId('agent-ready')).toContainText('ben');
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByTestId('agent-row').filter({ hasText: 'Ben Example' })).toContainText('Active');
  const ben = await team.browser();
  await signIn(ben, team.server.url, 'ben');
});

test('who sees no project is warned of, in the form and in the list', async ({ team }) => {
  const page = await owner(team);
  await fill(page, 'Nora Nothing', 'nora');
  await page.getByLabel('All, and those added later').uncheck();
  await expect(page.getByText('Without a project no session reaches them.')).toBeVisible();
  await page.getByRole('button', { name: 'Create the invitation' }).click();
  await expect(page.getByTestId('agent-ready')).toContainText('Sees no project');
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByTestId('agent-row').filter({ hasText: 'Nora' })).toContainText('Sees no project');
});

test('an invitation is accepted once', async ({ team }) => {
  const page = await owner(team);
  await fill(page, 'Cleo Example', 'cleo');
  await page.getByRole('button', { name: 'Create the invitation' }).click();
  const link = await page.getByTestId('link').inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByTestId('agent-row').filter({ hasText: 'Cleo' })).toContainText('Invited');

  const cleo = await team.browser();
  await follow(cleo, link);
  const late = await team.browser();
  await late.goto(link);
  await expect(late.getByTestId('invitation-gone')).toContainText('used before');
  await late.goto(`${team.server.url}/invitation#nonsense`);
  await expect(late.getByTestId('invitation-gone')).toContainText('not complete');
});

test('a fresh link voids the one before, and sets a new password', async ({ team }) => {
  const page = await owner(team);
  await open(page, 'Anna Agent');
  await page.getByRole('button', { name: 'Create a link' }).click();
  const first = await page.getByTestId('link').inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Create a link' }).click();
  await expect(page.getByTestId('link')).not.toHaveValue(first);
  const second = await page.getByTestId('link').inputValue();

  const anna = await team.browser();
  await anna.goto(first);
  await expect(anna.getByTestId('invitation-gone')).toContainText('newer link');
  await follow(anna, second);
});

test('disabling throws the signed-in browser out at once', async ({ team }) => {
  const anna = await team.agent('anna');
  const page = await owner(team);
  await open(page, 'Anna Agent');
  await page.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByTestId('departure')).toContainText('signed out at once');
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect(anna.getByLabel('Login name')).toBeVisible();
  await anna.getByLabel('Login name').fill('anna');
  await anna.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await anna.getByRole('button', { name: 'Sign in' }).click();
  await expect(anna.getByRole('alert')).toHaveText('Wrong account or password.');

  await page.reload();
  await expect(page.getByTestId('attempt')).toContainText('The account is disabled');
  await page.getByRole('button', { name: 'Enable' }).click();
  await signIn(anna, team.server.url, 'anna');
});

test('of two who change one account at once, the second is told and loses nothing', async ({ team }) => {
  await team.api('POST', '/api/members', {
    name: 'Adam Admin',
    login_name: 'adam',
    role: 'admin',
    password: PASSWORD,
    projects: 'all',
  });
  const olivia = await owner(team);
  await open(olivia, 'Anna Agent');
  await olivia.getByLabel('Display name').fill('Anna of Olivia');

  const adam = await team.browser();
  await signIn(adam, team.server.url, 'adam');
  await adam.goto(olivia.url());
  await adam.getByLabel('Display name').fill('Anna of Adam');
  await adam.getByLabel('Whose limit counts').selectOption('Their own');
  await adam.getByLabel('Open sessions at once').last().fill('7');
  await adam.getByRole('button', { name: 'Save' }).click();
  await expect(adam.getByRole('heading', { level: 1 })).toContainText('Anna of Adam');

  await olivia.getByRole('button', { name: 'Save' }).click();
  await expect(olivia.getByTestId('conflict')).toContainText('now “Anna of Adam”');
  await expect(olivia.getByLabel('Display name')).toHaveValue('Anna of Olivia');
  await expect(olivia.getByLabel('Open sessions at once').last()).toHaveValue('7');
  await olivia.getByRole('button', { name: 'Save' }).click();
  await expect(adam.getByRole('heading', { level: 1 })).toContainText('Anna of Olivia');
});

test('deleting asks for the name, and frees the login name', async ({ team }) => {
  const page = await owner(team);
  await open(page, 'Anna Agent');
  await page.getByRole('button', { name: 'Delete the account' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByTestId('departure')).toContainText('“anna” is free again');
  await expect(dialog.getByRole('button', { name: 'Delete the account' })).toBeDisabled();
  await dialog.getByLabel('Type “Anna Agent” to confirm').fill('Anna Agent');
  await dialog.getByRole('button', { name: 'Delete the account' }).click();
  await expect(page.getByTestId('agent-row')).toHaveCount(1);
});

test('a list is looked at, mended and imported', async ({ team }) => {
  const page = await owner(team);
  await page.getByRole('button', { name: 'Import' }).click();
  await page
    .getByLabel('List', { exact: true })
    .fill('name,login_name,role\nDora,dora,agent\nEve,anna,queen\n');
  await page.getByRole('button', { name: 'Show what will happen' }).click();
  await expect(page.getByTestId('line-errors')).toHaveCount(1);
  await expect(page.getByRole('button', { name: /^Add / })).toBeDisabled();
  await page.getByRole('button', { name: 'Change the list' }).click();
  await page
    .getByLabel('List', { exact: true })
    .fill('name,login_name,role\nDora,dora,agent\nEve,eve,supervisor\n');
  await page.getByRole('button', { name: 'Show what will happen' }).click();
  await page.getByRole('button', { name: 'Add 2 people' }).click();
  await expect(page.getByTestId('import-result').getByTestId('link')).toHaveCount(2);
});

test('the pages of agents, to look at', async ({ team }) => {
  const page = await owner(team);
  await expect(page.getByTestId('agent-row')).toHaveCount(2);
  await checkAll(page, 'agents');
  await fill(page, 'Fay Example', 'fay');
  await checkAll(page, 'agent-add');
  await page.getByRole('button', { name: 'Create the invitation' }).click();
  const link = await page.getByTestId('link').inputValue();
  await checkAll(page, 'agent-ready');
  await page.getByRole('button', { name: 'Done' }).click();
  await open(page, 'Fay Example');
  await checkAll(page, 'agent');
  await page.goto(`${team.server.url}/console/agents/import`);
  await page.getByLabel('List', { exact: true }).fill('name,login_name\nDora,dora\nEve,olivia\n');
  await checkAll(page, 'import');
  await page.getByRole('button', { name: 'Show what will happen' }).click();
  await expect(page.getByTestId('import-line')).toHaveCount(2);
  await checkAll(page, 'import-preview');
  await page.goto(`${team.server.url}/console/workspace`);
  await expect(page.getByLabel('Workspace name')).toBeVisible();
  await checkAll(page, 'workspace');
  await page.goto(link);
  await expect(page.getByLabel('New password', { exact: true })).toBeVisible();
  await checkAll(page, 'invitation');
});
