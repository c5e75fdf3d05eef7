// Tags on sessions and customers, and the workspace's own fields: chosen with the keyboard, seen by all at once.
import type { Page } from '@playwright/test';

import { check, checkAll } from '../support/look.ts';
import { expect, openSession, signIn, test, type Team } from '../support/team.ts';
import { addMember, dialog, look, tool } from '../support/work.ts';

const wide = { width: 1440, height: 900 };

interface Tag {
  id: string;
  version: number;
}

async function two(team: Team, options = {}): Promise<{ anna: Page; boris: Page; refund: Tag }> {
  await addMember(team, 'boris', 'Boris Belov');
  const refund = await team.api<Tag>('POST', '/api/tags', { name: 'Refund', color: 'red' });
  await team.api('POST', '/api/tags', { name: 'Delivery', color: 'blue' });
  await team.api('POST', '/api/tags', { name: 'Wholesale', color: 'purple' });
  await team.write(await team.customer('Ana', { last_name: 'Example' }), 'Hello');
  const anna = await team.agent('anna', { viewport: wide, ...options });
  await openSession(anna, 'Ana');
  const boris = await team.browser({ viewport: wide, ...options });
  await signIn(boris, team.server.url, 'boris');
  await look(boris, 'Ana');
  return { anna, boris, refund };
}

const line = (page: Page, title: string) => page.getByTestId('tag-line').filter({ hasText: title });

test('a session’s tags by typing', async ({ team }) => {
  const { anna, boris, refund } = await two(team);
  await tool(anna, 'Tags');
  const search = dialog(anna).getByRole('combobox', { name: 'Search tags' });
  await expect(search).toBeFocused();
  await anna.keyboard.type('ref');
  await expect(dialog(anna).getByRole('option')).toHaveCount(1);
  await anna.keyboard.press('Enter');
  await expect(dialog(anna).getByTestId('chosen-tags')).toContainText('Refund');
  await anna.keyboard.press('ArrowDown');
  await anna.keyboard.press('ArrowDown');
  await anna.keyboard.press('Enter');
  await expect(dialog(anna).getByTestId('chosen-tags')).toContainText('Wholesale');
  await anna.keyboard.press('Backspace');
  await expect(dialog(anna).getByTestId('chosen-tags').getByTestId('tag')).toHaveCount(1);
  await checkAll(anna, 'tags-dialog');
  await dialog(anna).getByRole('button', { name: 'Done' }).click();

  await expect(line(boris, 'Session').getByTestId('tag')).toHaveText(['Refund']);
  // A new name of it is everywhere at once.
  await team.api(
    'PATCH',
    `/api/tags/${refund.id}`,
    { name: 'Money back' },
    { 'if-match': `"${refund.version}"` },
  );
  for (const page of [anna, boris]) {
    await expect(line(page, 'Session').getByTestId('tag')).toHaveText(['Money back']);
  }
  await checkAll(boris, 'tags');
});

test('a customer’s tags, beside those of the session', async ({ team }) => {
  const { anna, boris } = await two(team);
  await line(anna, 'Customer').getByRole('button', { name: 'Change the customer’s tags' }).click();
  await anna.getByRole('option', { name: 'Wholesale' }).click();
  await expect(line(boris, 'Customer').getByTestId('tag')).toHaveText(['Wholesale']);
  await expect(line(boris, 'Session').getByTestId('tag')).toHaveCount(0);
  await line(anna, 'Customer').getByRole('button', { name: 'Remove the tag Wholesale' }).click();
  await expect(line(boris, 'Customer').getByTestId('tag')).toHaveCount(0);
});

test('are not offered where the project refuses it', async ({ team }) => {
  const { items } = await team.api<{ items: { id: string }[] }>('GET', '/api/projects');
  const path = `/api/projects/${items[0]?.id}/operations`;
  const { version, operations } = await team.api<{ version: number; operations: object }>('GET', path);
  await team.api(
    'PUT',
    path,
    { operations: { ...operations, edit_tags: false }, exceptions: [] },
    { 'if-match': `"${version}"` },
  );
  const { anna } = await two(team);
  await expect(anna.getByTestId('chat-toolbar').getByRole('button', { name: 'Tags' })).toHaveCount(0);
  await expect(line(anna, 'Session').getByRole('button')).toHaveCount(0);
});

test('fields of the workspace, filled in where they stand', async ({ team }) => {
  await team.api('POST', '/api/customer-fields', { name: 'Turnover', kind: 'number' });
  await team.api('POST', '/api/customer-fields', {
    name: 'Level',
    kind: 'choice',
    choices: ['Silver', 'Gold'],
  });
  await team.api('POST', '/api/customer-fields', { name: 'Page', kind: 'link' });
  const { anna, boris } = await two(team);
  const field = (page: Page, name: string) => page.getByTestId('custom-field').filter({ hasText: name });

  await field(anna, 'Turnover').getByRole('button').click();
  await anna.keyboard.type('a lot');
  await anna.keyboard.press('Enter');
  await expect(field(anna, 'Turnover').getByRole('alert')).toBeVisible();
  await field(anna, 'Turnover').getByRole('textbox').fill('1234.5');
  await anna.keyboard.press('Enter');
  await expect(field(anna, 'Turnover')).toContainText('1,234.5');
  await expect(field(boris, 'Turnover')).toContainText('1,234.5');

  await field(anna, 'Level').getByRole('button').click();
  await field(anna, 'Level').getByRole('combobox').selectOption('Gold');
  await expect(field(boris, 'Level')).toContainText('Gold');

  await field(anna, 'Page').getByRole('button').click();
  await anna.keyboard.type('javascript:alert(1)');
  await anna.keyboard.press('Enter');
  await expect(field(anna, 'Page').getByRole('alert')).toBeVisible();
  await field(anna, 'Page').getByRole('textbox').fill('example.org/4711');
  await anna.keyboard.press('Enter');
  await expect(field(boris, 'Page').getByRole('link')).toHaveAttribute('href', 'https://example.org/4711');

  // Escape leaves what was there.
  await field(anna, 'Turnover').getByRole('button').click();
  await field(anna, 'Turnover').getByRole('textbox').fill('9');
  await anna.keyboard.press('Escape');
  await expect(field(anna, 'Turnover')).toContainText('1,234.5');
  await check(boris, 'fields');
});

test('what is known of a customer: source, figures', async ({ team }) => {
  const ana = await team.customer('Ana');
  await team.write(ana, '/start spring_campaign');
  await team.write(ana, 'Hello');
  const anna = await team.agent('anna', { viewport: wide });
  await openSession(anna, 'Ana');
  await expect(anna.getByTestId('source')).toHaveText('spring_campaign');
  await expect(anna.getByTestId('statistics')).toContainText(/Sessions\s*1/);
});
