// What the portal knows, normalised by id. Maps are replaced, never changed in place: nothing deep is watched.
import type { Customer, Member, Project, Session } from '../api/types';
import { merged, supersedes } from '../realtime/sequencer';

/** What is said of a project to me only. */
function toMe(project: Project | undefined): Pick<Project, 'operations' | 'scope_members'> {
  if (!project) return {};
  return { operations: project.operations, scope_members: project.scope_members };
}

class Entities {
  sessions = $state.raw<ReadonlyMap<string, Session>>(new Map());
  customers = $state.raw<ReadonlyMap<string, Customer>>(new Map());
  projects = $state.raw<ReadonlyMap<string, Project>>(new Map());
  members = $state.raw<ReadonlyMap<string, Member>>(new Map());

  putSessions(sessions: readonly Session[]): void {
    this.sessions = merged(this.sessions, sessions);
    this.putCustomers(sessions.map((session) => session.customer));
  }

  putCustomers(customers: readonly Customer[]): void {
    this.customers = merged(this.customers, customers);
  }

  /** An event says nothing of what I may do: that stays as I was last told. An answer tells it, also of a version that I have. */
  putProjects(projects: readonly Project[]): void {
    const known = this.projects;
    const told = projects.map((project) => ({ ...toMe(known.get(project.id)), ...project }));
    const again = told.filter((project) => project.operations && known.get(project.id)?.version === project.version);
    this.projects = new Map([...merged(known, told), ...again.map((project) => [project.id, project] as const)]);
  }

  /**
   * A member's version is that of the account: status, connection and load change without it. So a copy of the same version
   * counts too, unless an event brought another one since the answer was asked for (`since`: what was known then).
   */
  putMembers(members: readonly Member[], since: ReadonlyMap<string, Member> = this.members): void {
    const known = this.members;
    this.hearMembers(members.filter(({ id }) => known.get(id) === since.get(id)));
    this.members = merged(this.members, members);
  }

  /** What events say of members: they come in order. */
  hearMembers(members: readonly Member[]): void {
    if (members.length === 0) return;
    const newer = members.filter((member) => supersedes(member, this.members.get(member.id)));
    this.members = new Map([...this.members, ...newer.map((member) => [member.id, member] as const)]);
  }

  /** The projects I see are exactly these: what is missing from a full list was lost. */
  setProjects(projects: readonly Project[]): void {
    const seen = new Set(projects.map((project) => project.id));
    this.projects = new Map([...this.projects].filter(([id]) => seen.has(id)));
    this.putProjects(projects);
  }

  /** The customer as last heard of, which may be newer than the session's own copy. */
  customerOf(session: Session): Customer {
    return this.customers.get(session.customer.id) ?? session.customer;
  }

  /** Keeps only these sessions: a fresh snapshot says what there is. */
  retainSessions(ids: ReadonlySet<string>): void {
    this.sessions = new Map([...this.sessions].filter(([id]) => ids.has(id)));
  }

  forgetProject(projectId: string): string[] {
    const gone = [...this.customers.values()].filter((customer) => customer.project_id === projectId);
    this.sessions = new Map([...this.sessions].filter(([, session]) => session.project_id !== projectId));
    this.customers = new Map([...this.customers].filter(([, customer]) => customer.project_id !== projectId));
    this.projects = new Map([...this.projects].filter(([id]) => id !== projectId));
    return gone.map((customer) => customer.id);
  }

  clear(): void {
    this.sessions = new Map();
    this.customers = new Map();
    this.projects = new Map();
    this.members = new Map();
  }
}

export const entities = new Entities();
