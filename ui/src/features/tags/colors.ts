import type { TagColor } from '../../api/types';

const HUES: readonly TagColor[] = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];

/** The hue of a colour, of those that avatars have; undefined: gray. */
export function hueOfColor(color: TagColor): number | undefined {
  const at = HUES.indexOf(color);
  return at < 0 ? undefined : at;
}
