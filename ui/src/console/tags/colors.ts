// The colours of tags: their names, and the one for the next tag.
import { TAG_COLORS, type TagColor } from '../../api/types';
import { m } from '../../paraglide/messages';

export function colorName(color: TagColor): string {
  const names: Record<TagColor, () => string> = {
    gray: m.color_gray,
    red: m.color_red,
    orange: m.color_orange,
    yellow: m.color_yellow,
    green: m.color_green,
    teal: m.color_teal,
    blue: m.color_blue,
    purple: m.color_purple,
    pink: m.color_pink,
  };
  return names[color]?.() ?? color;
}

/** A colour for the next tag: the one that is used least. */
export function nextColor(used: readonly TagColor[]): TagColor {
  const count = (color: TagColor) => used.filter((one) => one === color).length;
  const [first, ...rest] = TAG_COLORS.slice(1);
  return rest.reduce<TagColor>((least, color) => (count(color) < count(least) ? color : least), first ?? 'gray');
}
