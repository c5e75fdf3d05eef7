// Runs before the first paint. Keep in step with src/app/theme.svelte.ts.
(function () {
  let choice = 'system';
  try {
    choice = localStorage.getItem('teledesk.theme') || 'system';
  } catch {
    // Storage is switched off: the system decides.
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
