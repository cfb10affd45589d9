import { control } from './control';
import { functions } from './functions';
import type { Rewrite } from './rewrite';
import { variables } from './variables';

export const rewrites: readonly Rewrite[] = [...variables, ...control, ...functions];
