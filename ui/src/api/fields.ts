// The fields that customers have in this workspace.
import { api, call, ifMatch } from './client';
import type { CustomField, FieldKind } from './types';

export interface FieldChange {
  name?: string;
  choices?: string[];
  position?: number;
}

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = ({ id, version }: CustomField) => ({ params: { path: { id }, header: ifMatch(version) } });

export const listFields = async (): Promise<CustomField[]> =>
  (await call<{ items: CustomField[] }>(raw.GET('/api/customer-fields'))).items;
export const addField = (body: { name: string; kind: FieldKind; choices?: string[] }): Promise<CustomField> =>
  call(raw.POST('/api/customer-fields', { body }));
export const changeField = (field: CustomField, body: FieldChange): Promise<CustomField> =>
  call(raw.PATCH('/api/customer-fields/{id}', { ...at(field), body }));
export const deleteField = async (field: CustomField): Promise<void> => {
  await call(raw.DELETE('/api/customer-fields/{id}', at(field)));
};
