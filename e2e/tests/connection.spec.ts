// A browser that loses the line, a server that dies, and a message that must not get lost between them.
import { expect, openSession, reply, test } from '../support/team.ts';

test('offline for more than 500 events: the state is right after reconnecting, without a reload', async ({
  team,
}) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Before');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  await agent.evaluate(() => Object.assign(window, { notReloaded: true }));

  await agent.context().setOffline(true);
  await expect(agent.getByTestId('connection-banner')).toBeVisible({ timeout: 90_000 });
  const others = await Promise.all(['Ben', 'Cleo', 'Dora'].map((name) => team.customer(name)));
  for (let n = 1; n <= 130; n += 1) {
    // One after the other: who writes first gets the place.
    for (const customer of [ana, ...others])
      await team.write(customer, `Line ${n} of ${customer.first_name}`);
  }
  await agent.context().setOffline(false);

  await expect(agent.getByTestId('connection-banner')).toBeHidden({ timeout: 30_000 });
  await expect(agent.getByTestId('message').filter({ hasText: 'Line 130 of Ana' })).toBeVisible();
  for (const name of ['Ben', 'Cleo']) {
    const row = agent.getByTestId('session-row').filter({ hasText: name });
    await expect(row).toContainText(`Line 130 of ${name}`);
    await expect(row.getByTestId('unread-dot')).toContainText('130 unread messages');
  }
  // Three is the limit, so Dora waits.
  await expect(agent.getByTestId('tab-waiting')).toContainText('1');
  expect(await agent.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('the server dies and comes back: the browser reconnects, what was written meanwhile is sent once', async ({
  team,
}) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');

  await team.server.kill();
  await reply(agent, 'Written while the server was away');
  await expect(agent.getByTestId('connection-banner')).toBeVisible();
  await team.server.startAgain();

  const message = agent.getByTestId('message').filter({ hasText: 'Written while the server was away' });
  await expect(message).toHaveAttribute('data-delivery', 'sent', { timeout: 45_000 });
  await expect(message).toHaveCount(1);
  await expect(agent.getByTestId('connection-banner')).toBeHidden();
  const customer = await team.customerPage(ana);
  await expect(customer.locator('[data-from="bot"]')).toHaveCount(1);
});

test('a draft survives a reload and is nobody else’s', async ({ team }) => {
  const [ana, ben] = [await team.customer('Ana'), await team.customer('Ben')];
  await team.write(ana, 'Hello');
  await team.write(ben, 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  await agent.getByTestId('composer').fill('Half a thought');
  await openSession(agent, 'Ben');
  await expect(agent.getByTestId('composer')).toHaveValue('');
  await agent.reload();
  await openSession(agent, 'Ana');
  await expect(agent.getByTestId('composer')).toHaveValue('Half a thought');
});
