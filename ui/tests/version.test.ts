import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildOf } from '../src/app/version.svelte';

const page = (entry: string, style = 'index-s1.css') =>
  `<script type="module" crossorigin src="/assets/${entry}"></script><link rel="stylesheet" href="/assets/${style}">`;

const served = vi.fn<typeof fetch>();
const serve = (text: string) => served.mockImplementation(() => Promise.resolve(new Response(text)));

/** A page that was loaded with this entry. */
async function loaded(entry: string) {
  vi.resetModules();
  document.head.innerHTML = page(entry);
  return (await import('../src/app/version.svelte')).version;
}

beforeEach(() => vi.stubGlobal('fetch', served));
afterEach(() => {
  vi.unstubAllGlobals();
  document.head.innerHTML = '';
});

describe('the version on the page', () => {
  it('is told apart by the names of its files, in any order', () => {
    expect(buildOf(page('index-a1.js'))).toBe('/assets/index-a1.js /assets/index-s1.css');
    expect(buildOf(page('index-a1.js') + page('index-a1.js'))).toBe(buildOf(page('index-a1.js')));
    expect(buildOf(page('index-a1.js', 'index-s2.css'))).not.toBe(buildOf(page('index-a1.js')));
    expect(buildOf('<p>Bad gateway</p>')).toBe('');
  });

  it('is old when the line begins again with a server of another version', async () => {
    const version = await loaded('index-a1.js');
    serve(page('index-a1.js'));
    await version.heard('1.0.0');
    await version.heard('1.0.0');
    expect(version.news).toBe('none');
    await version.heard('1.1.0');
    expect(version.news).toBe('installed');
  });

  it('is old when another build is served under the same number', async () => {
    const version = await loaded('index-a1.js');
    serve(page('index-b2.js'));
    await version.heard('1.0.0');
    expect(version.news).toBe('none');
    await version.heard('1.0.0');
    expect(version.news).toBe('installed');
  });

  it('is old when a part of it is gone', async () => {
    const version = await loaded('index-a1.js');
    serve(page('index-b2.js'));
    await version.missed();
    expect(version.news).toBe('installed');
    version.found();
    expect(version.news).toBe('installed');
  });

  it('is not called old when a part could not be loaded for another reason', async () => {
    const version = await loaded('index-a1.js');
    for (const answer of [
      () => Promise.reject(new TypeError('offline')),
      () => Promise.resolve(new Response('<p>Bad gateway</p>', { status: 502 })),
      () => Promise.resolve(new Response('<p>Sign in to the network</p>')),
      () => Promise.resolve(new Response(page('index-a1.js'))),
    ]) {
      served.mockImplementation(answer);
      await version.missed();
      expect(version.news).toBe('part_missing');
      version.found();
      expect(version.news).toBe('none');
    }
  });
});
