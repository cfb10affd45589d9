// breaks: catalog imports downward only
export { unit } from '../server/c/unit';
