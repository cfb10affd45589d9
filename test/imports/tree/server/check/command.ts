// breaks: check imports downward only
export type { hover as command } from '../features/hover';
