/** The languages of the portal, each by its own name. */
export const LANGUAGES: readonly (readonly [tag: string, name: string])[] = [
  ['en', 'English'],
  ['zh', '中文'],
  ['ru', 'Русский'],
];
