import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'tests',
  // Each test has a server of its own, so they may run side by side; two at a time on two cores.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Far beyond what any of them needs: a machine that is busy with something else is no fault.
  timeout: 300_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['TELEDESK_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
