// The first steps, as a pure rule over what the server has.

export const STEPS = ['bot', 'team', 'write'] as const;
export type StepName = (typeof STEPS)[number];

/** The step to go on with: the first that is neither done nor put off; null when none is left. */
export function firstOpen(done: Record<StepName, boolean>, skipped: ReadonlySet<StepName>): StepName | null {
  return STEPS.find((step) => !done[step] && !skipped.has(step)) ?? null;
}
