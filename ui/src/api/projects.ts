// What the console asks about projects: one function per route.
import { api, call, ifMatch } from './client';
import type { Project, Schemas } from './types';

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
export type Operations = Schemas['OperationsView'];

export type Losses = Schemas['Losses'];

export type ProjectHealth = Schemas['ProjectHealth'];

export type Scope = Schemas['Scope'];
export type ScopeOutcome = Schemas['ScopeChange'];

export type ProjectEdit = Schemas['ChangeProject'];

export const getProject = (id: string): Promise<Project> => call(api.GET('/api/projects/{id}', at(id)));
export const editProject = (project: Project, body: ProjectEdit): Promise<Project> =>
  call(
    api.PATCH('/api/projects/{id}', {
      params: { path: { id: project.id }, header: ifMatch(project.version) },
      body,
    }),
  );
export const setScope = (project: Project, body: { scope: Scope; members: string[] }): Promise<ScopeOutcome> =>
  call(
    api.PUT('/api/projects/{id}/scope', {
      params: { path: { id: project.id }, header: ifMatch(project.version) },
      body,
    }),
  );
export const getOperations = (id: string): Promise<Operations> =>
  call(api.GET('/api/projects/{id}/operations', at(id)));
export const putOperations = (id: string, { version, ...body }: Operations): Promise<Operations> =>
  call(api.PUT('/api/projects/{id}/operations', { params: { path: { id }, header: ifMatch(version) }, body }));
export const getLosses = (id: string): Promise<Losses> => call(api.GET('/api/projects/{id}/losses', at(id)));
export const deleteProject = async (project: Project, name: string): Promise<void> => {
  await call(
    api.DELETE('/api/projects/{id}', {
      params: { path: { id: project.id }, header: ifMatch(project.version) },
      body: { name },
    }),
  );
};
export const getHealth = (id: string): Promise<ProjectHealth> => call(api.GET('/api/projects/{id}/health', at(id)));
export const repairProject = (id: string): Promise<ProjectHealth> =>
  call(api.POST('/api/projects/{id}/repair', at(id)));
