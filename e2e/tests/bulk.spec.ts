// Several sessions at once: chosen with the mouse and with shift, dealt with each by its own rules.
import type { Page } from '@playwright/test';

import { customersWrite, makeTag, sessionOf } from '../support/desk.ts';
import { checkAll } from '../support/look.ts';
import { expect, signIn, test } from '../support/team.ts';
import { addMember } from '../support/work.ts';

const rows = (page: Page) => page.getByTestId('session-row');
const bar = (page: Page) => page.getByTestId('bulk-bar');
const tick = (page: Page, name: string, options = {}) =>
  rows(page).filter({ hasText: name }).getByRole('checkbox').click(options);

async function select(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'List options' }).click();
  await page.getByRole('menuitem', { name: 'Select several' }).click();
  await expect(bar(page)).toBeVisible();
}

test('what may be ended is ended, and the rest says why not', async ({ team }) => {
  await team.addAgent('bruno', 'Bruno Agent');
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana']);
  const bruno = await team.agent('bruno');
  await customersWrite(team, ['Ben', 'Cleo']);
  await expect(rows(bruno).first()).toBeVisible();
  await page.getByTestId('tab-all').click();
  await expect(rows(page)).toHaveCount(3);
  const mine = [];
  for (const name of ['Ana', 'Ben', 'Cleo']) {
    if ((await sessionOf(team, name)).assignee?.name === 'Anna Agent') mine.push(name);
  }
  await select(page);
  await rows(page).first().getByRole('checkbox').click();
  await rows(page)
    .last()
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] });
  await expect(bar(page)).toContainText('3 selected');
  await bar(page).getByRole('button', { name: 'End', exact: true }).click();
  await page
    .getByRole('dialog', { name: 'End 3 sessions?' })
    .getByRole('button', { name: 'End them' })
    .click();
  const outcome = page.getByTestId('outcome');
  await expect(outcome).toContainText(`${mine.length} session`);
  await expect(outcome).toContainText(`${3 - mine.length} not:`);
  await expect(outcome).toContainText('not yours');
  await expect(rows(page)).toHaveCount(3 - mine.length);
  // What was refused is still chosen.
  await expect(bar(page)).toContainText(`${3 - mine.length} selected`);
  await page.keyboard.press('Escape');
  await expect(bar(page)).toHaveCount(0);
  await expect(page.getByTestId('list-search')).toBeVisible();
});

test('a supervisor assigns from the queue and puts back', async ({ team }) => {
  await addMember(team, 'sam', 'Sam Supervisor', { role: 'supervisor' });
  const page = await team.browser();
  await signIn(page, team.server.url, 'sam');
  await customersWrite(team, ['Ana', 'Ben', 'Cleo']);
  await page.getByTestId('tab-waiting').click();
  await expect(rows(page)).toHaveCount(3);
  await select(page);
  await tick(page, 'Ana');
  await tick(page, 'Cleo', { modifiers: ['Shift'] });
  await tick(page, 'Ben');
  await expect(bar(page)).toContainText('2 selected');
  await bar(page).getByRole('button', { name: 'Assign' }).click();
  await page.getByTestId('colleague-picker').getByText('Anna Agent').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
  await expect(page.getByTestId('outcome')).toContainText('2 sessions done.');
  await expect(rows(page)).toHaveCount(1);
  expect((await sessionOf(team, 'Ana')).assignee?.name).toBe('Anna Agent');

  await page.getByTestId('tab-all').click();
  await expect(rows(page)).toHaveCount(3);
  await bar(page).getByRole('checkbox').check();
  await bar(page).getByRole('button', { name: 'Back to queue' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back to queue' }).click();
  await expect(page.getByTestId('outcome')).toContainText('2 sessions done.');
  await expect(page.getByTestId('tab-waiting')).toContainText('3');
});

test('several are tagged, and untagged', async ({ team }) => {
  await makeTag(team, 'VIP', 'purple');
  const page = await team.agent('anna');
  await customersWrite(team, ['Ana', 'Ben']);
  await expect(rows(page)).toHaveCount(2);
  await select(page);
  await bar(page).getByRole('checkbox').check();
  await checkAll(page, 'bulk');
  await bar(page).getByRole('button', { name: 'Tag' }).click();
  await page.getByRole('dialog').getByText('VIP').click();
  await checkAll(page, 'bulk-tags');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await expect(page.getByTestId('outcome')).toContainText('2 sessions done.');
  await expect(rows(page).filter({ hasText: 'VIP' })).toHaveCount(2);
  await bar(page).getByRole('checkbox').check();
  await bar(page).getByRole('button', { name: 'Tag' }).click();
  await page.getByRole('dialog').getByText('VIP').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(rows(page).filter({ hasText: 'VIP' })).toHaveCount(0);
});
