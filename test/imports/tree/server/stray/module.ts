// breaks: every server folder has its floor
export { unit } from '../c/unit';
