import type { Rule } from '../rule';
import { neverWoken } from './never-woken';
import { noLoop } from './no-loop';
import { notSignalled } from './not-signalled';
import { wakesOne } from './wakes-one';
import { withoutMutex } from './without-mutex';

export const rules: readonly Rule[] = [neverWoken, noLoop, notSignalled, wakesOne, withoutMutex];
