// The pages of the console, as far as somebody may open them.
import type { Permission } from '../api/types';
import { m } from '../paraglide/messages';

export interface Place {
  href: string;
  label: string;
  icon: 'people' | 'bot' | 'building';
}

export function consolePlaces(may: (permission: Permission) => boolean): Place[] {
  return [
    ...(may('members.manage') ? [{ href: '/console/agents', label: m.agents(), icon: 'people' as const }] : []),
    ...(may('projects.manage') ? [{ href: '/console/projects', label: m.projects(), icon: 'bot' as const }] : []),
    ...(may('members.manage') ? [{ href: '/console/workspace', label: m.workspace(), icon: 'building' as const }] : []),
  ];
}
