// A session goes from one member to another, with two and three browsers at once.
import type { Page } from '@playwright/test';

import { check, checkAll } from '../support/look.ts';
import { expect, openSession, reply, signIn, test, type Customer, type Team } from '../support/team.ts';
import {
  addMember,
  answer,
  choose,
  dialog,
  endSession,
  lines,
  look,
  setRules,
  tool,
} from '../support/work.ts';

const NOTE = 'She wants her money back, not another box.';
const TOLD = 'One moment please, a colleague takes over.';

/** Anna has Ana's session and has answered once. */
async function talk(team: Team, options = {}): Promise<{ ana: Customer; anna: Page }> {
  const ana = await team.customer('Ana', { last_name: 'Example' });
  await team.write(ana, 'Where is my box?');
  const anna = await team.agent('anna', options);
  await openSession(anna, 'Ana');
  await answer(anna, 'I am looking for it.');
  return { ana, anna };
}

async function owner(team: Team): Promise<Page> {
  const page = await team.browser();
  await signIn(page, team.server.url, 'olivia');
  return page;
}

test('a transfer with a note and a word to the customer', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  const { ana, anna } = await talk(team);
  const boris = await team.agent('boris');
  const olivia = await owner(team);
  await look(olivia, 'Ana');

  await anna.getByTestId('composer').fill('Half a sent');
  await anna.keyboard.press('Escape');
  await anna.keyboard.press('t');
  await anna.getByRole('combobox', { name: 'Search colleagues' }).fill('bor');
  const receiver = anna.getByTestId('receiver');
  await expect(receiver).toHaveCount(1);
  await expect(receiver).toContainText('Boris Belov');
  await expect(receiver).toContainText('Online');
  await expect(receiver).toContainText(/0 of \d/);
  await anna.keyboard.press('Enter');
  await expect(receiver).toHaveAttribute('aria-selected', 'true');
  await anna.getByLabel('Note for whoever gets it').fill(NOTE);
  await anna.getByLabel('Tell the customer').check();
  const told = anna.getByLabel('What Ana Example is told');
  await expect(told).toHaveValue('I will transfer you to a colleague who can help, please wait.');
  await told.fill(TOLD);
  await checkAll(anna, 'transfer-dialog');
  await dialog(anna).getByRole('button', { name: 'Transfer' }).click();

  // Anna's editor closes at once; what she had begun is there.
  await expect(anna.getByTestId('composer-closed')).toContainText('Boris Belov is answering.');
  await expect(anna.getByTestId('composer')).toHaveCount(0);
  await anna.getByText('Your draft is kept.').click();
  await expect(anna.getByTestId('kept-draft')).toContainText('Half a sent');

  // Boris is prompted, and finds history and note.
  await boris.getByTestId('new-session').click();
  await expect(boris.getByTestId('handover')).toContainText(NOTE);
  await expect(boris.getByTestId('message').filter({ hasText: 'I am looking for it.' })).toBeVisible();
  await expect(lines(boris).last()).toContainText('Anna Agent handed this to Boris Belov');
  await expect(lines(boris).last().getByTestId('handover-note')).toContainText(NOTE);
  await checkAll(boris, 'transfer-received');

  // The customer reads it after what Anna wrote, and then Boris.
  await answer(boris, 'Hello, I am Boris.');
  const customer = await team.customerPage(ana);
  await expect(customer.locator('[data-from="bot"]')).toContainText([
    'I am looking for it.',
    TOLD,
    'Hello, I am Boris.',
  ]);
  // Who was there all the while saw it happen.
  await expect(olivia.getByTestId('composer-closed')).toContainText('Boris Belov is answering.');
  await expect(lines(olivia).last()).toContainText('Anna Agent handed this to Boris Belov');
  await expect(anna.getByTestId('message').filter({ hasText: 'Hello, I am Boris.' })).toBeVisible();
});

test('to the queue, from where it goes to somebody else', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  const { anna } = await talk(team);
  const boris = await team.agent('boris');
  await tool(anna, 'Transfer');
  await anna.getByLabel('To the queue').check();
  await dialog(anna).getByRole('button', { name: 'Transfer' }).click();
  await expect(anna.getByTestId('composer-closed')).toBeVisible();
  await boris.getByTestId('new-session').click();
  await expect(boris.getByTestId('composer')).toBeVisible();
  const assigned = lines(boris).filter({ hasText: 'Assigned to Boris Belov' });
  await assigned.getByRole('button', { name: 'Why?' }).click();
  await expect(assigned.getByTestId('why')).toContainText('This project gives sessions in turn.');
});

test('on a small screen, by the menu', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  const { anna } = await talk(team, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  await tool(anna, 'Transfer');
  await choose(anna, 'Boris');
  // Who is not there may be given it all the same, and that is said.
  await expect(dialog(anna)).toContainText('Boris Belov is not here just now.');
  await check(anna, 'transfer-narrow-dark');
  await dialog(anna).getByRole('button', { name: 'Transfer' }).click();
  await expect(anna.getByTestId('composer-closed')).toContainText('Boris Belov is answering.');
});

test('a colleague at the limit is not offered, but by who leads', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov', { limit: 1 });
  const ben = await team.customer('Ben');
  const boris = await team.agent('boris');
  await team.write(ben, 'Hello');
  await expect(boris.getByTestId('new-session')).toBeVisible();
  const { anna } = await talk(team);

  await tool(anna, 'Transfer');
  const receiver = anna.getByTestId('receiver').filter({ hasText: 'Boris Belov' });
  await expect(receiver).toContainText('1 of 1');
  await expect(receiver).toContainText('At the limit');
  await expect(receiver).toHaveAttribute('aria-disabled', 'true');
  await receiver.click({ force: true });
  await expect(receiver).toHaveAttribute('aria-selected', 'false');
  await expect(dialog(anna).getByRole('button', { name: 'Transfer' })).toBeDisabled();
  await check(anna, 'transfer-limit');
  await anna.keyboard.press('Escape');

  const olivia = await owner(team);
  await look(olivia, 'Ana');
  await tool(olivia, 'Assign to…');
  await choose(olivia, 'Boris');
  await expect(dialog(olivia)).toContainText('Boris Belov is at the limit (1 of 1).');
  await dialog(olivia).getByRole('button', { name: 'Assign' }).click();
  await expect(anna.getByTestId('composer-closed')).toContainText('Boris Belov is answering.');
  await expect(lines(anna).last()).toContainText('Olivia Owner assigned this to Boris Belov');
  await expect(boris.getByTestId('session-row').filter({ hasText: 'Ana' })).toBeVisible();
});

test('the limit reached meanwhile is said where one chose', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov', { limit: 1 });
  const { anna } = await talk(team);
  // What the dialog knows is a moment old.
  await anna.route('**/receivers*', async (route) => {
    const response = await route.fetch();
    const answered = (await response.json()) as { items: object[] };
    const items = answered.items.map((item) => ({ ...item, at_limit: false }));
    await route.fulfill({ response, json: { items } });
  });
  const boris = await team.agent('boris');
  await team.write(await team.customer('Ben'), 'Hello');
  const given = async () =>
    (await boris.getByTestId('new-session').count()) + (await anna.getByTestId('new-session').count());
  await expect.poll(given).toBeGreaterThan(0);
  await team.write(await team.customer('Cleo'), 'Hello');
  await expect(boris.getByTestId('new-session')).toBeVisible();
  await tool(anna, 'Transfer');
  await choose(anna, 'Boris');
  await dialog(anna).getByRole('button', { name: 'Transfer' }).click();
  await expect(dialog(anna).getByRole('alert')).toContainText('Boris Belov has 1 of 1 sessions already.');
  await anna.keyboard.press('Escape');
  await expect(anna.getByTestId('composer')).toBeVisible();
});

test('taken over while its assignee writes: each message was sent before, or is back in the draft', async ({
  team,
}) => {
  const { ana, anna } = await talk(team);
  const olivia = await owner(team);
  await look(olivia, 'Ana');
  await tool(olivia, 'Take over');
  await expect(dialog(olivia)).toContainText('Anna Agent is answering now.');
  const texts = Array.from({ length: 20 }, (_, index) => `Line ${index + 1}.`);
  const writing = (async () => {
    for (const text of texts) {
      const editor = anna.getByTestId('composer');
      if ((await editor.count()) === 0) return;
      await editor.fill(text, { timeout: 2_000 }).catch(() => undefined);
      await editor.press('Enter', { timeout: 2_000 }).catch(() => undefined);
    }
  })();
  await expect(anna.getByTestId('message').filter({ hasText: 'Line 3.' })).toBeVisible();
  await dialog(olivia).getByRole('button', { name: 'Take over' }).click();
  await expect(olivia.getByTestId('composer')).toBeVisible();
  await writing;
  await expect(anna.getByTestId('composer-closed')).toContainText('Olivia Owner is answering.');
  await expect(lines(anna).filter({ hasText: 'Olivia Owner took over' })).toBeVisible();
  // Nothing is on its way any more.
  await expect(anna.locator('[data-delivery="queued"], [data-delivery="sending"]')).toHaveCount(0);

  const written = (await anna.getByTestId('message').allInnerTexts()).join('\n');
  const sessions = await anna.context().request.get(`${team.server.url}/api/drafts`);
  const drafts = ((await sessions.json()) as { items: { text: string }[] }).items;
  const kept = drafts.map(({ text }) => text).join('\n');
  const customer = await team.customerPage(ana);
  const arrived = (await customer.locator('[data-from="bot"]').allInnerTexts()).join('\n');
  for (const text of texts) {
    // The last one may never have left the editor, and is in the draft then.
    const begun = written.includes(text) || kept.includes(text) || arrived.includes(text);
    if (!begun) continue;
    expect(arrived.includes(text) || kept.includes(text), text).toBe(true);
    expect(arrived.includes(text) && kept.includes(text), `${text} twice`).toBe(false);
  }

  await answer(olivia, 'Olivia here.');
  await expect(anna.getByTestId('message').filter({ hasText: 'Olivia here.' })).toBeVisible();
});

test('back to the queue by who leads, to whom is free', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  const { anna } = await talk(team);
  const boris = await team.agent('boris');
  const olivia = await owner(team);
  await look(olivia, 'Ana');
  await tool(olivia, 'Back to the queue');
  await dialog(olivia).getByLabel('Note for whoever gets it').fill(NOTE);
  await dialog(olivia).getByRole('button', { name: 'Back to the queue' }).click();
  await expect(anna.getByTestId('composer-closed')).toBeVisible();
  await boris.getByTestId('new-session').click();
  await expect(lines(boris).filter({ hasText: 'Olivia Owner put this back into the queue' })).toContainText(
    NOTE,
  );
});

test('ended, and the customer comes back within the time: the same session, the same member', async ({
  team,
}) => {
  const { ana, anna } = await talk(team);
  await endSession(anna);
  await expect(anna.getByTestId('composer-closed')).toContainText('This session has ended.');
  await team.write(ana, 'One more thing');
  await expect(anna.getByTestId('composer')).toBeVisible();
  await expect(
    lines(anna).filter({ hasText: 'Reopened for Anna Agent: the customer wrote again' }),
  ).toBeVisible();
  await answer(anna, 'Yes?');
});

test('ended, and the customer comes back later: a new session, the old one beside it', async ({ team }) => {
  await setRules(team, { reopen_minutes: 0 });
  const { ana, anna } = await talk(team);
  await endSession(anna);
  await team.write(ana, 'Something else');
  await expect(anna.getByTestId('composer-closed')).toContainText('This session has ended.');
  await anna.getByRole('link', { name: 'To the live session' }).click();
  await expect(anna.getByTestId('composer')).toBeVisible();
  await expect(anna.getByTestId('message').filter({ hasText: 'Something else' })).toBeVisible();
  await expect(anna.getByTestId('earlier-session')).toHaveCount(1);
});

test('reopened by hand', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  const { anna } = await talk(team);
  const boris = await team.browser();
  await signIn(boris, team.server.url, 'boris');
  await look(boris, 'Ana');
  await endSession(anna);
  // Boris reads along and opens it again: it is his now.
  await expect(boris.getByTestId('composer-closed')).toContainText('This session has ended.');
  await boris.getByTestId('composer-closed').getByRole('button', { name: 'Reopen' }).click();
  await expect(boris.getByTestId('composer')).toBeVisible();
  await expect(lines(boris).filter({ hasText: 'Reopened by Boris Belov' })).toBeVisible();
  await expect(anna.getByTestId('composer-closed')).toContainText('Boris Belov is answering.');
  await reply(boris, 'Sorry, one more question.');
  await expect(anna.getByTestId('message').filter({ hasText: 'one more question' })).toBeVisible();
});
