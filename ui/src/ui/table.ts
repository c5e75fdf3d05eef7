import type { Snippet } from 'svelte';

/** A column of a {@link Table}. On a narrow screen a row becomes a card with the cells below each other. */
export interface Column<Row> {
  key: string;
  label: string;
  cell: Snippet<[row: Row]>;
  /** Its heading is a button that sorts by this key. */
  sort?: string;
  /** Aligned to the end, as figures are. */
  end?: boolean;
  /** From which width on it is shown in the table; in a card it always is. */
  from?: 'md' | 'lg';
  /** Left out of a card. */
  wideOnly?: boolean;
}

export interface Sorting {
  by: string;
  down: boolean;
}
