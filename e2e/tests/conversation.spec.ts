// The main job, as people see it: the customer writes, an agent answers, the customer reads it.
import { inBothThemes } from '../support/look.ts';
import { expect, openSession, reply, signIn, test } from '../support/team.ts';

test('a conversation', async ({ team }) => {
  const agent = await team.agent('anna');
  const ana = await team.customer('Ana');
  const customer = await team.customerPage(ana);

  await customer.getByTestId('composer').fill('Is anybody there?');
  await customer.keyboard.press('Enter');

  const row = agent.getByTestId('session-row').filter({ hasText: 'Ana' });
  await expect(row).toContainText('Is anybody there?');
  await expect(row.getByTestId('unread-dot')).toContainText('1 unread message');

  await openSession(agent, 'Ana');
  await expect(agent.getByTestId('message').filter({ hasText: 'Is anybody there?' })).toBeVisible();
  await expect(row.getByTestId('unread-dot')).toHaveCount(0);

  await reply(agent, 'Yes, how can I help?');
  const sent = agent.getByTestId('message').filter({ hasText: 'Yes, how can I help?' });
  await expect(sent).toHaveCount(1);
  await expect(sent).toHaveAttribute('data-delivery', 'sent');

  const answer = customer.locator('[data-from="bot"]');
  await expect(answer).toHaveCount(1);
  await expect(answer).toContainText('Yes, how can I help?');
  for (const [name, page] of Object.entries({ conversation: agent, customer })) {
    await inBothThemes(page, (theme) => page.screenshot({ path: `screenshots/${name}-${theme}.png` }));
  }
});

test('a waiting session is taken by hand, answered and ended', async ({ team }) => {
  await team.addAgent('bruno', 'Bruno Agent');
  const ana = await team.customer('Ana');
  await team.write(ana, 'First in the queue');

  // Nobody is online: it waits.
  const agent = await team.browser();
  await signIn(agent, team.server.url, 'anna');
  await agent.getByTestId('tab-waiting').click();
  await agent.getByTestId('session-row').filter({ hasText: 'Ana' }).getByRole('link').first().click();
  await expect(agent.getByTestId('composer-closed')).toContainText('waiting');
  await agent.getByTestId('composer-closed').getByRole('button', { name: 'Take' }).click();
  await reply(agent, 'Here I am');
  await expect(agent.getByTestId('message').filter({ hasText: 'Here I am' })).toHaveAttribute(
    'data-delivery',
    'sent',
  );

  await agent.getByRole('button', { name: 'End session' }).click();
  await agent
    .getByRole('alertdialog')
    .or(agent.getByRole('dialog'))
    .getByRole('button', { name: 'End session' })
    .click();
  await expect(agent.getByTestId('composer-closed')).toContainText('ended');
});
