// Every page in both themes and on a narrow screen: no violation that axe can see, and a picture to look at.
import { check } from '../support/look.ts';
import { expect, goOnline, openSession, signIn, test } from '../support/team.ts';

const wide = { width: 1440, height: 900 };
const narrow = { width: 360, height: 740 };

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, viewport] of Object.entries({ wide, narrow })) {
    test(`axe, ${colorScheme}, ${width}`, async ({ team }) => {
      for (const name of ['Ana', 'Ben', 'Cleo', 'Dora']) {
        await team.write(await team.customer(name, { last_name: 'Example' }), `Hello, I am ${name} 👋`);
      }
      const page = await team.browser({ colorScheme, viewport });
      await page.goto(team.server.url);
      await expect(page.getByLabel('Login name')).toBeVisible();
      await check(page, `login-${colorScheme}-${width}`);
      await signIn(page, team.server.url, 'olivia');
      await goOnline(page);
      await expect(page.getByTestId('session-row')).toHaveCount(3);
      await check(page, `list-${colorScheme}-${width}`);
      await openSession(page, 'Ana');
      await expect(page.getByTestId('message')).toBeVisible();
      await check(page, `chat-${colorScheme}-${width}`);
      await page.goto(`${team.server.url}/settings`);
      await expect(page.getByRole('heading', { name: 'Personal' })).toBeVisible();
      await check(page, `settings-${colorScheme}-${width}`);
      await page.getByRole('button', { name: 'Set up' }).click();
      await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
      await check(page, `second-factor-${colorScheme}-${width}`);
    });
  }
}
