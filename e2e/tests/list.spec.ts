// The session list: tabs, filters, search, order, saved views. What is narrowed stays right as things happen.
import type { Page } from '@playwright/test';

import { as, customersWrite, makeTag, sessionOf } from '../support/desk.ts';
import { checkAll } from '../support/look.ts';
import { expect, signIn, test } from '../support/team.ts';

const rows = (page: Page) => page.getByTestId('session-row');
const row = (page: Page, name: string) => rows(page).filter({ hasText: name });
const chips = (page: Page) => page.getByTestId('filter-chips');

async function filter(
  page: Page,
  set: (panel: ReturnType<Page['getByTestId']>) => Promise<void>,
): Promise<void> {
  await page.getByTestId('filter').click();
  await set(page.getByTestId('filter-panel'));
  await page.keyboard.press('Escape');
}

async function fromMenu(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: 'List options' }).click();
  await page.getByRole('menuitem', { name }).or(page.getByRole('menuitemradio', { name })).click();
}

test('tabs count what they hold, and ended sessions are found again', async ({ team }) => {
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben']);
  await expect(page.getByTestId('tab-mine')).toContainText('2');
  await expect(page.getByTestId('tab-ended')).toContainText('0');
  await row(page, 'Ana').getByRole('link').click();
  await page.getByRole('button', { name: 'End session' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
  await expect(page.getByTestId('tab-mine')).toContainText('1');
  await expect(page.getByTestId('tab-all')).toContainText('1');
  await expect(page.getByTestId('tab-ended')).toContainText('1');
  await page.getByTestId('tab-ended').click();
  await expect(rows(page)).toHaveCount(1);
  await expect(row(page, 'Ana')).toBeVisible();
});

test('filters narrow the list, show as chips, and hold while customers write', async ({ team }) => {
  const vip = await makeTag(team, 'VIP', 'purple');
  await makeTag(team, 'Refund', 'red');
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben', 'Cleo', 'Dora']);
  const ana = await sessionOf(team, 'Ana');
  await as(page, 'PATCH', `/api/sessions/${ana.id}/tags`, { add: [vip], remove: [] });
  await page.getByTestId('tab-all').click();
  await expect(rows(page)).toHaveCount(4);
  await expect(row(page, 'Ana')).toContainText('VIP');

  // By tag: only Ana, and nobody who writes meanwhile.
  await filter(page, (panel) => panel.getByText('VIP').click());
  await expect(chips(page)).toContainText('VIP');
  await expect(rows(page)).toHaveCount(1);
  await customersWrite(team, ['Emil']);
  await expect(page.getByTestId('tab-all')).toContainText('5');
  await expect(rows(page)).toHaveCount(1);
  await chips(page).getByRole('button', { name: 'Remove the filter: VIP' }).click();
  await expect(rows(page)).toHaveCount(5);

  // By state and assignee: three are Anna's, as many as her limit is.
  await filter(page, (panel) => panel.getByText('Waiting').click());
  await expect(rows(page)).toHaveCount(2);
  await customersWrite(team, ['Finn']);
  await expect(rows(page)).toHaveCount(3);
  await chips(page).getByRole('button', { name: 'Clear' }).click();
  await filter(page, async (panel) => void (await panel.getByTestId('filter-assignee').selectOption('Me')));
  await expect(rows(page)).toHaveCount(3);
  await filter(
    page,
    async (panel) => void (await panel.getByTestId('filter-assignee').selectOption('Nobody')),
  );
  await expect(rows(page)).toHaveCount(3);
  await chips(page).getByRole('button', { name: 'Clear' }).click();

  // Unread: what is being read stays until another one is opened.
  await page.getByTestId('tab-mine').click();
  await filter(page, (panel) => panel.getByLabel('Unread only').check());
  await expect(rows(page)).toHaveCount(3);
  await row(page, 'Ana').getByRole('link').click();
  await expect(row(page, 'Ana').getByTestId('unread-dot')).toHaveCount(0);
  await expect(rows(page)).toHaveCount(3);
  await row(page, 'Ben').getByRole('link').click();
  await expect(row(page, 'Ana')).toHaveCount(0);
});

test('a search finds customers as one types, and Escape ends it', async ({ team }) => {
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben']);
  const olga = await team.customer('Ольга', { username: 'olga_k' });
  await team.write(olga, 'Здравствуйте');
  await expect(rows(page)).toHaveCount(3);
  const search = page.getByTestId('list-search');
  await search.fill('оль');
  await expect(rows(page)).toHaveCount(1);
  await search.fill('@olga');
  await expect(row(page, 'Ольга')).toBeVisible();
  await search.fill('nobody at all');
  await expect(page.getByTestId('empty-list')).toContainText('Nothing matches');
  await search.press('Escape');
  await expect(search).toHaveValue('');
  await expect(rows(page)).toHaveCount(3);
});

test('the list is sorted by who waits longest or by the last message', async ({ team }) => {
  const page = await team.browser();
  const [ana] = await customersWrite(team, ['Ana', 'Ben', 'Cleo']);
  if (ana) await team.write(ana, 'Still here');
  await signIn(page, team.server.url, 'anna');
  await page.getByTestId('tab-waiting').click();
  const names = async () => (await rows(page).allInnerTexts()).map((text) => /Ana|Ben|Cleo/.exec(text)?.[0]);
  await expect.poll(names).toEqual(['Ana', 'Ben', 'Cleo']);
  await expect(row(page, 'Ana').getByTestId('waited')).toContainText('waiting');
  await fromMenu(page, 'Last message');
  await expect.poll(names).toEqual(['Ana', 'Cleo', 'Ben']);
  await fromMenu(page, 'Longest waiting');
  await expect.poll(names).toEqual(['Ana', 'Ben', 'Cleo']);
});

test('a saved view brings its tab and filters back, in another browser too', async ({ team }) => {
  await makeTag(team, 'VIP', 'purple');
  const page = await team.agent('anna');
  await page.getByTestId('tab-waiting').click();
  await filter(page, (panel) => panel.getByText('VIP').click());
  await fromMenu(page, /Save or edit/);
  const dialog = page.getByRole('dialog', { name: 'Saved views' });
  await dialog.getByLabel('Save what the list shows now').fill('VIP first');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByTestId('view')).toContainText('VIP first');
  await dialog.getByRole('button', { name: 'Close' }).click();

  await page.reload();
  await expect(page.getByTestId('tab-mine')).toHaveAttribute('aria-selected', 'true');
  await expect(chips(page)).toHaveCount(0);
  await fromMenu(page, 'VIP first');
  await expect(page.getByTestId('tab-waiting')).toHaveAttribute('aria-selected', 'true');
  await expect(chips(page)).toContainText('VIP');

  await fromMenu(page, /Save or edit/);
  await dialog.getByRole('button', { name: 'Rename VIP first' }).click();
  await dialog.getByLabel('Name of the view').fill('Gold');
  await dialog.getByTestId('view').getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByTestId('view')).toContainText('Gold');
  await dialog.getByRole('button', { name: 'Delete Gold' }).click();
  await expect(dialog.getByTestId('view')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(dialog.getByTestId('view')).toContainText('Gold');
});

test('the list looked at', async ({ team }) => {
  await makeTag(team, 'VIP', 'purple');
  await makeTag(team, 'Refund', 'red');
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben', 'Cleo', 'Dora', 'Emil']);
  await page.getByTestId('tab-all').click();
  await expect(rows(page)).toHaveCount(5);
  await checkAll(page, 'list-all');
  await page.getByTestId('filter').click();
  await page.getByTestId('filter-panel').getByText('VIP').click();
  await checkAll(page, 'list-filter');
  await page.keyboard.press('Escape');
  await checkAll(page, 'list-nothing');
  await fromMenu(page, /Save or edit/);
  await expect(page.getByRole('dialog', { name: 'Saved views' })).toBeVisible();
  await checkAll(page, 'list-views');
});
