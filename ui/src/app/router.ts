// The only file that knows the router.
import { createRouter } from 'sv-router';
import { version } from './version.svelte';

function found<T>(page: T): T {
  version.found();
  return page;
}

/** What can't be loaded leaves the page as it stands, under a bar that says why. */
async function missed(): Promise<never> {
  await version.missed();
  return new Promise(() => undefined);
}

// The styles of a page, which the bundler loads beside its code.
window.addEventListener('vite:preloadError', () => void version.missed());

// The router knows a page that is loaded later by these very words, `() => import(…)`.
const inboxPage = () => import('../features/inbox/InboxPage.svelte').then(found, missed);
const loginPage = () => import('../features/login/LoginPage.svelte').then(found, missed);
/** Stands in the top bar; nobody waits for it. */
export const bell = () => import('../features/notifications/Bell.svelte').then(found, missed);
/** Shown in place of everything else, so it has no path. */
export const secondFactorPage = () => import('../features/login/SecondFactorPage.svelte').then(found, missed);

const router = createRouter({
  '/': loginPage,
  '/login': loginPage,
  '/w/:slug': loginPage,
  '/setup': () => import('../features/login/SetupPage.svelte').then(found, missed),
  '/welcome': () => import('../features/welcome/WelcomePage.svelte').then(found, missed),
  '/inbox': inboxPage,
  '/inbox/:session': inboxPage,
  '/invitation': () => import('../features/invitation/InvitationPage.svelte').then(found, missed),
  '/console/agents': () => import('../console/agents/AgentsPage.svelte').then(found, missed),
  '/console/agents/import': () => import('../console/agents/ImportPage.svelte').then(found, missed),
  '/console/agents/:member': () => import('../console/agents/AgentPage.svelte').then(found, missed),
  '/console/projects': () => import('../console/projects/ProjectsPage.svelte').then(found, missed),
  '/console/projects/:project': () => import('../console/projects/ProjectPage.svelte').then(found, missed),
  '/console/diversion': () => import('../console/diversion/DiversionPage.svelte').then(found, missed),
  '/console/diversion/:project': () => import('../console/diversion/DiversionPage.svelte').then(found, missed),
  '/console/tags': () => import('../console/tags/TagsPage.svelte').then(found, missed),
  '/console/fields': () => import('../console/fields/FieldsPage.svelte').then(found, missed),
  '/console/workspace': () => import('../console/workspace/WorkspacePage.svelte').then(found, missed),
  '/settings': () => import('../features/settings/SettingsPage.svelte').then(found, missed),
  '*': () => import('../features/login/NotFoundPage.svelte').then(found, missed),
});

export { Router } from 'sv-router';

export const pathname = (): string => router.route.pathname;
export const currentSlug = (): string | null => router.route.params.slug ?? null;
export const currentSession = (): string | null => router.route.params.session ?? null;
export const currentProject = (): string | null => router.route.params.project ?? null;
export const currentMember = (): string | null => router.route.params.member ?? null;

export const agentsPath = '/console/agents';
export const importPath = '/console/agents/import';
export const agentPath = (member: string): string => `${agentsPath}/${member}`;
export const projectsPath = '/console/projects';
export const projectPath = (project: string): string => `${projectsPath}/${project}`;
export const diversionPath = (project: string): string => `/console/diversion/${project}`;
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
