// Who is signed in, and what the page as a whole is doing about it.
import type { Me, Permission, Site } from '../api/types';
import type { Failure } from '../api/failure';

export type Phase = 'starting' | 'unreachable' | 'signed_out' | 'signed_in' | 'second_factor' | 'forced_out';

class Account {
  phase = $state<Phase>('starting');
  me = $state.raw<Me | null>(null);
  site = $state.raw<Site | null>(null);
  failure = $state.raw<Failure | null>(null);

  /** The newer copy of me. */
  put(me: Me): void {
    if (!this.me || this.me.id !== me.id || me.version >= this.me.version) this.me = me;
  }

  can(permission: Permission): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }
}

export const account = new Account();
