// While a mouse is at work in the list its rows keep their places, so that a click hits what it was aimed at.
import type { Session } from '../../api/types';

const STILL = 2_500;

export class Hold {
  private order = $state.raw<readonly string[] | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** The rows as they may be shown now: held ones in their old order, more of them below; newcomers once released. */
  arrange(rows: readonly Session[]): readonly Session[] {
    const order = this.order;
    if (!order) return rows;
    const held = new Set(order);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const kept = order.map((id) => byId.get(id)).filter((row) => row !== undefined);
    return [...kept, ...rows.slice(rows.findLastIndex((row) => held.has(row.id)) + 1)];
  }

  moved(event: PointerEvent, shown: readonly Session[]): void {
    if (event.pointerType !== 'mouse') return;
    this.order ??= shown.length > 0 ? shown.map((row) => row.id) : null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.release(), STILL);
  }

  release(): void {
    clearTimeout(this.timer);
    this.order = null;
  }
}
