// breaks: demos imports downward only
export { unit as play } from '../c/unit';
