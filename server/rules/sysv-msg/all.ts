import type { Rule } from '../rule';
import { noTypeMember } from './no-type-member';
import { sizeIncludesType } from './size-includes-type';
import { tooBig } from './too-big';
import { typeNotPositive } from './type-not-positive';

export const rules: readonly Rule[] = [noTypeMember, sizeIncludesType, tooBig, typeNotPositive];
