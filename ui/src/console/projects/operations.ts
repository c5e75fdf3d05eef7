// The permissions of a project as the form has them, and their words.
import { OPERATIONS, type Operation, type Operations } from '../../api/projects';
import { m } from '../../paraglide/messages';

export const SENDING: readonly Operation[] = OPERATIONS.filter((operation) => operation.startsWith('send_'));
export const WORKING: readonly Operation[] = OPERATIONS.filter((operation) => !operation.startsWith('send_'));

export function operationName(operation: Operation): string {
  const words: Record<Operation, () => string> = {
    transfer: m.operation_transfer,
    edit_tags: m.operation_edit_tags,
    export: m.operation_export,
    recall: m.operation_recall,
    edit: m.operation_edit,
    end: m.operation_end,
    reopen: m.operation_reopen,
    delete: m.operation_delete,
    translate: m.operation_translate,
    send_picture: m.operation_send_picture,
    send_video: m.operation_send_video,
    send_voice: m.operation_send_voice,
    send_file: m.operation_send_file,
    send_sticker: m.operation_send_sticker,
    send_location: m.operation_send_location,
    send_contact: m.operation_send_contact,
  };
  return words[operation]();
}

/** What a member's cell says: as everyone, or an exception. */
export type Cell = 'as_everyone' | 'yes' | 'no';

export function cell(all: Operations, member: string, operation: Operation): Cell {
  const own = all.exceptions.find((exception) => exception.member_id === member)?.operations[operation];
  return own === undefined ? 'as_everyone' : own ? 'yes' : 'no';
}

/** The same with one cell changed. A member without any exception keeps the column, so that it can be filled again. */
export function withCell(all: Operations, member: string, operation: Operation, value: Cell): Operations {
  const change = ({ [operation]: _, ...rest }: Operations['operations']) =>
    value === 'as_everyone' ? rest : { ...rest, [operation]: value === 'yes' };
  return {
    ...all,
    exceptions: all.exceptions.map((exception) =>
      exception.member_id === member ? { ...exception, operations: change(exception.operations) } : exception,
    ),
  };
}

export function withEveryone(all: Operations, operation: Operation, allowed: boolean): Operations {
  return { ...all, operations: { ...all.operations, [operation]: allowed } };
}

export function withMember(all: Operations, member: string): Operations {
  if (all.exceptions.some((exception) => exception.member_id === member)) return all;
  return { ...all, exceptions: [...all.exceptions, { member_id: member, operations: {} }] };
}

export function withoutMember(all: Operations, member: string): Operations {
  return { ...all, exceptions: all.exceptions.filter((exception) => exception.member_id !== member) };
}

/** As it is sent: columns without any exception say nothing. */
export function compact(all: Operations): Operations {
  const exceptions = all.exceptions.filter((exception) => Object.keys(exception.operations).length > 0);
  return { ...all, exceptions };
}

/** Whether two forms mean the same. */
export function alike(one: Operations, other: Operations): boolean {
  const text = ({ operations, exceptions }: Operations) =>
    JSON.stringify([
      OPERATIONS.map((operation) => operations[operation]),
      [...exceptions]
        .sort((a, b) => a.member_id.localeCompare(b.member_id))
        .map((exception) => [exception.member_id, OPERATIONS.map((operation) => exception.operations[operation])]),
    ]);
  return text(compact(one)) === text(compact(other));
}
