// What the console asks about projects: one function per route.
import { api, call, ifMatch } from './client';
import type { Project, Rules } from './types';

const at = (id: string) => ({ params: { path: { id } } });

export const OPERATIONS = [
  'transfer',
  'end',
  'reopen',
  'edit_tags',
  'translate',
  'edit',
  'recall',
  'delete',
  'export',
  'send_picture',
  'send_video',
  'send_voice',
  'send_file',
  'send_sticker',
  'send_location',
  'send_contact',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What everyone may do in a project, and who may do more or less. */
export interface Operations {
  version: number;
  operations: Record<Operation, boolean>;
  exceptions: readonly { member_id: string; operations: Partial<Record<Operation, boolean>> }[];
}

export interface Losses {
  customers: number;
  sessions: number;
  live_sessions: number;
  messages: number;
  queued: number;
}

export interface ProjectHealth {
  last_update_at: number | null;
  last_error: string | null;
  queue: { queued: number; oldest_at: number | null; next_at: number | null };
  paused_until: number | null;
}

export type Scope = 'all' | 'designated';
export interface ScopeOutcome {
  project: Project;
  added_to_projects_of: string[];
  see_nothing: string[];
}

export interface ProjectEdit extends Partial<Rules> {
  name?: string;
  state?: 'active' | 'paused' | 'archived';
  transport?: 'polling' | 'webhook';
  welcome_text?: string | null;
  signature?: boolean;
}

/* eslint-disable @typescript-eslint/no-explicit-any */
const raw = api as any;

export const getProject = (id: string): Promise<Project> => call(raw.GET('/api/projects/{id}', at(id)));
export const editProject = (project: Project, body: ProjectEdit): Promise<Project> =>
  call(
    raw.PATCH('/api/projects/{id}', {
      params: { path: { id: project.id }, header: ifMatch(project.version) },
      body,
    }),
  );
export const setScope = (project: Project, body: { scope: Scope; members: string[] }): Promise<ScopeOutcome> =>
  call(
    raw.PUT('/api/projects/{id}/scope', {
      params: { path: { id: project.id }, header: ifMatch(project.version) },
      body,
    }),
  );
export const getOperations = (id: string): Promise<Operations> =>
  call(raw.GET('/api/projects/{id}/operations', at(id)));
export const putOperations = (id: string, { version, ...body }: Operations): Promise<Operations> =>
  call(raw.PUT('/api/projects/{id}/operations', { params: { path: { id }, header: ifMatch(version) }, body }));
export const getLosses = (id: string): Promise<Losses> => call(raw.GET('/api/projects/{id}/losses', at(id)));
export const deleteProject = async (project: Project, name: string): Promise<void> => {
  await call(
    raw.DELETE('/api/projects/{id}', {
      params: { path: { id: project.id }, header: ifMatch(project.version) },
      body: { name },
    }),
  );
};
export const getHealth = (id: string): Promise<ProjectHealth> => call(raw.GET('/api/projects/{id}/health', at(id)));
export const repairProject = (id: string): Promise<ProjectHealth> =>
  call(raw.POST('/api/projects/{id}/repair', at(id)));
