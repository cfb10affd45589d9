// breaks: shared questions know no subject
export type { pipes as loops } from '../subjects/pipes';
