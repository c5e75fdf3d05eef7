// Invitations by e-mail, taken by a real mail server.
import { Mailbox } from '../support/mailbox.ts';
import { Server, Simulator } from '../support/server.ts';
import { expect, Team, test } from '../support/team.ts';

test('an invitation comes by e-mail, also when the mail server was away, and its link signs in', async ({
  browser,
}) => {
  const mailbox = await Mailbox.make();
  const simulator = await Simulator.start();
  const mail = ['--smtp-url', `smtp://127.0.0.1:${mailbox.port}`, '--smtp-from', 'Desk <desk@example.com>'];
  const server = await Server.start(simulator, mail);
  const team = await Team.make(simulator, server, async (options) => {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
    return context.newPage();
  });
  const { id } = await team.api<{ id: string }>('POST', '/api/members', {
    name: 'Mara Example',
    login_name: 'mara',
    email: 'mara@example.com',
    role: 'agent',
    projects: 'all',
    invite: true,
  });

  // Nobody answers at first, and the account says so.
  const fault = async () => {
    const account = await team.api<{ invitation: { mail_error: string | null } | null }>(
      'GET',
      `/api/accounts/${id}`,
    );
    return account.invitation?.mail_error ?? null;
  };
  await expect.poll(fault, { timeout: 30_000 }).not.toBeNull();
  await mailbox.listen();
  await team.api('POST', `/api/members/${id}/invitation`);
  await expect.poll(() => mailbox.letters.length, { timeout: 30_000 }).toBe(1);
  expect(await fault()).toBeNull();

  const letter = mailbox.letters.at(-1);
  expect(letter?.from).toBe('desk@example.com');
  expect(letter?.to).toEqual(['mara@example.com']);
  const link = /(http:\S+\/invitation#\S+)/.exec(letter?.text ?? '')?.[1] ?? '';
  const mara = await team.browser();
  await mara.goto(link);
  await mara.getByLabel('New password', { exact: true }).fill('lantern quarry violet otter');
  await mara.getByRole('button', { name: 'Set the password and sign in' }).click();
  await expect(mara.getByTestId('tab-mine')).toBeVisible();

  await mara.context().close();
  await server.stop();
  await simulator.stop();
  await mailbox.close();
});
