// What the line has told of that a page may want to fetch anew.
class Told {
  /** Counts how often the workspace's tags or fields changed. */
  vocabulary = $state(0);
}

export const told = new Told();
