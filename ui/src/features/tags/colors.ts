// The colours of tags: those that avatars have, and a gray one.
import { TAG_COLORS, type TagColor } from '../../api/types';

/** The hue of a colour; undefined: gray. */
export function hueOfColor(color: TagColor): number | undefined {
  const at = TAG_COLORS.indexOf(color) - 1;
  return at < 0 ? undefined : at;
}
