// The pages of the console, as far as somebody may open them.
import type { Permission } from '../api/types';
import { m } from '../paraglide/messages';
import type { IconName } from '../ui/icon';

export interface Place {
  href: string;
  label: string;
  icon: IconName;
}

export function consolePlaces(may: (permission: Permission) => boolean): Place[] {
  return [
    ...(may('members.manage') ? [{ href: '/console/agents', label: m.agents(), icon: 'people' as const }] : []),
    ...(may('projects.manage') ? [{ href: '/console/projects', label: m.projects(), icon: 'bot' as const }] : []),
    ...(may('projects.manage')
      ? [{ href: '/console/diversion', label: m.diversion(), icon: 'diversion' as const }]
      : []),
    ...(may('tags.manage')
      ? [
          { href: '/console/tags', label: m.tags(), icon: 'tag' as const },
          { href: '/console/fields', label: m.customer_fields(), icon: 'fields' as const },
        ]
      : []),
    ...(may('members.manage') ? [{ href: '/console/workspace', label: m.workspace(), icon: 'building' as const }] : []),
  ];
}
