// A page looked at: a picture for people, and no violation that axe can see.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 360, height: 740 };

/** Milliseconds that a test which looks at pages may take. */
const LOOKING = 900_000;

/** In the theme and the width that the page has. */
export async function check(page: Page, picture: string): Promise<void> {
  await page.screenshot({ path: `screenshots/${picture}.png` });
  // Pages here have no frames, and nobody reads what axe finds in order: without either a look takes a fifth of the time.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  const words = violations.map(
    (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join('\n')}`,
  );
  expect(words, picture).toEqual([]);
}

/** Does `look` in both themes with the page as it stands; it is left light. */
export async function inBothThemes(page: Page, look: (theme: string) => Promise<unknown>): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    // Without transitions: colours on their way from one theme to the other are nobody's.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await look(colorScheme);
  }
}

/** And wide and narrow. A theme and a width cost nothing; another server, and another way to the page, would. */
async function each(page: Page, look: (suffix: string) => Promise<unknown>): Promise<void> {
  // Dozens of pictures and checks in one test: on a machine that is slow for a while they take minutes.
  test.setTimeout(LOOKING);
  for (const [width, viewport] of Object.entries({ narrow: NARROW, wide: WIDE })) {
    await page.setViewportSize(viewport);
    await inBothThemes(page, (theme) => look(`${theme}-${width}`));
  }
}

/** Looks at the page in both themes, wide and narrow; it is left wide and light. */
export const checkAll = (page: Page, picture: string): Promise<void> =>
  each(page, (suffix) => check(page, `${picture}-${suffix}`));

/** Pictures only, of what another check has seen; `first` is done before each. */
export const picturesOf = (
  page: Page,
  picture: string,
  first: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> =>
  each(page, async (suffix) => {
    await first();
    await page.screenshot({ path: `screenshots/${picture}-${suffix}.png` });
  });
