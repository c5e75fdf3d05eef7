// A page looked at: a picture for people, and no violation that axe can see.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export async function check(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: `screenshots/${picture}.png` });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const words = violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join('\n')}`,
  );
  expect(words, picture).toEqual([]);
}
