// Which sessions of the list are ticked to be dealt with together.

/** From one row to the other, both included, whichever stands above; only the last when the first is not there. */
export function rangeOf(shown: readonly string[], from: string | null, to: string): readonly string[] {
  const [a, b] = [from === null ? -1 : shown.indexOf(from), shown.indexOf(to)];
  if (a === -1 || b === -1) return [to];
  return shown.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** In portions that the server takes at once. */
export function portions<T>(items: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, at) => items.slice(at * most, (at + 1) * most));
}

export class Selection {
  on = $state(false);
  ids = $state.raw<ReadonlySet<string>>(new Set());
  private anchor: string | null = null;

  start(): void {
    this.on = true;
  }

  stop(): void {
    this.on = false;
    this.clear();
  }

  clear(): void {
    this.ids = new Set();
    this.anchor = null;
  }

  /** Ticks or unticks a row; with `range` all from the one before up to it, as that one stands. */
  tick(id: string, range: boolean, shown: readonly string[]): void {
    const next = new Set(this.ids);
    const ticked = range && this.anchor !== null ? next.has(this.anchor) : !next.has(id);
    for (const one of range ? rangeOf(shown, this.anchor, id) : [id]) {
      if (ticked) next.add(one);
      else next.delete(one);
    }
    this.ids = next;
    this.anchor = id;
  }

  only(ids: Iterable<string>): void {
    this.ids = new Set(ids);
    this.anchor = null;
  }
}
