// Private notes on customers: one function per route.
import { api, call, ifMatch } from './client';
import type { Page } from './desk';
import type { MemberRef, Note, NotePicture } from './types';

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = (id: string) => ({ params: { path: { id } } });

export interface NewNote {
  /** The same one when it is sent again. */
  client_id: string;
  text: string;
  mentions: string[];
  pictures: string[];
}

export interface NoteChange {
  text?: string;
  mentions?: string[];
  pinned?: boolean;
}

/** What a note said before. */
export interface NoteEdition {
  text: string;
  at: number;
  by: MemberRef | null;
}

export const listNotes = (customerId: string, cursor: string | null): Promise<Page<Note>> =>
  call(
    raw.GET('/api/customers/{id}/notes', {
      params: { path: { id: customerId }, query: { cursor: cursor ?? undefined } },
    }),
  );
export const addNote = (customerId: string, body: NewNote): Promise<Note> =>
  call(raw.POST('/api/customers/{id}/notes', { ...at(customerId), body }));
export const changeNote = ({ id, version }: Note, body: NoteChange): Promise<Note> =>
  call(raw.PATCH('/api/notes/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));
export const deleteNote = async (id: string): Promise<void> => {
  await call(raw.DELETE('/api/notes/{id}', at(id)));
};
export const listEditions = async (id: string): Promise<NoteEdition[]> =>
  (await call<{ items: NoteEdition[] }>(raw.GET('/api/notes/{id}/history', at(id)))).items;
/** The picture goes as it is: it is no JSON. */
export const addNotePicture = (customerId: string, picture: Blob): Promise<NotePicture> =>
  call(
    raw.POST('/api/customers/{id}/note-pictures', {
      ...at(customerId),
      body: picture,
      bodySerializer: (body: Blob) => body,
      headers: { 'Content-Type': picture.type },
    }),
  );
