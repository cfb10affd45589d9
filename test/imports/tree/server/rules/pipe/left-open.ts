export type { unit as leftOpen } from '../../c/unit';
