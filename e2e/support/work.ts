// Several members at work on the same sessions: what such tests begin with, and what they look at.
import { expect, type Locator, type Page } from '@playwright/test';

import { PASSWORD, reply, type Team } from './team.ts';

interface Project {
  id: string;
  version: number;
}

/** How the project gives sessions, and what happens to them by itself. */
export async function setRules(team: Team, change: Record<string, unknown>): Promise<void> {
  const { items } = await team.api<{ items: Project[] }>('GET', '/api/projects');
  const [project] = items;
  if (!project) throw new Error('there is no project');
  await team.edit(`/api/projects/${project.id}`, project.version, change);
}

export async function addMember(
  team: Team,
  login_name: string,
  name: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const member = { name, login_name, role: 'agent', password: PASSWORD, projects: 'all', ...more };
  return (await team.api<{ id: string }>('POST', '/api/members', member)).id;
}

/** Opens a session that is somebody else's, or nobody's. */
export async function look(page: Page, name: string, tab = 'tab-all'): Promise<void> {
  await page.getByTestId(tab).click();
  await page.getByTestId('session-row').filter({ hasText: name }).getByRole('link').first().click();
  await expect(page.getByTestId('composer-closed')).toBeVisible();
}

/** The dialog that is open. */
export const dialog = (page: Page): Locator => page.getByRole('dialog');

/** A button of the chat's toolbar, wherever it is at this width. */
export async function tool(page: Page, name: string): Promise<void> {
  const toolbar = page.getByTestId('chat-toolbar');
  const button = toolbar.getByRole('button', { name, exact: true });
  if (await button.isVisible()) {
    await button.click();
  } else {
    await toolbar.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  }
}

export async function endSession(page: Page): Promise<void> {
  await tool(page, 'End session');
  await dialog(page).getByRole('button', { name: 'End session' }).click();
  await expect(page.getByTestId('composer-closed')).toBeVisible();
}

/** Answers, and waits until the customer has it. */
export async function answer(page: Page, text: string): Promise<void> {
  await reply(page, text);
  await expect(page.getByTestId('message').filter({ hasText: text })).toHaveAttribute(
    'data-delivery',
    'sent',
  );
}

export const lines = (page: Page): Locator => page.getByTestId('service-line');

/** Chooses a colleague in the dialog that is open. */
export async function choose(page: Page, name: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Search colleagues' }).fill(name);
  await page.getByTestId('receiver').filter({ hasText: name }).click();
}
