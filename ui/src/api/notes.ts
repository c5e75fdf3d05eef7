// Private notes on customers: one function per route.
import { api, call, ifMatch } from './client';
import type { Page } from './desk';
import type { Note, NotePicture, Schemas } from './types';

const at = (id: string) => ({ params: { path: { id } } });

export type NewNote = Schemas['WriteNote'];

export type NoteChange = Schemas['ChangeNote'];

/** What a note said before. */
export type NoteEdition = Schemas['NoteVersion'];

export const listNotes = (customerId: string, cursor: string | null): Promise<Page<Note>> =>
  call(
    api.GET('/api/customers/{id}/notes', {
      params: { path: { id: customerId }, query: { cursor: cursor ?? undefined } },
    }),
  );
export const addNote = (customerId: string, body: NewNote): Promise<Note> =>
  call(api.POST('/api/customers/{id}/notes', { ...at(customerId), body }));
export const changeNote = ({ id, version }: Note, body: NoteChange): Promise<Note> =>
  call(api.PATCH('/api/notes/{id}', { params: { path: { id }, header: ifMatch(version) }, body }));
export const deleteNote = async (id: string): Promise<void> => {
  await call(api.DELETE('/api/notes/{id}', at(id)));
};
export const listEditions = async (id: string): Promise<NoteEdition[]> =>
  (await call(api.GET('/api/notes/{id}/history', at(id)))).items;
/** The picture goes as it is: it is no JSON. */
export const addNotePicture = (customerId: string, picture: Blob): Promise<NotePicture> =>
  call(
    api.POST('/api/customers/{id}/note-pictures', {
      ...at(customerId),
      body: picture as never,
      bodySerializer: (body: unknown) => body as Blob,
      headers: { 'Content-Type': picture.type },
    }),
  );
