import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { compress } from './scripts/compress.ts';

const server = process.env.TELEDESK_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    // Tests compile the catalogues before they start: its watcher would keep them from ending.
    process.env.VITEST
      ? []
      : paraglideVitePlugin({
          project: './project.inlang',
          outdir: './src/paraglide',
          strategy: ['globalVariable', 'baseLocale'],
        }),
    tailwindcss(),
    svelte(),
    svelteTesting(),
    compress(),
  ],
  server: { proxy: { '/api': { target: server, ws: true } } },
  build: { target: 'es2022', manifest: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    coverage: { include: ['src/**'], exclude: ['src/paraglide/**', 'src/**/*.d.ts'] },
  },
});
