// Who is not the assignee reads along: nothing to write with, and everybody sees who is there.
import { checkAll } from '../support/look.ts';
import { expect, goOnline, openSession, signIn, test } from '../support/team.ts';
import { addMember, answer, look } from '../support/work.ts';

test('reading along', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  await team.write(await team.customer('Ana', { last_name: 'Example' }), 'Hello');
  const anna = await team.agent('anna');
  await openSession(anna, 'Ana');

  const boris = await team.browser();
  await signIn(boris, team.server.url, 'boris');
  await look(boris, 'Ana');
  await expect(boris.getByTestId('composer-closed')).toContainText('Anna Agent is answering.');
  await expect(boris.getByTestId('composer')).toHaveCount(0);
  // An agent is offered nothing that the server would refuse.
  for (const name of ['Take over', 'Transfer', 'End session', 'Take', 'Reopen']) {
    await expect(boris.getByRole('button', { name, exact: true })).toHaveCount(0);
  }
  // Nor do keys do it.
  await boris.keyboard.press('t');
  await boris.keyboard.press('e');
  await expect(boris.getByRole('dialog')).toHaveCount(0);

  const here = anna.getByTestId('viewers');
  await expect(here).toContainText('Boris Belov is viewing');
  await anna.getByTestId('composer').pressSequentially('Hel');
  await expect(boris.getByText('Anna Agent is typing').first()).toBeVisible();
  await checkAll(boris, 'reading');

  await answer(anna, 'Hello, Ana.');
  await expect(boris.getByTestId('message').filter({ hasText: 'Hello, Ana.' })).toBeVisible();
  await boris.goto(`${team.server.url}/inbox`);
  await expect(here).toHaveCount(0);
});

test('three at once: each sees the other two, and a closed browser is gone', async ({ team }) => {
  await addMember(team, 'boris', 'Boris Belov');
  await team.write(await team.customer('Ana'), 'Hello');
  const anna = await team.agent('anna');
  await openSession(anna, 'Ana');
  const boris = await team.browser();
  await signIn(boris, team.server.url, 'boris');
  await look(boris, 'Ana');
  const olivia = await team.browser();
  await signIn(olivia, team.server.url, 'olivia');
  await look(olivia, 'Ana');
  await expect(anna.getByTestId('viewers').getByRole('listitem')).toHaveCount(2);
  await expect(boris.getByTestId('viewers').getByRole('listitem')).toHaveCount(2);
  await expect(olivia.getByTestId('viewers').getByRole('listitem')).toHaveCount(2);
  // Who leads is offered to take it over.
  await expect(
    olivia.getByTestId('composer-closed').getByRole('button', { name: 'Take over' }),
  ).toBeVisible();
  await boris.close({ runBeforeUnload: false });
  await expect(anna.getByTestId('viewers').getByRole('listitem')).toHaveCount(1);
  await expect(anna.getByTestId('viewers')).toContainText('Olivia Owner is viewing');
});

test('what waits is taken by whoever reads it', async ({ team }) => {
  await team.write(await team.customer('Ana'), 'Hello');
  const anna = await team.browser();
  await signIn(anna, team.server.url, 'anna');
  await look(anna, 'Ana', 'tab-waiting');
  await expect(anna.getByTestId('composer-closed')).toContainText('This session is waiting.');
  await goOnline(anna);
  await expect(anna.getByTestId('composer')).toBeVisible();
});
