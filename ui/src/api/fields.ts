// What the console asks about the fields that customers have in this workspace.
import { api, call, ifMatch } from './client';

export const FIELD_KINDS = ['text', 'number', 'date', 'choice', 'link'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface CustomerField {
  id: string;
  name: string;
  kind: FieldKind;
  choices: string[];
  position: number;
  version: number;
}

export interface FieldChange {
  name?: string;
  choices?: string[];
  position?: number;
}

// until the schema has it
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const raw = api as any;
const at = ({ id, version }: CustomerField) => ({ params: { path: { id }, header: ifMatch(version) } });

export const listFields = async (): Promise<CustomerField[]> =>
  (await call<{ items: CustomerField[] }>(raw.GET('/api/customer-fields'))).items;
export const addField = (body: { name: string; kind: FieldKind; choices?: string[] }): Promise<CustomerField> =>
  call(raw.POST('/api/customer-fields', { body }));
export const changeField = (field: CustomerField, body: FieldChange): Promise<CustomerField> =>
  call(raw.PATCH('/api/customer-fields/{id}', { ...at(field), body }));
export const deleteField = async (field: CustomerField): Promise<void> => {
  await call(raw.DELETE('/api/customer-fields/{id}', at(field)));
};
