import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pickLocale, speak } from '../src/app/locale.svelte';
import { m } from '../src/paraglide/messages';

type Variants = { declarations: string[]; match: Record<string, string> }[];
type Catalogue = Record<string, string | Variants>;

const LOCALES = ['en', 'zh', 'ru'] as const;
const FORMS = { en: ['one', 'other'], zh: ['other'], ru: ['one', 'few', 'many', 'other'] };

function read(locale: string): Catalogue {
  const messages = JSON.parse(readFileSync(`messages/${locale}.json`, 'utf8')) as Catalogue;
  delete messages['$schema'];
  return messages;
}

const catalogues = Object.fromEntries(LOCALES.map((locale) => [locale, read(locale)]));
const english = catalogues['en'] ?? {};

function texts(message: string | Variants | undefined): string[] {
  if (message === undefined) return [];
  return typeof message === 'string' ? [message] : message.flatMap((variant) => Object.values(variant.match));
}

function placeholders(message: string | Variants | undefined): string[] {
  const found = texts(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''));
  return [...new Set(found)].sort();
}

afterEach(() => speak('en'));

describe('the catalogues', () => {
  it('are compiled: a plugin that was not found compiles nothing and says so to nobody', () => {
    expect(Object.keys(m).sort()).toEqual(Object.keys(english).sort());
    expect(Object.keys(english).length).toBeGreaterThan(200);
  });

  it.each(LOCALES)('%s has every message, with its placeholders', (locale) => {
    const own = catalogues[locale] ?? {};
    expect(Object.keys(own)).toEqual(Object.keys(english));
    for (const key of Object.keys(english)) {
      expect(
        texts(own[key]).every((text) => text.trim() !== ''),
        key,
      ).toBe(true);
      expect(placeholders(own[key]), key).toEqual(placeholders(english[key]));
    }
  });

  it.each(LOCALES)('%s has every plural form of its language', (locale) => {
    for (const [key, message] of Object.entries(catalogues[locale] ?? {})) {
      if (typeof message === 'string') continue;
      const forms = Object.keys(message[0]?.match ?? {}).map((form) => form.split('=')[1]);
      expect(forms, key).toEqual(FORMS[locale]);
    }
  });

  it('count as people do', () => {
    speak('ru');
    expect([1, 2, 5, 11, 21].map((count) => m.unread_count({ count }))).toEqual([
      '1 непрочитанное сообщение',
      '2 непрочитанных сообщения',
      '5 непрочитанных сообщений',
      '11 непрочитанных сообщений',
      '21 непрочитанное сообщение',
    ]);
  });

  it('hold every word that people see', () => {
    const files = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
      );
    for (const file of files('src').filter((path) => path.endsWith('.svelte'))) {
      const markup = readFileSync(file, 'utf8')
        .replace(/<script[\s\S]*?<\/script>/g, '')
        .replace(/<!--[\s\S]*?-->/g, '');
      expect(markup, file).not.toMatch(/\b(aria-label|title|placeholder|alt)="[^"{]*[A-Za-z]{3}[^"{]*"(?!.*123456789)/);
    }
  });
});

it.each([
  [['de-DE', 'ru-RU'], 'ru'],
  [['zh-Hans-CN'], 'zh'],
  [['fr'], 'en'],
  [[], 'en'],
])('of %j the portal speaks %s', (wanted, locale) => expect(pickLocale(wanted)).toBe(locale));
