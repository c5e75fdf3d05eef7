// The workspace's own words: tags, and the fields that customers have.
import type { Page } from '@playwright/test';

import { makeTag } from '../support/desk.ts';
import { checkAll } from '../support/look.ts';
import { expect, openSession, signIn, test, type Team } from '../support/team.ts';
import { addMember } from '../support/work.ts';

/** As an admin: the owner asks beside the page, and of one's logins one is live. */
async function open(team: Team, path: string): Promise<Page> {
  await addMember(team, 'adam', 'Adam Admin', { role: 'admin' });
  const page = await team.browser();
  await signIn(page, team.server.url, 'adam');
  await page.goto(`${team.server.url}/console/${path}`);
  return page;
}

const addField = (team: Team, name: string, more: object = { kind: 'text' }): Promise<unknown> =>
  team.api('POST', '/api/customer-fields', { name, ...more });

const tag = (page: Page, name: string) =>
  page.getByTestId('tag-row').and(page.locator(`[data-name="${name}"]`));

async function act(page: Page, name: string, what: string): Promise<void> {
  await page.getByRole('button', { name: `What to do with ${name}` }).click();
  await page.getByRole('menuitem', { name: what }).click();
}

/** A customer with these tags, and a live session without any. */
async function tagged(team: Team, page: Page, name: string, tags: string[]): Promise<void> {
  await team.write(await team.customer(name), 'Hello');
  await openSession(page, name);
  const { items } = await team.api<{ items: { customer: { id: string; first_name: string } }[] }>(
    'GET',
    '/api/sessions?tab=all',
  );
  const customer = items.find((one) => one.customer.first_name === name)?.customer.id ?? '';
  await team.api('PATCH', `/api/customers/${customer}/tags`, { add: tags, remove: [] });
}

test('tags are made, renamed, recoloured, merged and deleted', async ({ team }) => {
  const page = await open(team, 'tags');
  await expect(page.getByText('No tags yet')).toBeVisible();
  const create = page.getByRole('form', { name: 'New tag' });
  for (const name of ['invoice', 'Refund']) {
    await create.getByLabel('New tag').fill(name);
    await page.keyboard.press('Enter');
    await expect(tag(page, name)).toBeVisible();
    await expect(create.getByLabel('New tag')).toHaveValue('');
  }
  await create.getByLabel('New tag').fill('INVOICE');
  await page.keyboard.press('Enter');
  await expect(create.getByText('Another tag has this name.')).toBeVisible();

  await act(page, 'invoice', 'Rename or recolour');
  const edit = page.getByRole('form', { name: 'Rename or recolour invoice' });
  await edit.getByLabel('Name of the tag').fill('Refund');
  await page.keyboard.press('Enter');
  await expect(edit.getByText('Another tag has this name.')).toBeVisible();
  await edit.getByRole('radio', { name: 'Purple' }).check({ force: true });
  await edit.getByLabel('Name of the tag').fill('Invoice');
  await page.keyboard.press('Enter');
  await expect(tag(page, 'Invoice')).toBeVisible();
  await act(page, 'Invoice', 'Rename or recolour');
  await expect(page.getByRole('form').getByRole('radio', { name: 'Purple' }).last()).toBeChecked();
  await page.keyboard.press('Escape');

  const { items } = await team.api<{ items: { id: string; name: string }[] }>('GET', '/api/tags');
  const id = (name: string) => items.find((one) => one.name === name)?.id ?? '';
  const anna = await team.agent('anna');
  await tagged(team, anna, 'Carla', [id('Invoice')]);
  await tagged(team, anna, 'Dora', [id('Invoice'), id('Refund')]);
  await page.reload();
  await expect(tag(page, 'Invoice')).toContainText('2 customers');

  await act(page, 'Invoice', 'Merge into another');
  await page.getByLabel('Which one stays').selectOption('Refund');
  await expect(page.getByTestId('merge-outcome')).toContainText('2 customers');
  await page.getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(tag(page, 'Invoice')).toHaveCount(0);
  await expect(tag(page, 'Refund')).toContainText('2 customers');

  await act(page, 'Refund', 'Delete');
  await expect(page.getByTestId('losses')).toContainText('2 customers');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('No tags yet')).toBeVisible();
});

test('what one admin does to the tags another sees at once', async ({ team }) => {
  const page = await open(team, 'tags');
  await expect(page.getByText('No tags yet')).toBeVisible();
  await makeTag(team, 'VIP', 'yellow');
  await expect(tag(page, 'VIP')).toBeVisible();
});

test('fields of customers are made, changed, put in order and deleted', async ({ team }) => {
  const page = await open(team, 'fields');
  await expect(page.getByText('No fields yet')).toBeVisible();
  const create = async (name: string, kind: string, choices?: string) => {
    await page.getByRole('button', { name: 'New field' }).first().click();
    const form = page.getByRole('form', { name: 'New field' });
    await form.getByLabel('Name of the field').fill(name);
    await form.getByLabel('Kind').selectOption(kind);
    if (choices) await form.getByLabel('Choices').fill(choices);
    await form.getByRole('button', { name: 'Add the field' }).click();
    await expect(page.getByTestId('field').filter({ hasText: name })).toBeVisible();
  };
  await create('Order number', 'Text');
  await create('Tariff', 'Choice', 'Basic\nGold\n\nGold');
  await create('Birthday', 'Date');
  const names = () =>
    page.getByTestId('field').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-name')));
  expect(await names()).toEqual(['Order number', 'Tariff', 'Birthday']);
  await expect(page.getByTestId('field').nth(1)).toContainText('Basic, Gold');

  await page.getByRole('button', { name: 'Move Birthday up' }).click();
  await expect.poll(names).toEqual(['Order number', 'Birthday', 'Tariff']);
  await page.getByRole('button', { name: 'Move Order number down' }).click();
  await expect.poll(names).toEqual(['Birthday', 'Order number', 'Tariff']);
  await expect(page.getByRole('button', { name: 'Move Birthday up' })).toBeDisabled();

  await page.getByRole('button', { name: 'Edit Tariff' }).click();
  const edit = page.getByRole('form', { name: 'Edit Tariff' });
  await expect(edit.getByLabel('Kind')).toBeDisabled();
  await edit.getByLabel('Name of the field').fill('Plan');
  await edit.getByLabel('Choices').fill('Gold\nBasic');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByTestId('field').filter({ hasText: 'Plan' })).toContainText('Gold, Basic');

  await page.getByRole('button', { name: 'Delete Order number' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the field' }).click();
  await expect.poll(names).toEqual(['Birthday', 'Plan']);
});

test('the words of the workspace are not an agent’s to change', async ({ team }) => {
  const page = await team.agent('anna');
  for (const path of ['tags', 'fields']) {
    await page.goto(`${team.server.url}/console/${path}`);
    await expect(page.getByText('This page is not yours to open')).toBeVisible();
  }
});

test('the pages of tags and fields to look at', async ({ team }) => {
  await makeTag(team, 'Invoice', 'blue');
  await makeTag(team, 'Доставка', 'green');
  await makeTag(team, 'a tag with quite a long name', 'purple');
  await addField(team, 'Order number');
  await addField(team, 'Tariff', { kind: 'choice', choices: ['Basic', 'Silver', 'Gold'] });
  const page = await open(team, 'tags');
  const picture = (name: string) => checkAll(page, name);
  await expect(page.getByTestId('tag-row')).toHaveCount(3);
  await picture('tags');
  await act(page, 'Invoice', 'Rename or recolour');
  await picture('tag-edit');
  await page.keyboard.press('Escape');
  await act(page, 'Invoice', 'Merge into another');
  await page.getByLabel('Which one stays').selectOption('Доставка');
  await picture('tag-merge');
  await page.goto(`${team.server.url}/console/fields`);
  await expect(page.getByTestId('field')).toHaveCount(2);
  await picture('fields');
  await page.getByRole('button', { name: 'Edit Tariff' }).click();
  await picture('field-edit');
});
