// The fields that customers have in this workspace.
import { api, call, ifMatch } from './client';
import type { CustomField, Schemas } from './types';

export type FieldChange = Schemas['ChangeField'];

const at = ({ id, version }: CustomField) => ({ params: { path: { id }, header: ifMatch(version) } });

export const listFields = async (): Promise<CustomField[]> => (await call(api.GET('/api/customer-fields'))).items;
export const addField = (body: Schemas['AddField']): Promise<CustomField> =>
  call(api.POST('/api/customer-fields', { body }));
export const changeField = (field: CustomField, body: FieldChange): Promise<CustomField> =>
  call(api.PATCH('/api/customer-fields/{id}', { ...at(field), body }));
export const deleteField = async (field: CustomField): Promise<void> => {
  await call(api.DELETE('/api/customer-fields/{id}', at(field)));
};
