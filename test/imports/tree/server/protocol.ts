// breaks: protocol imports downward only

export type { unit } from './c/unit';
export type { DemoView } from './demos/view';
