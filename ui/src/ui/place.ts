const MARGIN = 8;
const GAP = 6;

/**
 * Puts a layer below its button, their right edges together and never beyond the window; above it where there is too
 * little room below and more on top.
 */
export function placeBelow(button: HTMLElement, layer: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const width = layer.offsetWidth;
  const left = Math.max(MARGIN, Math.min(at.right - width, innerWidth - width - MARGIN));
  layer.style.left = `${left}px`;
  const [below, above] = [innerHeight - at.bottom - GAP - MARGIN, at.top - GAP - MARGIN];
  layer.style.maxHeight = 'none';
  const height = layer.offsetHeight;
  const up = height > below && above > below;
  const room = up ? above : below;
  layer.style.maxHeight = `${room}px`;
  layer.style.top = `${up ? at.top - GAP - Math.min(height, room) : at.bottom + GAP}px`;
}
