// The only file that knows the router.
import { createRouter } from 'sv-router';

const inboxPage = () => import('../features/inbox/InboxPage.svelte');
const loginPage = () => import('../features/login/LoginPage.svelte');

const router = createRouter({
  '/': loginPage,
  '/login': loginPage,
  '/w/:slug': loginPage,
  '/setup': () => import('../features/login/SetupPage.svelte'),
  '/inbox': inboxPage,
  '/inbox/:session': inboxPage,
  '/settings': () => import('../features/settings/SettingsPage.svelte'),
  '*': () => import('../features/login/NotFoundPage.svelte'),
});

export { Router } from 'sv-router';

export const pathname = (): string => router.route.pathname;
export const currentSlug = (): string | null => router.route.params.slug ?? null;
export const currentSession = (): string | null => router.route.params.session ?? null;

export const inboxPath = (session?: string | null): string => (session ? `/inbox/${session}` : '/inbox');
export const loginPath = (slug?: string | null): string => (slug ? `/w/${slug}` : '/');

const navigate = router.navigate as (path: string, options?: { replace?: boolean }) => Promise<unknown>;

/** Goes to a path of ours. */
export function go(path: string, options: { replace?: boolean } = {}): void {
  void navigate(path, options);
}

/** Fetches a page before it is asked for. */
export function preloadInbox(): void {
  void inboxPage();
}
