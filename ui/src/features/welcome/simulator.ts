import type { Project, TelegramApi } from '../../api/types';

/** Where one is the customer of a project's simulated bot; null: its bot is a real one. `page` is the link that came with the bot. */
export function customerPage(project: Project, simulator: TelegramApi, page: string | null): string | null {
  if (project.api !== simulator.url) return null;
  const own = `${simulator.url}/#bot=${project.bot.id}`;
  return page?.startsWith(own) ? page : own;
}

/** Whether the browser runs where the server does, which alone reaches the simulator. */
export function isLocal(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
