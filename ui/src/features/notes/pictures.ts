import { Failure } from '../../api/failure';

const MOST = 5 * 1024 * 1024;
const KINDS = new Set(['image/png', 'image/jpeg', 'image/webp']);

export const isPicture = (file: Blob): boolean => KINDS.has(file.type);

/** What the server would say, before megabytes are sent for nothing. */
export function tooLarge(file: Blob): Failure | null {
  return file.size > MOST ? new Failure('picture_too_large') : null;
}
