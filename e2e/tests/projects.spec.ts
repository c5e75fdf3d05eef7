// The console's pages of projects, with what they mean for those who serve them.
import type { Page } from '@playwright/test';

import { checkAll, picturesOf } from '../support/look.ts';
import { expect, openSession, PASSWORD, signIn, test, type Bot, type Team } from '../support/team.ts';

async function console_(team: Team, options = {}): Promise<Page> {
  const page = await team.browser(options);
  await signIn(page, team.server.url, 'olivia');
  await page.goto(`${team.server.url}/console/projects`);
  await expect(page.getByTestId('project').first()).toBeVisible();
  return page;
}

async function openProject(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name }).click();
  await expect(page.getByTestId('permissions')).toBeVisible();
}

/** What the server answers to a request of this page's own member. */
function ask(page: Page, method: string, path: string): Promise<{ status: number; code?: string }> {
  return page.evaluate(
    async ([method, path]) => {
      const answer = await fetch(path, { method });
      const body = (await answer.json().catch(() => ({}))) as { code?: string };
      return { status: answer.status, ...(body.code ? { code: body.code } : {}) };
    },
    [method, path] as const,
  );
}

const sessionOf = (page: Page): string => new URL(page.url()).pathname.split('/').pop() ?? '';

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

test('who is not ticked in a designated project sees nothing of it', async ({ team }) => {
  await team.addAgent('ben', 'Ben Agent');
  await team.api('POST', '/api/members', {
    name: 'Cleo Agent',
    login_name: 'cleo',
    role: 'agent',
    password: PASSWORD,
    projects: [],
  });
  const ben = await team.agent('ben');
  await team.write(await team.customer('Carla'), 'Hello');
  await openSession(ben, 'Carla');
  const session = sessionOf(ben);

  const owner = await console_(team);
  await openProject(owner, 'Harbour Shop');
  await owner.getByLabel('Designated agents').check();
  await owner.getByTestId('picker').getByLabel('Anna Agent').check();
  await owner.getByTestId('picker').getByLabel('Cleo Agent').check();
  await owner.getByRole('form', { name: 'Service scope' }).getByRole('button', { name: 'Save' }).click();
  await expect(owner.getByTestId('outcome')).toContainText('Added to the projects of: Cleo Agent');
  await expect(owner.getByTestId('outcome')).toContainText('Ben Agent');

  // At once, without a reload; and the server agrees.
  await expect(ben.getByText('No project is assigned to you')).toBeVisible();
  await expect(ben.getByTestId('session-row')).toHaveCount(0);
  expect(await ask(ben, 'GET', `/api/sessions/${session}`)).toEqual({ status: 404, code: 'not_found' });
});

test('a permission that is withdrawn takes the button away, and the server refuses', async ({ team }) => {
  const anna = await team.agent('anna');
  await team.write(await team.customer('Carla'), 'Hello');
  await openSession(anna, 'Carla');
  const end = anna.getByRole('button', { name: 'End session' });
  await expect(end).toBeVisible();

  const owner = await console_(team);
  await openProject(owner, 'Harbour Shop');
  const permissions = owner.getByRole('form', { name: 'Permissions' });
  await permissions.getByLabel('End sessions: Everyone').uncheck();
  await permissions.getByRole('button', { name: 'Save' }).click();
  await expect(end).toBeHidden();
  const refused = await ask(anna, 'POST', `/api/sessions/${sessionOf(anna)}/end`);
  expect(refused).toEqual({ status: 403, code: 'operation_refused' });

  // An exception gives it back to her alone.
  await permissions.getByLabel('Add an exception for…').selectOption({ label: 'Anna Agent' });
  await permissions.getByLabel('End sessions: Anna Agent').selectOption({ label: 'Allowed' });
  await permissions.getByRole('button', { name: 'Save' }).click();
  await expect(end).toBeVisible();
});

test('what another admin changed meanwhile is not overwritten silently', async ({ team }) => {
  await team.api('POST', '/api/members', {
    name: 'Ada Admin',
    login_name: 'ada',
    role: 'admin',
    password: PASSWORD,
    projects: 'all',
  });
  const page = await console_(team);
  await openProject(page, 'Harbour Shop');
  const general = page.getByRole('form', { name: 'General' });
  await general.getByLabel('Project name').fill('Mine');
  const ada = await team.browser();
  await signIn(ada, team.server.url, 'ada');
  const changed = await ada.evaluate(async () => {
    const list = (await (await fetch('/api/projects')).json()) as {
      items: { id: string; version: number }[];
    };
    const { id, version } = list.items[0] ?? { id: '', version: 0 };
    const headers = { 'content-type': 'application/json', 'if-match': `"${version}"` };
    const answer = await fetch(`/api/projects/${id}`, {
      method: 'PATCH',
      headers,
      body: '{"name":"Theirs"}',
    });
    return answer.status;
  });
  expect(changed).toBe(200);

  await general.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByTestId('conflict')).toBeVisible();
  await page.getByRole('button', { name: 'Take theirs' }).click();
  await expect(general.getByLabel('Project name')).toHaveValue('Theirs');
  await general.getByLabel('Project name').fill('Agreed');
  await general.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Agreed', level: 1 })).toBeVisible();
});

test('archiving says what ends, and can be undone', async ({ team }) => {
  await team.write(await team.customer('Carla'), 'Hello');
  const page = await console_(team);
  await openProject(page, 'Harbour Shop');
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByTestId('archive-losses')).toContainText('1 live session ends at once');
  await checkAll(page, 'project-archive');
  await dialog.getByRole('button', { name: 'Archive', exact: true }).click();
  await expect(page.getByText('Archived', { exact: true }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Take out of the archive' }).click();
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
});

test('a project is deleted only with its name, after saying what is lost', async ({ team }) => {
  await team.write(await team.customer('Carla'), 'Hello');
  const page = await console_(team);
  await openProject(page, 'Harbour Shop');
  await page.getByRole('button', { name: 'Delete the project' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByTestId('losses')).toContainText('1 customer');
  await expect(dialog.getByTestId('losses')).toContainText('1 session, live: 1');
  const confirm = dialog.getByRole('button', { name: 'Delete the project' });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill('Harbour');
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill('Harbour Shop');
  await confirm.click();
  await expect(page.getByText('No project yet')).toBeVisible();
  await page.goto(`${team.server.url}/inbox`);
  await expect(page.getByRole('button', { name: 'Start the set-up' })).toBeVisible();
});

test('the pages of projects, to look at', async ({ team }) => {
  const page = await console_(team);
  await checkAll(page, 'projects');
  await openProject(page, 'Harbour Shop');
  await page.getByLabel('Designated agents').check();
  await page.getByLabel('Add an exception for…').selectOption({ label: 'Anna Agent' });
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
  await checkAll(page, 'project');
  for (const part of ['Connection', 'Service scope', 'Permissions']) {
    const heading = page.getByRole('heading', { name: part });
    await picturesOf(page, `project-${part.toLowerCase()}`, () =>
      heading.evaluate((element) => element.scrollIntoView()),
    );
  }
  await page.getByRole('button', { name: 'Delete the project' }).click();
  await expect(page.getByTestId('losses')).toBeVisible();
  await checkAll(page, 'project-delete');
});
