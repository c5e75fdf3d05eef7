// What a member may do with a session just now: by its state, whose it is, their permissions and the project's verdicts. Pure.
import type { Me, Project, Session } from '../../api/types';

/** In the order in which they are offered. */
export const VERBS = ['take', 'take_over', 'reopen', 'transfer', 'end', 'tags', 'assign', 'return'] as const;
export type Verb = (typeof VERBS)[number];

export interface Situation {
  session: Session;
  me: Pick<Me, 'id' | 'permissions'> | null;
  project: Pick<Project, 'operations'> | undefined;
  /** Whether the customer is known to have another session that is alive. */
  elsewhere?: boolean;
}

export function verbsOf({ session, me, project, elsewhere = false }: Situation): ReadonlySet<Verb> {
  const serves = me?.permissions.includes('sessions.serve') ?? false;
  const leads = me?.permissions.includes('sessions.assign') ?? false;
  // What is not told is as usual; the server has the last word.
  const may = (operation: string) => project?.operations?.[operation] !== false;
  const open = session.state === 'open';
  const mine = open && session.assignee?.id === me?.id;
  const verdicts: Record<Verb, boolean> = {
    take: serves && session.state === 'waiting',
    transfer: mine && may('transfer'),
    end: mine && may('end'),
    tags: serves && may('edit_tags'),
    take_over: leads && open && !mine,
    assign: leads && session.state !== 'ended' && !(mine && may('transfer')),
    return: open && (leads || (mine && may('transfer'))),
    reopen: serves && session.state === 'ended' && !elsewhere && may('reopen'),
  };
  return new Set(VERBS.filter((verb) => verdicts[verb]));
}
