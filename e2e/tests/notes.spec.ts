// Private notes: seen by the team at once and at a glance, never by the customer.
import { deflateSync } from 'node:zlib';

import type { Page } from '@playwright/test';

import { check, checkAll, inBothThemes } from '../support/look.ts';
import { expect, openSession, signIn, test, type Customer, type Team } from '../support/team.ts';
import { addMember, answer, dialog, look } from '../support/work.ts';

const wide = { width: 1440, height: 900 };

async function two(team: Team, options = {}): Promise<{ ana: Customer; anna: Page; boris: Page }> {
  await addMember(team, 'boris', 'Boris Belov');
  const ana = await team.customer('Ana', { last_name: 'Example' });
  await team.write(ana, 'Hello');
  const anna = await team.agent('anna', { viewport: wide, ...options });
  await openSession(anna, 'Ana');
  const boris = await team.browser({ viewport: wide, ...options });
  await signIn(boris, team.server.url, 'boris');
  await look(boris, 'Ana');
  return { ana, anna, boris };
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'New note' }).fill(text);
  await page.getByRole('button', { name: 'Add the note' }).click();
  await expect(page.getByTestId('note').filter({ hasText: text })).toBeVisible();
}

async function menu(page: Page, text: string, item: string): Promise<void> {
  const note = page.getByTestId('note').filter({ hasText: text });
  await note.getByRole('button', { name: 'What to do with this note' }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

/** A grey picture of this size, as a file. */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(body));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, body, crc]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height, 0x90);
  for (let row = 0; row < height; row += 1) rows[row * (width + 1)] = 0;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

test('a note that names a colleague', async ({ team }) => {
  const { ana, anna, boris } = await two(team);
  await anna.keyboard.press('Escape');
  await anna.getByTestId('composer').blur();
  await anna.keyboard.press('n');
  const editor = anna.getByRole('textbox', { name: 'New note' });
  await expect(editor).toBeFocused();
  await anna.keyboard.type('Please look at order 4711, @bor');
  const option = anna.getByRole('option', { name: 'Boris Belov' });
  await expect(option).toBeVisible();
  // Narrow, the chat and the region are not side by side.
  await inBothThemes(anna, (theme) => check(anna, `note-mention-${theme}`));
  await anna.keyboard.press('Enter');
  await expect(editor).toHaveValue('Please look at order 4711, @Boris Belov ');
  await anna.keyboard.press('Control+Enter');
  await expect(editor).toHaveValue('');

  // Boris sees it without doing anything, and is told.
  const there = boris.getByTestId('note').filter({ hasText: 'order 4711' });
  await expect(there).toContainText('@Boris Belov');
  await expect(boris.getByTestId('note-mark')).toContainText('1');
  const told = async () => {
    const response = await boris.context().request.get(`${team.server.url}/api/notifications`);
    return ((await response.json()) as { items: { what: string }[] }).items.map(({ what }) => what);
  };
  await expect.poll(told).toContain('mention');
  await checkAll(boris, 'notes');

  // The customer never does.
  await answer(anna, 'We are looking into it.');
  const customer = await team.customerPage(ana);
  await expect(customer.locator('[data-from="bot"]')).toHaveCount(1);
  await expect(customer.getByText('order 4711')).toHaveCount(0);
});

test('pinned, it is what the next one sees first', async ({ team }) => {
  const { anna, boris } = await two(team);
  await write(anna, 'Likes short answers.');
  await write(anna, 'Paid in cash.');
  await menu(anna, 'short answers', 'Pin');
  for (const page of [anna, boris]) {
    await expect(page.getByTestId('note').first()).toContainText('Likes short answers.');
    await expect(page.getByTestId('notes-glance')).toContainText('2 notes');
    await expect(page.getByTestId('notes-glance')).toContainText('Likes short answers.');
  }
  // Anyone who sees it may take it down again.
  await menu(boris, 'short answers', 'Unpin');
  await expect(anna.getByTestId('note').first()).toContainText('Paid in cash.');
});

test('edited with a history, deleted by its author, not by others', async ({ team }) => {
  const { anna, boris } = await two(team);
  await write(anna, 'Order 4711');
  const theirs = boris.getByTestId('note').filter({ hasText: 'Order 4711' });
  await theirs.getByRole('button', { name: 'What to do with this note' }).click();
  await expect(boris.getByRole('menuitem', { name: 'Pin' })).toBeVisible();
  await expect(boris.getByRole('menuitem', { name: /Edit|Delete/ })).toHaveCount(0);
  await boris.keyboard.press('Escape');

  await menu(anna, 'Order 4711', 'Edit');
  const editor = anna.getByRole('textbox', { name: 'Edit' });
  await expect(editor).toBeFocused();
  await editor.fill('Order 4712');
  await anna.getByRole('button', { name: 'Save' }).click();
  const edited = boris.getByTestId('note').filter({ hasText: 'Order 4712' });
  await edited.getByRole('button', { name: 'edited' }).click();
  await expect(boris.getByTestId('note-history')).toContainText('Order 4711');
  await boris.getByRole('button', { name: 'Close' }).last().click();

  await menu(anna, 'Order 4712', 'Delete');
  await expect(dialog(anna)).toContainText('Order 4712');
  await dialog(anna).getByRole('button', { name: 'Delete' }).click();
  await expect(anna.getByTestId('note')).toHaveCount(0);
  await expect(boris.getByTestId('note')).toHaveCount(0);
  await expect(boris.getByTestId('note-mark')).toHaveCount(0);
});

test('pictures and links', async ({ team }) => {
  const { anna, boris } = await two(team);
  await anna
    .getByRole('textbox', { name: 'New note' })
    .fill('See https://example.org/a, not javascript:alert(1).');
  const chosen = anna.waitForEvent('filechooser');
  await anna.getByRole('button', { name: 'Add a picture' }).click();
  await (await chosen).setFiles({ name: 'box.png', mimeType: 'image/png', buffer: png(320, 180) });
  await expect(anna.getByRole('button', { name: 'Remove the picture' })).toBeVisible();
  await anna.getByRole('button', { name: 'Add the note' }).click();
  const note = boris.getByTestId('note');
  const picture = note.getByRole('img', { name: 'Picture' });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(320);
  const links = note.getByRole('link').filter({ hasText: /\S/ });
  await expect(links).toHaveCount(1);
  await expect(links).toHaveAttribute('href', 'https://example.org/a');
  await check(boris, 'note-picture');

  // What is no picture, or too large, is said before it is sent.
  await anna.getByRole('textbox', { name: 'New note' }).fill('Too large');
  const again = anna.waitForEvent('filechooser');
  await anna.getByRole('button', { name: 'Add a picture' }).click();
  const large = Buffer.alloc(5 * 1024 * 1024 + 1);
  await (await again).setFiles({ name: 'large.png', mimeType: 'image/png', buffer: large });
  await expect(anna.getByRole('alert')).toContainText('The picture is larger than 5 MB.');
});

test('what was begun is there after a look at another chat', async ({ team }) => {
  const { anna } = await two(team);
  await team.write(await team.customer('Ben'), 'Hello');
  await anna.getByRole('textbox', { name: 'New note' }).fill('Half a no');
  await openSession(anna, 'Ben');
  await expect(anna.getByRole('textbox', { name: 'New note' })).toHaveValue('');
  await openSession(anna, 'Ana');
  await expect(anna.getByRole('textbox', { name: 'New note' })).toHaveValue('Half a no');
});

test('the sections of the region stay as they were left', async ({ team }) => {
  const { anna } = await two(team);
  const notes = anna.getByRole('button', { name: /^Notes/ });
  await notes.click();
  await expect(anna.getByRole('textbox', { name: 'New note' })).toHaveCount(0);
  await anna.reload();
  await expect(notes).toHaveAttribute('aria-expanded', 'false');
  // Who wants to write one gets there.
  await anna.keyboard.press('n');
  await expect(anna.getByRole('textbox', { name: 'New note' })).toBeFocused();
});
