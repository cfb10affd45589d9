// breaks: workspace imports downward only
export type { hover as Index } from '../features/hover';
