// Earlier sessions are read where one is, with a way back, on a wide screen and on a narrow one.
import AxeBuilder from '@axe-core/playwright';

import { expect, openSession, reply, test } from '../support/team.ts';
import { endSession, setRules } from '../support/work.ts';

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 740 } };

for (const [width, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`an earlier session is read in the open chat, ${width}, ${colorScheme}`, async ({ team }) => {
      // Who comes back begins a new session, however soon.
      await setRules(team, { reopen_minutes: 0 });
      const ana = await team.customer('Ana', { last_name: 'Example' });
      await team.write(ana, 'The first question');
      const page = await team.agent('anna', { viewport, colorScheme });
      await openSession(page, 'Ana');
      await reply(page, 'The first answer');
      await expect(page.getByTestId('message').filter({ hasText: 'The first answer' })).toHaveAttribute(
        'data-delivery',
        'sent',
      );
      await endSession(page);
      for (let line = 1; line <= 30; line += 1) await team.write(ana, `Again, ${line}`);
      await page.goto(`${team.server.url}/inbox`);
      await openSession(page, 'Ana');
      // It opens at what is unread.
      await page.getByTestId('jump-to-bottom').click();
      await expect(page.getByTestId('message').filter({ hasText: 'Again, 30' })).toBeInViewport();

      if (width === 'narrow') await page.getByTitle('Customer details').first().click();
      const earlier = page.getByTestId('earlier-session');
      await expect(earlier).toHaveCount(1);
      await expect(earlier).toContainText('Anna Agent · Ended by the team');
      await page.screenshot({ path: `screenshots/earlier-list-${width}-${colorScheme}.png` });
      await earlier.click();
      await expect(page.getByTestId('reading')).toContainText('Session of');
      await expect(page.getByTestId('message').filter({ hasText: 'The first question' })).toBeInViewport();
      await expect(page.getByTestId('composer')).toBeVisible();
      await page.screenshot({ path: `screenshots/earlier-reading-${width}-${colorScheme}.png` });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join('\n')}`),
      ).toEqual([]);

      await page.getByRole('button', { name: 'Back to now' }).click();
      await expect(page.getByTestId('message').filter({ hasText: 'Again, 30' })).toBeInViewport();
      await expect(page.getByTestId('reading')).toHaveCount(0);
    });
  }
}
