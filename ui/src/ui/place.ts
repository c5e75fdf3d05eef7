const MARGIN = 8;
const GAP = 6;

/** Puts a layer below its button: their right edges together, and never beyond the window. */
export function placeBelow(button: HTMLElement, layer: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const width = layer.offsetWidth;
  const left = Math.max(MARGIN, Math.min(at.right - width, innerWidth - width - MARGIN));
  layer.style.left = `${left}px`;
  layer.style.top = `${at.bottom + GAP}px`;
  layer.style.maxHeight = `${innerHeight - at.bottom - GAP - MARGIN}px`;
}
