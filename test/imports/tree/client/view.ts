// breaks: client imports downward only
export { unit as view } from '../server/c/unit';
