// What people are told of a delivery that does not simply succeed.
import { picturesOf } from '../support/look.ts';
import { expect, openSession, reply, test } from '../support/team.ts';

test('the customer blocked the bot: the reply says so, and goes out after they unblocked it', async ({
  team,
}) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  await team.simulator.control('PUT', `/chats/${team.bot.id}/${ana.id}/block`);
  await expect(agent.getByTestId('service-line').filter({ hasText: /blocked/ })).toBeVisible();

  await reply(agent, 'Are you there?');
  const message = agent.getByTestId('message').filter({ hasText: 'Are you there?' });
  await expect(message).toHaveAttribute('data-delivery', 'failed');
  await expect(message).toContainText(/blocked/i);
  await agent.screenshot({ path: 'screenshots/blocked.png' });

  await team.simulator.control('DELETE', `/chats/${team.bot.id}/${ana.id}/block`);
  await message.getByRole('button', { name: /again|retry/i }).click();
  await expect(message).toHaveAttribute('data-delivery', 'sent');
});

test('no answer from Telegram: the reply may have arrived, and the next one does not wait', async ({
  team,
}) => {
  const ana = await team.customer('Ana');
  await team.write(ana, 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  const fault = { kind: 'drop_after', method: 'sendMessage', times: 1 };
  await team.simulator.control('POST', `/bots/${team.bot.id}/faults`, fault);

  await reply(agent, 'First');
  await reply(agent, 'Second');
  const first = agent.getByTestId('message').filter({ hasText: 'First' });
  await expect(first).toHaveAttribute('data-delivery', 'unknown');
  await expect(first).toContainText('May have arrived');
  await expect(agent.getByTestId('message').filter({ hasText: 'Second' })).toHaveAttribute(
    'data-delivery',
    'sent',
  );
  await agent.screenshot({ path: 'screenshots/unknown.png' });
});

test('Telegram asks to slow down: the reply says when it goes out', async ({ team }) => {
  await team.write(await team.customer('Ana'), 'Hello');
  const agent = await team.agent('anna');
  await openSession(agent, 'Ana');
  const fault = { kind: 'too_many_requests', method: 'sendMessage', times: 1, retry_after: 12 };
  await team.simulator.control('POST', `/bots/${team.bot.id}/faults`, fault);
  await reply(agent, 'Patience');
  const message = agent.getByTestId('message').filter({ hasText: 'Patience' });
  await expect(message).toContainText(/Telegram asks us to slow down. Goes out in about \d+ seconds/);
  await picturesOf(agent, 'slow-down');
  await expect(message).toHaveAttribute('data-delivery', 'sent', { timeout: 40_000 });
  await expect(message).not.toContainText('Goes out');
});
