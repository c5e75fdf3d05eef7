// Earlier sessions are read where one is, with a way back, on a wide screen and on a narrow one.
import type { Page } from '@playwright/test';

import { check, inBothThemes, NARROW, WIDE } from '../support/look.ts';
import { expect, openSession, reply, test } from '../support/team.ts';

async function endSession(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'End session' }).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await dialog.getByRole('button', { name: 'End session' }).click();
  await expect(page.getByTestId('composer-closed')).toBeVisible();
}

/** Opens the one earlier session, looks at it, and goes back to now. */
async function readEarlier(page: Page, width: string): Promise<void> {
  const earlier = page.getByTestId('earlier-session');
  await expect(earlier).toHaveCount(1);
  await expect(earlier).toContainText('Anna Agent · Ended by the team');
  await inBothThemes(page, (theme) =>
    page.screenshot({ path: `screenshots/earlier-list-${width}-${theme}.png` }),
  );
  await earlier.click();
  await expect(page.getByTestId('reading')).toContainText('Session of');
  await expect(page.getByTestId('message').filter({ hasText: 'The first question' })).toBeInViewport();
  await expect(page.getByTestId('composer')).toBeVisible();
  await inBothThemes(page, (theme) => check(page, `earlier-reading-${width}-${theme}`));
  await page.getByRole('button', { name: 'Back to now' }).click();
  await expect(page.getByTestId('message').filter({ hasText: 'Again, 30' })).toBeInViewport();
  await expect(page.getByTestId('reading')).toHaveCount(0);
}

test('an earlier session is read in the open chat, wide and narrow', async ({ team }) => {
  const ana = await team.customer('Ana', { last_name: 'Example' });
  await team.write(ana, 'The first question');
  const page = await team.agent('anna', { viewport: WIDE });
  await openSession(page, 'Ana');
  await reply(page, 'The first answer');
  await expect(page.getByTestId('message').filter({ hasText: 'The first answer' })).toHaveAttribute(
    'data-delivery',
    'sent',
  );
  await endSession(page);
  for (let line = 1; line <= 30; line += 1) await team.write(ana, `Again, ${line}`);
  for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    await page.setViewportSize(viewport);
    await page.goto(`${team.server.url}/inbox`);
    await openSession(page, 'Ana');
    if (width === 'wide') {
      // It opens at what is unread; by now that is read.
      await page.getByTestId('jump-to-bottom').click();
    } else {
      await page.getByTitle('Customer details').first().click();
    }
    await readEarlier(page, width);
  }
});
