// What members do for themselves: second factor, password, picture, preferences; and who guesses has to wait.
import { PASSWORD, expect, openSession, signIn, test } from '../support/team.ts';
import { totp } from '../support/totp.ts';
import type { Page } from '@playwright/test';

/** Types login name and password, and presses the button. */
async function knock(page: Page, url: string, password = PASSWORD): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Login name').fill('anna');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Sets the second factor up where the page offers it; its key and the recovery codes. */
async function setUp(page: Page): Promise<{ key: string; codes: string[] }> {
  const key = (await page.getByTestId('second-factor-key').textContent()) ?? '';
  await page.getByLabel('The code that the app shows').fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByText('This is not right.')).toBeVisible();
  await page.getByLabel('The code that the app shows').fill(totp(key));
  await page.getByRole('button', { name: 'Confirm' }).click();
  const codes = page.getByTestId('recovery-codes').getByRole('listitem');
  await expect(codes).toHaveCount(10);
  return { key, codes: await codes.allTextContents() };
}

test('a second factor is set up, asked for, and has recovery codes', async ({ team }) => {
  const page = await team.agent('anna');
  await page.goto(`${team.server.url}/settings`);
  await page.getByRole('button', { name: 'Set up' }).click();
  const { key, codes } = await setUp(page);
  await page.screenshot({ path: 'screenshots/recovery-codes.png' });
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByTestId('second-factor-state')).toHaveText('The second factor is on.');

  const other = await team.browser();
  await knock(other, team.server.url);
  await expect(other.getByLabel('Code')).toBeFocused();
  await other.screenshot({ path: 'screenshots/login-code.png' });
  await other.getByLabel('Code').fill('000000');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('alert')).toContainText('This code is wrong');
  await other.getByLabel('Code').fill(totp(key, 1));
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByTestId('tab-mine')).toBeVisible();
  await expect(page.getByTestId('signed-out-elsewhere')).toBeVisible();

  const third = await team.browser();
  await knock(third, team.server.url);
  await third.getByLabel('Code').fill(codes[0] ?? '');
  await third.getByRole('button', { name: 'Sign in' }).click();
  await expect(third.getByTestId('tab-mine')).toBeVisible();

  await third.goto(`${team.server.url}/settings`);
  await third.getByRole('button', { name: 'Turn off' }).click();
  await third.getByRole('dialog').getByLabel('Password', { exact: true }).fill(PASSWORD);
  await third.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await expect(third.getByTestId('second-factor-state')).toHaveText('The second factor is off.');
});

test('a workspace that requires a second factor demands it at once', async ({ team }) => {
  const agent = await team.agent('anna');
  const owner = await team.browser();
  await signIn(owner, team.server.url, 'olivia');
  await owner.goto(`${team.server.url}/console/workspace`);
  await owner.getByLabel('Every member must have a second factor').check();
  for (const page of [owner, agent]) {
    await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible();
  }
  await agent.screenshot({ path: 'screenshots/second-factor-required.png' });
  await agent.reload();
  await setUp(agent);
  await agent.getByRole('button', { name: 'I have kept them' }).click();
  await expect(agent.getByTestId('tab-mine')).toBeVisible();
});

test('a password is changed by who knows the old one', async ({ team }) => {
  const page = await team.agent('anna');
  await page.goto(`${team.server.url}/settings`);
  const change = async (current: string, next: string) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password').fill(next);
    await page.getByRole('button', { name: 'Change the password' }).click();
  };
  await change(PASSWORD, 'password1234');
  await expect(page.getByText('Too easy to guess.')).toBeVisible();
  await change('not this one', 'an ocean of violet umbrellas');
  await expect(page.getByText('This is not right.')).toBeVisible();
  await change(PASSWORD, 'an ocean of violet umbrellas');
  await expect(page.getByText('The password was changed')).toBeVisible();

  const other = await team.browser();
  await knock(other, team.server.url);
  await expect(other.getByRole('alert')).toHaveText('Wrong account or password.');
  await knock(other, team.server.url, 'an ocean of violet umbrellas');
  await expect(other.getByTestId('tab-mine')).toBeVisible();
  await other.goto(`${team.server.url}/settings`);
  await expect(other.getByTestId('login')).toHaveCount(2);
  await expect(other.getByTestId('login').first()).toContainText('This browser');
  await expect(other.getByTestId('login').last()).toContainText('signed in elsewhere');
});

test('a picture is cropped, shown to colleagues and removed', async ({ team }) => {
  const page = await team.agent('anna');
  const owner = await team.browser();
  await signIn(owner, team.server.url, 'olivia');
  await page.goto(`${team.server.url}/settings`);
  await page.getByTestId('avatar-file').setInputFiles({
    name: 'picture.png',
    mimeType: 'image/png',
    buffer: Buffer.from('<html>'),
  });
  await expect(page.getByRole('alert')).toContainText('no picture');
  const picture = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const paper = canvas.getContext('2d');
    if (!paper) throw new Error('no canvas');
    paper.fillStyle = '#c2410c';
    paper.fillRect(0, 0, 320, 360);
    paper.fillStyle = '#1d4ed8';
    paper.fillRect(320, 0, 320, 360);
    return canvas.toDataURL('image/png').split(',')[1] ?? '';
  });
  await page.getByTestId('avatar-file').setInputFiles({
    name: 'picture.png',
    mimeType: 'image/png',
    buffer: Buffer.from(picture, 'base64'),
  });
  await page.getByTestId('crop').focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByLabel('Zoom').fill('2');
  await page.screenshot({ path: 'screenshots/avatar-crop.png' });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  const shown = (where: Page) => where.locator('img[src^="/api/members/"]').first();
  await expect(shown(page)).toBeVisible();
  await owner.goto(`${team.server.url}/console/agents`);
  await expect(shown(owner)).toBeVisible();
  await expect
    .poll(() => shown(owner).evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBe(256);
  // Wherever colleagues are picked, too.
  await owner.goto(`${team.server.url}/console/projects`);
  await owner.getByTestId('project').getByRole('link').first().click();
  await owner.getByLabel('Designated agents').check();
  await expect(shown(owner)).toBeVisible();
  await owner.goto(`${team.server.url}/console/agents`);
  await expect(shown(owner)).toBeVisible();
  await page.getByRole('button', { name: 'Remove the picture' }).click();
  await expect(shown(page)).toHaveCount(0);
  await owner.reload();
  await expect(owner.getByTestId('agent-row').first()).toBeVisible();
  await expect(owner.locator('img[src^="/api/members/"]')).toHaveCount(0);
});

test('who guesses too often has to wait, and is told how long', async ({ team }) => {
  const known = await team.agent('anna');
  await known.getByRole('button', { name: /^Account/ }).click();
  await known.getByRole('menuitem', { name: 'Sign out' }).click();
  const stranger = await team.browser();
  for (let n = 0; n < 5; n += 1) {
    await knock(stranger, team.server.url, `guess ${n}`);
    await expect(stranger.getByRole('alert')).toHaveText('Wrong account or password.');
  }
  await knock(stranger, team.server.url);
  await expect(stranger.getByRole('alert')).toContainText(/Too many attempts. Try again in \d+ seconds?\./);
  await stranger.screenshot({ path: 'screenshots/too-many-attempts.png' });
  // In her own browser nobody else's guesses count.
  await knock(known, team.server.url);
  await expect(known.getByTestId('tab-mine')).toBeVisible();
});

test('Enter makes a new line for who sends with Ctrl+Enter', async ({ team }) => {
  await team.write(await team.customer('Ana'), 'Hello');
  const page = await team.agent('anna');
  await page.goto(`${team.server.url}/settings`);
  await page.getByLabel('Send messages with').selectOption('Ctrl+Enter');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.goto(`${team.server.url}/inbox`);
  await openSession(page, 'Ana');
  await page.getByTestId('composer').fill('One');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Two');
  await expect(page.getByTestId('composer')).toHaveValue('One\nTwo');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByTestId('message').filter({ hasText: 'Two' })).toHaveAttribute(
    'data-delivery',
    'sent',
  );
});
