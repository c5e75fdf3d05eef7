import type { ComponentProps } from 'svelte';
import type Icon from './Icon.svelte';

/** The names of the icons, for files that are no components. */
export type IconName = ComponentProps<typeof Icon>['name'];
