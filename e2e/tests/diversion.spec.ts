// How a session finds its assignee: the rules in the console, the dry run, and what the browsers of a team see of it.
import type { Page } from '@playwright/test';

import { checkAll } from '../support/look.ts';
import { expect, signIn, test, type Team } from '../support/team.ts';
import { addMember, setRules } from '../support/work.ts';

interface Item {
  id: string;
  assignee: { name: string } | null;
  customer: { first_name: string };
}

async function console_(team: Team, login_name = 'olivia'): Promise<Page> {
  const page = await team.browser();
  await signIn(page, team.server.url, login_name);
  await page.goto(`${team.server.url}/console/diversion`);
  await expect(page.getByRole('form', { name: 'Rules' })).toBeVisible();
  return page;
}

async function become(page: Page, status: string): Promise<void> {
  await page.getByRole('button', { name: /^Status/ }).click();
  await page.getByRole('menuitemradio', { name: new RegExp(`^${status}`) }).click();
  await expect(page.getByRole('button', { name: `Status: ${status}` })).toBeVisible();
}

/** Who has the live session of each customer, by their first names. */
async function assignees(team: Team): Promise<Record<string, string>> {
  const { items } = await team.api<{ items: Item[] }>('GET', '/api/sessions?tab=all');
  return Object.fromEntries(items.map((one) => [one.customer.first_name, one.assignee?.name ?? 'nobody']));
}

/** A new customer writes; who got the session. */
async function arrive(team: Team, name: string): Promise<string> {
  await team.write(await team.customer(name), 'Hello');
  await expect.poll(async () => (await assignees(team))[name]).toBeTruthy();
  return (await assignees(team))[name] ?? '';
}

test('sessions go round those who are online, and past who is busy, as three browsers see it', async ({
  team,
}) => {
  await team.addAgent('ben', 'Ben Agent');
  await team.addAgent('cleo', 'Cleo Agent');
  const [anna, ben, cleo] = [await team.agent('anna'), await team.agent('ben'), await team.agent('cleo')];

  const first = [await arrive(team, 'Una'), await arrive(team, 'Duo'), await arrive(team, 'Tri')];
  expect([...first].sort()).toEqual(['Anna Agent', 'Ben Agent', 'Cleo Agent']);
  for (const page of [anna, ben, cleo]) await expect(page.getByTestId('session-row')).toHaveCount(1);

  await become(ben, 'Busy');
  const second = [await arrive(team, 'Quad'), await arrive(team, 'Quin')];
  expect([...second].sort()).toEqual(['Anna Agent', 'Cleo Agent']);
  // The order is the one of before, with him left out.
  expect(second).toEqual(first.filter((name) => name !== 'Ben Agent'));
  await expect(anna.getByTestId('session-row')).toHaveCount(2);
  await expect(cleo.getByTestId('session-row')).toHaveCount(2);
  await expect(ben.getByTestId('session-row')).toHaveCount(1);

  // With everyone at the limit or busy a customer waits, until somebody is free: then at once.
  expect([await arrive(team, 'Sex'), await arrive(team, 'Sept')].sort()).toEqual([
    'Anna Agent',
    'Cleo Agent',
  ]);
  expect(await arrive(team, 'Octo')).toBe('nobody');
  await become(ben, 'Online');
  await expect(ben.getByTestId('session-row')).toHaveCount(2);
  expect((await assignees(team))['Octo']).toBe('Ben Agent');
});

test('the dry run says who gets it and why, and changes nothing', async ({ team }) => {
  await team.addAgent('ben', 'Ben Agent');
  await team.addAgent('cleo', 'Cleo Agent');
  await team.agent('anna');
  const ben = await team.agent('ben');
  await become(ben, 'Busy');
  // Not the owner, as whom this asks: of one's logins one is live.
  await addMember(team, 'adam', 'Adam Admin', { role: 'admin' });
  const page = await console_(team, 'adam');

  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  const result = page.getByTestId('dry-run');
  await expect(result).toContainText('Anna Agent');
  await expect(result).toContainText('turn');
  const candidate = (name: string) => page.getByTestId('candidate').filter({ hasText: name });
  await expect(candidate('Anna Agent')).toContainText('Gets it');
  await expect(candidate('Anna Agent')).toContainText('0 of 3');
  await expect(candidate('Ben Agent')).toContainText('Is busy');
  await expect(candidate('Cleo Agent')).toContainText('Is offline');
  await expect(candidate('Cleo Agent')).toContainText('Portal closed');
  expect(await assignees(team)).toEqual({});

  // It told the truth.
  expect(await arrive(team, 'Carla')).toBe('Anna Agent');

  // A customer who is known, looked up by name.
  await page.getByLabel('Who writes').fill('Carl');
  await page.getByRole('button', { name: 'Carla' }).click();
  await expect(page.getByTestId('chosen-customer')).toContainText('Carla');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(candidate('Anna Agent')).toContainText('1 of 3');

  // With nobody there it says that it would wait.
  const anna = await team.agent('anna');
  await become(anna, 'Busy');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(result).toContainText('Nobody: it would wait');
});

test('the rules of a project are saved, and nobody’s change is overwritten silently', async ({ team }) => {
  await addMember(team, 'ada', 'Ada Admin', { role: 'admin' });
  const page = await console_(team);
  const ada = await team.browser();
  await signIn(ada, team.server.url, 'ada');
  await ada.goto(`${team.server.url}/console/diversion`);

  const save = (who: Page) => who.getByRole('button', { name: 'Save', exact: true });
  await page.getByLabel('Least busy').check();
  await page.getByLabel('Prefer the member who served the customer last').check();
  await page.getByLabel('Usual limit').fill('5');
  await page.getByLabel('Time to take up: on').check();
  await page.getByLabel('Quiet time: on').uncheck();
  await page.getByLabel('Message at a transfer').fill('One moment, please.');
  await ada.getByLabel('Usual limit').fill('7');
  await save(page).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();

  await save(ada).click();
  await expect(ada.getByTestId('conflict')).toBeVisible();
  await ada.getByRole('button', { name: 'Take theirs' }).click();
  await expect(ada.getByLabel('Usual limit')).toHaveValue('5');

  await page.reload();
  await expect(page.getByLabel('Least busy')).toBeChecked();
  await expect(page.getByLabel('Time to take up', { exact: true })).toHaveValue('1');
  await expect(page.getByLabel('Time to take up: unit')).toHaveValue('minutes');
  await expect(page.getByText('Sessions end only by hand')).toBeVisible();
  await expect(page.getByLabel('Message at a transfer')).toHaveValue('One moment, please.');
});

test('a limit is the project’s, or one’s own', async ({ team }) => {
  await setRules(team, { default_limit: 1 });
  const anna = await team.agent('anna');
  expect(await arrive(team, 'Una')).toBe('Anna Agent');
  expect(await arrive(team, 'Duo')).toBe('nobody');

  const owner = await team.browser();
  await signIn(owner, team.server.url, 'olivia');
  await owner.goto(`${team.server.url}/console/agents`);
  await owner.getByTestId('agent-row').filter({ hasText: 'Anna Agent' }).getByRole('link').click();
  await owner.getByLabel('Whose limit counts').selectOption('Their own');
  await owner.getByLabel('Open sessions at once').last().fill('2');
  await owner.getByRole('button', { name: 'Save', exact: true }).click();
  // At once: who waited is hers.
  await expect(anna.getByTestId('session-row')).toHaveCount(2);
});

test('who is away for long is set offline, when the workspace says so', async ({ team }) => {
  const page = await team.browser();
  await signIn(page, team.server.url, 'olivia');
  await page.goto(`${team.server.url}/console/workspace`);
  const form = page.getByRole('form', { name: 'Presence' });
  await expect(form.getByLabel('Set offline when the portal was closed for', { exact: true })).toHaveValue(
    '10',
  );
  await form.getByLabel('Set offline when the portal was closed for: on').uncheck();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await expect(form.getByText('Status stays as it was chosen', { exact: true })).toBeVisible();
});

test('the page of diversion to look at', async ({ team }) => {
  await team.addAgent('ben', 'Ben Agent');
  await team.agent('anna');
  const page = await console_(team);
  await checkAll(page, 'diversion');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByTestId('candidate').first()).toBeVisible();
  await page.getByTestId('candidate').last().scrollIntoViewIfNeeded();
  await checkAll(page, 'dry-run');
});
